import { type DigestBlock, digestLimits } from '../../shared/protocol/events/digest.ts';

/** The fields of an event that a digest covers. */
export interface Placed {
  /** SHA-256 of what its origin signed. */
  readonly hash: Buffer;
  readonly depth: number;
}

/** The same for the same events in any order. */
export function digestOf(events: readonly Placed[]): Pick<DigestBlock, 'count' | 'digest'> {
  const sum = Buffer.alloc(32);
  for (const { hash } of events)
    for (let at = 0; at < sum.length; at++) sum[at] = (sum[at] ?? 0) ^ (hash[at] ?? 0);
  return { count: events.length, digest: sum.toString('hex') };
}

/**
 * Blocks of events in the order of their depth, up to `to`. `isAll`: there are no more up to there. Otherwise more
 * events may follow at the last depth, so a block that may be incomplete is left for the next answer.
 */
export function blocksOf(events: readonly Placed[], to: number, isAll: boolean): DigestBlock[] {
  const blocks: DigestBlock[] = [];
  let from = 0;
  const close = (behind: number, end: number): void => {
    blocks.push({ to: end, ...digestOf(events.slice(from, behind)) });
    from = behind;
  };
  for (const [at, { depth }] of events.entries()) {
    const next = events[at + 1]?.depth;
    if (at + 1 - from >= digestLimits.blockEvents && next !== undefined && next !== depth)
      close(at + 1, depth);
  }
  if (isAll) close(events.length, to);
  else if (blocks.length === 0) {
    // So much at one depth can't be distinguished. It counts as one block, so that the next one starts after it.
    const before = events.findLastIndex(({ depth }) => depth < to);
    close(before < 0 ? events.length : before + 1, events[before]?.depth ?? to);
  }
  return blocks;
}
