import { Worker } from 'node:worker_threads';
import { type CopyProgress, onThread } from '../thread.ts';
import type { OwnKey, Unusable } from './copied.ts';

export interface DrillTask {
  /** The folder of the backup. */
  readonly backup: string;
  /** The current database. */
  readonly live: string;
  /** A folder that is created for the drill and removed afterwards. */
  readonly scratch: string;
  /** The name of this server. */
  readonly self: string;
}

/** The content of the current database that the backup lacks. */
export interface Missing {
  readonly events: number;
  /** Events in rooms without another server, so no peer could return them. */
  readonly eventsOnlyHere: number;
  /** Names of rooms. */
  readonly rooms: readonly string[];
  /** Ids of users. */
  readonly users: readonly string[];
  /** Servers whose trust settings have changed since. */
  readonly decisions: readonly string[];
}

/** `own`: the keys that the backup was made with. */
export type DrillAnswer =
  | { readonly own: readonly OwnKey[]; readonly missing: Missing; readonly checked: number }
  | Unusable;

/** Runs on its own thread, because the backup may be large. */
export const drillDatabase = (
  task: DrillTask,
  watched: { readonly onProgress: (progress: CopyProgress) => void; readonly signal: AbortSignal },
): Promise<DrillAnswer> =>
  onThread(new Worker(new URL('./drill-worker.ts', import.meta.url), { workerData: task }), watched);
