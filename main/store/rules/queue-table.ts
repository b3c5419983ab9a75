import type { Tell } from '../../facts.ts';
import type { Db } from '../database.ts';
import { lackingReceipt } from '../tables/delivery/receipt-store.ts';
import type { HeldPlace, HeldRow, HeldStore } from '../tables/rooms/held-store.ts';

export interface NewQueueRow {
  readonly destination: string;
  readonly roomId: string;
  readonly seq: number;
  /** The server that wrote the event. */
  readonly origin: string;
  readonly alsoSentTo: readonly string[];
  readonly at: number;
}

export interface ExpectedReceipt {
  readonly seq: number;
  readonly server: string;
  readonly via: string;
  /** Whether the home answers such requests. */
  readonly tells: boolean;
  readonly at: number;
}

/** The signature of a request, to be remembered for a while. */
export interface ReplayRow {
  readonly signature: Buffer;
  /** Unix ms. */
  readonly expiresAt: number;
}

/** The outbox, receipts, held events and texts waiting to be erased, for the rules (see event-table.ts). */
export class QueueTable {
  readonly #statements;
  readonly #held: Pick<HeldStore, 'leavesGaps'>;
  readonly #tell: Tell;

  constructor(db: Db, held: Pick<HeldStore, 'leavesGaps'>, tell: Tell) {
    this.#held = held;
    this.#tell = tell;
    const one = <K extends unknown[]>(sql: string) => db.prepare<K, { one: number }>(sql);
    const seqOnly = (sql: string) => db.prepare<[number]>(sql);
    this.#statements = {
      enqueue: db.prepare(
        `INSERT INTO federation_outbound_queue (destination, room_id, event_seq, state, enqueued_at, also_sent_to)
         VALUES (?, ?, ?, 'queued', ?, ?)`,
      ),
      expect: db.prepare(
        'INSERT INTO federation_receipts (event_seq, server_name, via, state, at) VALUES (?, ?, ?, ?, ?)',
      ),
      isOnItsWay: one<[number]>(
        "SELECT 1 AS one FROM federation_outbound_queue WHERE event_seq = ? AND state <> 'dead' LIMIT 1",
      ),
      destinations: db.prepare<[number], { destination: string }>(
        'SELECT destination FROM federation_outbound_queue WHERE event_seq = ?',
      ),
      withdrawEvent: seqOnly('DELETE FROM federation_outbound_queue WHERE event_seq = ?'),
      // A server may have quoted the event when it refused it.
      forgetErrors: seqOnly(
        'UPDATE federation_delivery_attempts SET error = NULL WHERE event_seq = ? AND error IS NOT NULL',
      ),
      withdrawLane: db.prepare<[string, string]>(
        `DELETE FROM federation_outbound_queue AS q WHERE destination = ? AND room_id = ? AND state <> 'dead'
         AND NOT EXISTS (SELECT 1 FROM federation_events e WHERE e.seq = q.event_seq
           AND substr(e.subject, instr(e.subject, ':') + 1) IN (q.destination,
             (SELECT domain FROM federation_peer_trust_state WHERE server_name = q.destination)))`,
      ),
      withdrawReceipts: db.prepare<[string, string, string]>(
        `DELETE FROM federation_receipts WHERE (event_seq, server_name) IN (
           SELECT r.event_seq, r.server_name FROM federation_receipts r
           CROSS JOIN federation_events e ON e.seq = r.event_seq
           WHERE r.server_name = ? AND r.via = ? AND r.${lackingReceipt} AND e.room_id = ?)`,
      ),
      // Leaves and deletes are still sent.
      queuedBy: db.prepare<[string, string], { id: number; destination: string }>(
        `SELECT o.id, o.destination FROM federation_outbound_queue o
         CROSS JOIN federation_events e ON e.seq = o.event_seq
         WHERE o.room_id = ? AND o.state <> 'dead' AND e.sender = ?
           AND e.event_type NOT IN ('m.message.delete', 'm.member.leave')`,
      ),
      withdrawRow: db.prepare<[number]>('DELETE FROM federation_outbound_queue WHERE id = ?'),
      passOver: seqOnly(`DELETE FROM federation_receipts WHERE event_seq = ? AND ${lackingReceipt}`),
      oweNothing: seqOnly('DELETE FROM federation_receipts_owed WHERE event_seq = ?'),
      isHeld: one<[string]>('SELECT 1 AS one FROM federation_held_events WHERE event_id = ?'),
      heldCount: db.prepare<[string], { n: number }>(
        'SELECT count(*) AS n FROM federation_held_events WHERE server_name = ?',
      ),
      hold: db.prepare(
        `INSERT INTO federation_held_events
           (event_id, server_name, hop, room_id, event_type, sender, origin_ts, body, received_at, about)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ),
      heldMessages: db.prepare<[string], HeldRow>(
        `SELECT * FROM federation_held_events
         WHERE room_id = ? AND about IS NOT NULL AND event_type = 'm.message'`,
      ),
      heldAbout: db.prepare<{ room: string; name: string }, HeldPlace>(
        `SELECT event_id, event_type, sender, about FROM federation_held_events WHERE id IN (
           SELECT id FROM federation_held_events WHERE room_id = $room AND about = $name
           UNION ALL SELECT id FROM federation_held_events WHERE event_id = $name AND room_id = $room)`,
      ),
      dropHeld: db.prepare<[string]>('DELETE FROM federation_held_events WHERE event_id = ?'),
      addDue: seqOnly('INSERT OR IGNORE INTO erasures_due (seq) VALUES (?)'),
      addDueNow: seqOnly('INSERT INTO erasures_due (seq) VALUES (?) ON CONFLICT DO UPDATE SET waits = 0'),
      removeDue: seqOnly('DELETE FROM erasures_due WHERE seq = ?'),
      waitUntilSent: seqOnly('UPDATE erasures_due SET waits = 1 WHERE seq = ?'),
      replay: db.prepare<[Buffer, number]>(
        'INSERT OR IGNORE INTO federation_transport_replay_cache (signature, expires_at) VALUES (?, ?)',
      ),
    };
  }

  /** An event's rows: one for each destination. */
  enqueue(rows: readonly NewQueueRow[]): void {
    if (rows.length === 0) return;
    for (const { destination, roomId, seq, at, alsoSentTo } of rows)
      this.#statements.enqueue.run(destination, roomId, seq, at, alsoSentTo.join(' '));
    this.#tell({ fact: 'events-queued', rows });
  }

  /** A member server to which the room's home delivers an event of ours. */
  expect({ seq, server, via, tells, at }: ExpectedReceipt): void {
    this.#statements.expect.run(seq, server, via, tells ? 'unknown' : 'untold', at);
  }

  /** Whether an event still waits for delivery to a server. A dead letter doesn't. */
  isOnItsWay(seq: number): boolean {
    return this.#statements.isOnItsWay.get(seq) !== undefined;
  }

  /** Removes an event from every queue, dead letters included. Returns the destinations. */
  withdrawEvent(seq: number): string[] {
    const { destinations, withdrawEvent, forgetErrors } = this.#statements;
    const from = destinations.all(seq).map(({ destination }) => destination);
    if (from.length > 0) withdrawEvent.run(seq);
    forgetErrors.run(seq);
    return from;
  }

  /**
   * Withdraws the room's waiting events for a destination, and receipts about them. Events about its own users stay:
   * otherwise it would never learn that one of them was removed, and would keep showing what that user wrote since.
   */
  withdrawLane(destination: string, roomId: string, home: string): void {
    this.#statements.withdrawLane.run(destination, roomId);
    this.#statements.withdrawReceipts.run(destination, home, roomId);
  }

  /**
   * Withdraws a user's waiting events for a room, except leaves and deletes. Returns the destinations whose lanes must be
   * read again.
   */
  withdrawBy(roomId: string, sender: string): string[] {
    const rows = this.#statements.queuedBy.all(roomId, sender);
    for (const { id } of rows) this.#statements.withdrawRow.run(id);
    return [...new Set(rows.map(({ destination }) => destination))];
  }

  /** A newer edit replaced this one. A server that has the newer one is missing nothing. */
  passOver(seq: number): void {
    this.#statements.passOver.run(seq);
  }

  /** The event was erased, so no server is missing it and there is nothing to report. */
  forget(seq: number): void {
    this.passOver(seq);
    this.#statements.oweNothing.run(seq);
  }

  isHeld(eventId: string): boolean {
    return this.#statements.isHeld.get(eventId) !== undefined;
  }

  heldCount(server: string): number {
    return this.#statements.heldCount.get(server)?.n ?? 0;
  }

  hold(h: Omit<HeldRow, 'id'>): void {
    this.#statements.hold.run(
      ...[h.event_id, h.server_name, h.hop, h.room_id, h.event_type, h.sender, h.origin_ts, h.body],
      ...[h.received_at, h.about],
    );
  }

  /** Held messages with that name, and held events about a message with that name. */
  heldAbout(roomId: string, name: string): HeldPlace[] {
    return this.#statements.heldAbout.all({ room: roomId, name });
  }

  /** The messages of a room that are held. */
  heldMessages(roomId: string): HeldRow[] {
    return this.#statements.heldMessages.all(roomId);
  }

  dropHeld(eventId: string): void {
    if (this.#statements.dropHeld.run(eventId).changes > 0) this.#held.leavesGaps();
  }

  /** The message has texts that must be erased but can't be yet. */
  addDue(seq: number): void {
    this.#statements.addDue.run(seq);
  }

  /** The message has texts to erase that need not wait for anything. */
  addDueNow(seq: number): void {
    this.#statements.addDueNow.run(seq);
  }

  removeDue(seq: number): void {
    this.#statements.removeDue.run(seq);
  }

  /** Delays erasing until the first version no longer waits for delivery to anyone. */
  waitUntilSent(seq: number): void {
    this.#statements.waitUntilSent.run(seq);
  }

  replay({ signature, expiresAt }: ReplayRow): void {
    this.#statements.replay.run(signature, expiresAt);
  }
}
