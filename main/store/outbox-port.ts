import type { Said } from '../../shared/words/said.ts';

export interface OutboxRow {
  /** Outbox order. Never given out twice, not even after the row was deleted (AUTOINCREMENT). */
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
  /** Unix ms. Age is counted from here, so a replay of a dead letter must reset it. */
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
 * What became of one try. Each uses up an attempt of its row, save `expired`, which is no try but the end of
 * trying. What we cut short ourselves, or could not do because we are offline, is not reported.
 */
export interface AttemptReport {
  readonly row: OutboxRow;
  readonly at: number;
  readonly latencyMs: number;
  readonly status: number | null;
  readonly outcome: ReportedOutcome;
  /** For people; `null` when there is nothing to say. */
  readonly error: Said | null;
  readonly next: NextStep;
}

/** The rows that wait. Reads are synchronous; what is reported is written in groups. */
export interface OutboxStore {
  /** Each lane with rows that are neither delivered nor dead, once. */
  destinations(): LaneName[];
  /**
   * Rows of one lane that are not dead, ascending, with `id > afterId`. Fewer than `limit` means there are no more.
   * Leaves out what was reported `done` or `dead` before this call, also where that is not committed yet.
   */
  load(destination: string, roomId: string, afterId: number, limit: number): OutboxRow[];
  /**
   * Takes a report; committed soon, in groups, in the order given. A row is deleted by this alone: a crash before
   * the commit sends the event again, which the peer answers as a duplicate. A row that is gone is ignored.
   */
  record(report: AttemptReport): void;
}
