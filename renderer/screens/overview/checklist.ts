import { publicAddress } from '../../../shared/api/their-turn.ts';
import type { StatusView } from '../../../shared/api/views/views.ts';

export type Task = 'recovery' | 'address' | 'peer' | 'room';

export interface TaskState {
  readonly task: Task;
  readonly done: boolean;
}

/** What a new server is given to do, in that order; it all follows from the node, so nothing is to be ticked off. */
export const tasksOf = (
  status: Pick<StatusView, 'recovery_saved_at' | 'public_url' | 'reach' | 'peers' | 'rooms'>,
): readonly TaskState[] => [
  { task: 'recovery', done: status.recovery_saved_at !== null },
  { task: 'address', done: publicAddress(status) !== null },
  { task: 'peer', done: status.peers.total > 0 },
  { task: 'room', done: status.rooms.homed + status.rooms.joined > 0 },
];
