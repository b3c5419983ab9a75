import { publicAddress } from '../../../shared/api/their-turn.ts';
import type { StatusView } from '../../../shared/api/views/node-views.ts';

/** A tick stands only for what was tested. */
export type Joint = 'ok' | 'failed' | 'untested' | 'running';

/** The two joints between a friend, the router or network, and this computer. */
export interface Drawing {
  readonly outside: Joint;
  readonly inside: Joint;
}

const routerJoints: Readonly<Record<StatusView['reach']['verdict']['kind'], Joint>> = {
  mapped: 'ok',
  'other-port': 'ok',
  public: 'ok',
  trying: 'running',
  off: 'untested',
  loopback: 'failed',
  offline: 'failed',
  closed: 'failed',
  // The router does what it is asked; what is in front of it doesn't.
  shared: 'ok',
  'double-nat': 'ok',
  'no-address': 'failed',
  untrue: 'failed',
};
const blockedOutside: ReadonlySet<string> = new Set(['shared', 'double-nat']);

/** `called`: a friend's server has called this one by this way. */
export function drawingOf(
  where: 'home' | 'elsewhere',
  status: Pick<StatusView, 'listener' | 'public_url' | 'reach'>,
  called: boolean,
): Drawing {
  const { listener, reach } = status;
  const outside = called ? 'ok' : 'untested';
  if (listener.url === '') return { outside, inside: 'failed' };
  if (where === 'home') return { outside, inside: reach.local === null ? 'failed' : 'ok' };
  const { kind } = reach.verdict;
  if (called) return { outside, inside: 'ok' };
  return {
    outside: blockedOutside.has(kind) && publicAddress(status) === null ? 'failed' : outside,
    // The owner says that something leads here; nobody has tried it.
    inside: status.public_url !== null && routerJoints[kind] === 'failed' ? 'untested' : routerJoints[kind],
  };
}
