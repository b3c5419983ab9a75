/** A router's seconds since it last forgot its mappings, and when it told us. */
export interface Epoch {
  readonly epochS: number;
  readonly at: number;
}

/**
 * Whether the router still knows what it knew at `before` (RFC 6887 section 8.5): its clock has to run on, and at
 * our pace but for a sixteenth and two seconds.
 */
export function stillRemembers(before: Epoch, now: Epoch): boolean {
  const theirs = now.epochS - before.epochS;
  const ours = (now.at - before.at) / 1000;
  if (theirs < -1) return false;
  return ours + 2 >= theirs - theirs / 16 && theirs + 2 >= ours - ours / 16;
}
