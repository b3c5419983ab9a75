import type { Said } from '../../shared/words/said.ts';

export interface OutboxRow {
  /** Defines the order of the outbox. Never reused, not even after the row was deleted (AUTOINCREMENT). */
  readonly id: number;
  readonly destination: string;
  readonly eventSeq: number;
  readonly eventId: string;
  readonly roomId: string;
  readonly eventType: string;
  /** The server that wrote the event. */
  readonly origin: string;
  /** The exact bytes to send, as text. */
  readonly body: string;
  /** Unix ms. The age is counted from here, so replaying a dead letter must reset it. */
  readonly enqueuedAt: number;
  readonly attempts: number;
  readonly alsoSentTo: readonly string[];
}

export interface LaneName {
  readonly destination: string;
  readonly roomId: string;
}

export type ReportedOutcome =
  | 'delivered'
  | 'held'
  | 'retry'
  | 'rejected'
  | 'closed'
  | 'wrong_place'
  | 'sign_again'
  | 'expired';

export type NextStep =
  | { readonly state: 'done' }
  | { readonly state: 'retrying' | 'parked'; readonly nextAttemptAt: number | null }
  | { readonly state: 'dead' };

/**
 * The result of one attempt. Each uses up an attempt of its row, except `expired`, which ends the attempts. Attempts
 * that we cancelled, or that failed because we are offline, are not reported.
 */
export interface AttemptReport {
  readonly row: OutboxRow;
  readonly at: number;
  readonly latencyMs: number;
  readonly status: number | null;
  readonly outcome: ReportedOutcome;
  /** The reason, for people; `null` if none has to be given. */
  readonly error: Said | null;
  readonly next: NextStep;
}

/** The state of a row of the outbox. */
export type QueueState = 'queued' | 'retrying' | 'parked' | 'dead';

/** The waiting rows. Reads are synchronous; reports are written in groups. */
export interface OutboxStore {
  /** Each lane that has rows which are neither delivered nor dead, once. */
  destinations(): LaneName[];
  /**
   * Rows of one lane that are not dead, ascending, with `id > afterId`. Fewer than `limit` means there are no more.
   * Omits rows reported `done` or `dead` before this call, even if that is not committed yet.
   */
  load(destination: string, roomId: string, afterId: number, limit: number): OutboxRow[];
  /** The highest ID of a row so far. */
  newest(): number;
  /**
   * Rows of all lanes with `id > afterId`, ascending, at most `limit`. Rows of one event share its text. Like `load`
   * otherwise.
   */
  loadNew(afterId: number, limit: number): OutboxRow[];
  /**
   * Accepts a report and commits it soon, in groups, in the given order. Only this deletes a row: after a crash before
   * the commit, the event is sent again and the peer answers that it is a duplicate. A row that no longer exists is
   * ignored.
   */
  record(report: AttemptReport): void;
}
