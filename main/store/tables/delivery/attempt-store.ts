import { storeSaid } from '../../../../shared/words/said.ts';
import { isErasedSql } from '../../erased-body.ts';
import { manyRows } from '../../many-rows.ts';
import type { AttemptReport, QueueState } from '../../outbox-port.ts';
import { Queries } from '../../queries.ts';

export interface AttemptRow {
  readonly event_seq: number;
  readonly destination: string;
  readonly at: number;
  readonly status: number | null;
  readonly outcome: string;
  /** Stored by `storeSaid`, read by `readSaid`. */
  readonly error: string | null;
  readonly latency_ms: number;
}

/** The state of the delivery of one event to one destination. */
export interface DeliveryRow {
  readonly event_seq: number;
  readonly destination: string;
  readonly state: 'delivered' | 'held' | 'gave_up' | QueueState;
  /** Why the last attempt failed, for `readSaid`. */
  readonly reason: string | null;
  readonly next_attempt_at: number | null;
  /** When it got the event, or started to wait. */
  readonly at: number;
}

/** An event that a peer has taken, but not shown yet. */
export interface HeldThere {
  readonly event_seq: number;
  readonly event_id: string;
  readonly origin: string;
  readonly body: string;
  readonly is_ours: 0 | 1;
}

/** An attempt `a` that was answered with “held”, of which no later one says that it was delivered. */
export const stillHeld = `a.outcome = 'held' AND a.at >= ? AND NOT EXISTS (
  SELECT 1 FROM federation_delivery_attempts d WHERE d.event_seq = a.event_seq
    AND d.destination = a.destination AND d.outcome = 'delivered')`;

/** The result of every attempt to deliver. */
export class AttemptStore extends Queries {
  readonly #add = manyRows(
    this.db,
    `INSERT INTO federation_delivery_attempts (event_seq, destination, at, status, outcome, error, latency_ms)
         VALUES`,
    7,
  );
  readonly #fetched = this.run(`
    INSERT INTO federation_delivery_attempts (event_seq, destination, at, status, outcome, error, latency_ms)
    SELECT event_seq, destination, ?, 200, 'delivered', NULL, 0 FROM federation_outbound_queue
    WHERE destination = ? AND id <= ? AND state <> 'dead'`);
  readonly #noteGivenUp = this.run(`
    INSERT INTO federation_delivery_attempts (event_seq, destination, at, status, outcome, error, latency_ms)
    SELECT event_seq, destination, ?, NULL, 'gave_up', NULL, 0 FROM federation_outbound_queue WHERE id = ?`);
  // A server may have quoted the event when it refused it.
  readonly #forgetErrors = this.run<[string]>(`
    UPDATE federation_delivery_attempts SET error = NULL WHERE error IS NOT NULL AND event_seq IN (
      SELECT seq FROM federation_events
      WHERE seq IN (SELECT value FROM json_each(?)) AND ${isErasedSql('body')})`);
  readonly #waitingFor = this.rows<[string], DeliveryRow>(`
    SELECT event_seq, destination, state, last_error AS reason, next_attempt_at, enqueued_at AS at
    FROM federation_outbound_queue WHERE event_seq IN (SELECT value FROM json_each(?))`);
  readonly #deliveredTo = this.rows<[string], DeliveryRow>(`
    SELECT event_seq, destination, outcome AS state, NULL AS reason, NULL AS next_attempt_at, at
    FROM federation_delivery_attempts
    WHERE event_seq IN (SELECT value FROM json_each(?)) AND outcome IN ('delivered', 'held', 'gave_up')
    ORDER BY id`);
  readonly #heldAt = this.rows<[number, string, number], HeldThere>(`
    SELECT DISTINCT a.event_seq, e.event_id, e.origin_server AS origin, e.body,
      e.received_from IS NULL AS is_ours
    FROM federation_delivery_attempts a JOIN federation_events e ON e.seq = a.event_seq
    WHERE ${stillHeld} AND a.destination = ? AND NOT ${isErasedSql('e.body')} ORDER BY a.event_seq LIMIT ?`);

  readonly of = this.rows<[eventSeq: number], AttemptRow>(
    'SELECT * FROM federation_delivery_attempts WHERE event_seq = ? ORDER BY id',
  );

  /** Lists attempts for every event and destination, newest first. */
  readonly recent = this.rows<[limit: number], AttemptRow>(
    'SELECT * FROM federation_delivery_attempts ORDER BY id DESC LIMIT ?',
  );

  /** The servers that hold events of which they were sent since then. */
  readonly holders = this.values<[since: number], string>(
    `SELECT DISTINCT a.destination FROM federation_delivery_attempts a WHERE ${stillHeld}`,
  );

  /** Failed attempts are kept for a while; who has an event is kept forever. */
  readonly prune = this.run<[before: number]>(
    "DELETE FROM federation_delivery_attempts WHERE at < ? AND outcome NOT IN ('delivered', 'held')",
  );

  /** Inside a transaction. */
  write(reports: readonly AttemptReport[]): void {
    this.#add(
      reports.map(({ row, at, status, outcome, error, latencyMs }) => [
        ...[row.eventSeq, row.destination, at, status, outcome],
        // A whole number takes a seventh of the space.
        ...[error && storeSaid(error), Math.round(latencyMs)],
      ]),
    );
    // An event may have been erased while it was being sent, and the refusal may quote it.
    const explained = reports.filter(({ error }) => error !== null).map(({ row }) => row.eventSeq);
    if (explained.length > 0) this.#forgetErrors(JSON.stringify(explained));
  }

  /** Inside a transaction, before the rows are removed: the destination has fetched everything up to this ID. */
  fetched(destination: string, upToId: number, now: number): void {
    this.#fetched(now, destination, upToId);
  }

  /** Inside a transaction: the destination has got it some other way. */
  arrived(eventSeq: number, destination: string, now: number): void {
    this.#add([[eventSeq, destination, now, 200, 'delivered', null, 0]]);
  }

  /** Inside a transaction, before the row is removed: the owner gave it up. */
  givenUp(outboxId: number, now: number): void {
    this.#noteGivenUp(now, outboxId);
  }

  /** Says, for each event, which of the servers that we deliver to ourselves have it, and which it waits for. */
  deliveryOf(seqs: readonly number[]): Map<number, Map<string, DeliveryRow>> {
    const result = new Map<number, Map<string, DeliveryRow>>();
    const list = JSON.stringify(seqs);
    for (const row of [...this.#waitingFor(list), ...this.#deliveredTo(list)]) {
      const byDestination = result.get(row.event_seq) ?? new Map<string, DeliveryRow>();
      result.set(row.event_seq, byDestination.set(row.destination, row));
    }
    return result;
  }

  /** Events that this server holds, those that were written first before the others. */
  heldAt(destination: string, since: number, limit: number): HeldThere[] {
    return this.#heldAt(since, destination, limit);
  }
}
