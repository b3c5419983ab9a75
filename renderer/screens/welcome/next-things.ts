import type { StatusView } from '../../../shared/api/views/views.ts';

export type NextThing = 'recovery' | 'peer' | 'room' | 'compare' | 'overview';

/** Three things to do next: what was left out first. */
export function nextThings(status: Pick<StatusView, 'recovery_saved_at' | 'peers'>): readonly NextThing[] {
  const things: NextThing[] = [];
  if (status.recovery_saved_at === null) things.push('recovery');
  if (status.peers.total === 0) things.push('peer');
  things.push('room');
  if (status.peers.total > 0) things.push('compare');
  things.push('overview');
  return things.slice(0, 3);
}
