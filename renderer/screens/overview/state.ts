/**
 * Derives the overview from the status: what is left to set up, where the owner can act, and whether the clock is
 * right.
 */
import type { ProcedureName } from '../../../shared/api/contract.ts';
import { publicAddress } from '../../../shared/api/their-turn.ts';
import type { StatusView } from '../../../shared/api/views/node-views.ts';
import { limits } from '../../../shared/protocol/limits.ts';

export type Task = 'recovery' | 'recoveryAgain' | 'address' | 'peer' | 'room';

export interface TaskState {
  readonly task: Task;
  /** `trying`: the node is working on it by itself, and the owner can wait. */
  readonly state: 'done' | 'trying' | 'open';
}

const doneIf = (isDone: boolean): TaskState['state'] => (isDone ? 'done' : 'open');

/** The steps to set up a new server, in order. Their state follows from the node, so nothing has to be ticked off. */
export const tasksOf = (
  status: Pick<
    StatusView,
    'recovery_saved_at' | 'recovery_lacks' | 'public_url' | 'reach' | 'peers' | 'rooms'
  >,
): readonly TaskState[] => [
  { task: 'room', state: doneIf(status.rooms.homed + status.rooms.joined > 0) },
  { task: 'peer', state: doneIf(status.peers.total > 0) },
  {
    task: 'address',
    state:
      publicAddress(status) === null && status.reach.verdict.kind === 'trying'
        ? 'trying'
        : // Where a friend is connected without one, nothing is missing.
          doneIf(publicAddress(status) !== null || status.peers.ok > 0),
  },
  status.recovery_lacks > 0 && status.recovery_saved_at !== null
    ? { task: 'recoveryAgain', state: 'open' }
    : { task: 'recovery', state: doneIf(status.recovery_saved_at !== null) },
];

/** The one thing to do next, or what the node is doing about it; `null` once the server is set up. */
export const nextTask = (status: Parameters<typeof tasksOf>[0]): TaskState | null =>
  tasksOf(status).find(({ state }) => state !== 'done') ?? null;

export type Remedy =
  | 'setUp'
  | 'resume'
  | 'deliveries'
  | 'peers'
  | 'peer'
  | 'friend'
  | 'network'
  | 'keys'
  | 'database'
  | 'help';

/** The procedure without which nobody can do it. */
export const needsFor: Readonly<Record<Remedy, ProcedureName>> = {
  setUp: 'setUp',
  resume: 'changeSettings',
  deliveries: 'outbox',
  peers: 'peers',
  peer: 'peer',
  friend: 'peer',
  network: 'changeSettings',
  keys: 'keys',
  database: 'backUp',
  help: 'doctor',
};

/** The subject of a finding, or of the health sentence. */
export type Cause = Pick<StatusView['health'], 'cause' | 'subject'>;

/** Says how or where the owner can fix a cause. If no screen can, a page says what to do. */
export function remedyOf({ cause, subject }: Cause): Remedy | null {
  if (cause === null) return null;
  if (subject !== null) return cause === 'peer-started-over' ? 'friend' : 'peer';
  return places.find(([codes]) => codes.test(cause))?.[1] ?? 'help';
}

const places: readonly (readonly [RegExp, Remedy])[] = [
  [/^server-not-set-up$/, 'setUp'],
  [/^federation-paused$/, 'resume'],
  [/^deliveries-failed$/, 'deliveries'],
  [
    /^(listener-down|certificate-|public-address-|router-|address-|proxy-missing|entrance-|kept-name-)/,
    'network',
  ],
  [
    /^(key-expired|key-expiring|key-used-elsewhere|recovery-file-missing|recovery-file-outdated|trust-unconfirmed)$/,
    'keys',
  ],
  [/^(database-damaged|events-damaged)$/, 'database'],
  [/^(peer-|room-|queue-|events-held|event-id-reused)/, 'peers'],
];

/** Peers refuse a clock that is further off than this. */
export const clockRefusedMs: number = limits.clockSkewMsMax;
const evenMs = 1_000;

export type ClockState = 'unknown' | 'even' | 'ahead' | 'behind';

/** `offsetMs` is how far the peers' clocks are ahead of ours. */
export function clockState(offsetMs: number | null): ClockState {
  if (offsetMs === null) return 'unknown';
  if (Math.abs(offsetMs) <= evenMs) return 'even';
  return offsetMs > 0 ? 'behind' : 'ahead';
}
