import { limits } from '../../../shared/protocol/limits.ts';
import type { Receipt, ReceiptReason } from '../../../shared/protocol/receipts.ts';
import type { WrittenAttempt } from '../../facts.ts';
import type { OwedRow } from '../../store/tables/delivery/receipt-store.ts';
import type { DestinationSnapshot } from '../delivery/destination.ts';

/** The last report to an origin about one server that doesn't have its events yet. */
export interface LastReport {
  readonly reason: ReceiptReason | null;
  readonly nextAttemptAt: number | null;
}

/** The state of a server as a whole, which counts if this event was not tried itself. */
export type Link = Pick<DestinationSnapshot, 'state' | 'nextAttemptAt' | 'lastStatus'>;

/** Quick retries aren't reported one by one. */
export const pauseMsMin = 5_000;

/** The result of an attempt, without the text of the answer. */
export function reasonOf(outcome: string, status: number | null): ReceiptReason | null {
  switch (outcome) {
    case 'delivered':
    case 'held':
      return null;
    case 'retry':
      if (status === null) return 'unreachable';
      return status === 429 ? 'busy' : 'failing';
    case 'sign_again':
      return 'failing';
    case 'closed':
    case 'wrong_place':
    case 'rejected':
    case 'expired':
      return outcome;
    default:
      return 'dropped';
  }
}

/**
 * Whether to report a failed attempt to an origin whose events wait for this server: the first failure, one with a
 * different reason, and each after which the server is left alone for a while.
 */
export function isNews(
  { outcome, status, at, next }: Pick<WrittenAttempt, 'outcome' | 'status' | 'at' | 'next'>,
  told: LastReport | undefined,
): boolean {
  if (told === undefined || reasonOf(outcome, status) !== told.reason) return true;
  const isOver = told.nextAttemptAt === null || told.nextAttemptAt <= at;
  const nextAt = next.nextAttemptAt ?? null;
  return isOver && nextAt !== null && nextAt - at >= pauseMsMin;
}

function linkReason({ state, lastStatus }: Link): ReceiptReason | null {
  if (state === 'parked') return 'closed';
  return state === 'waiting' ? reasonOf('retry', lastStatus) : null;
}

/** Decides what to report now about one event and one server. */
export function receiptOf(row: OwedRow, link: Link | undefined, now: number): Receipt {
  const { event_id, server_name, taken_at, taken_outcome, queue_state } = row;
  // Our clock may have been corrected since.
  const since = (at: number | null) => Math.min(at ?? row.marked_at, now);
  const about = { event_id, server_name, reason: null, next_attempt_at: null };
  if (taken_outcome !== null)
    return { ...about, state: taken_outcome === 'held' ? 'held' : 'has', at: since(taken_at) };
  const reason = row.last_outcome === null ? null : reasonOf(row.last_outcome, row.last_status);
  const at = since(row.last_at);
  if (queue_state === null)
    return { ...about, state: 'gave_up', reason: 'dropped', at: since(row.marked_at) };
  if (queue_state === 'dead')
    return reason === 'rejected'
      ? { ...about, state: 'refused', reason, at }
      : { ...about, state: 'gave_up', reason: reason === 'expired' ? reason : 'dropped', at };
  const next = link?.nextAttemptAt ?? row.next_attempt_at;
  const next_attempt_at = next === null ? null : Math.min(next, now + limits.receiptNextMsMax);
  // An event behind another one was not tried itself.
  if (queue_state === 'queued')
    return { ...about, state: 'waiting', reason: link ? linkReason(link) : null, next_attempt_at, at };
  return { ...about, state: 'waiting', reason, next_attempt_at, at };
}
