import type { Tell } from '../../facts.ts';
import type { Db } from '../database.ts';
import { Queries } from '../queries.ts';
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
export class QueueTable extends Queries {
  readonly #held: Pick<HeldStore, 'leavesGaps'>;
  readonly #tell: Tell;

  readonly #enqueue = this.run(`
    INSERT INTO federation_outbound_queue (destination, room_id, event_seq, state, enqueued_at, also_sent_to)
    VALUES (?, ?, ?, 'queued', ?, ?)`);
  readonly #expect = this.run(
    'INSERT INTO federation_receipts (event_seq, server_name, via, state, at) VALUES (?, ?, ?, ?, ?)',
  );
  readonly #destinations = this.values<[number], string>(
    'SELECT destination FROM federation_outbound_queue WHERE event_seq = ?',
  );
  readonly #withdrawEvent = this.run<[number]>('DELETE FROM federation_outbound_queue WHERE event_seq = ?');
  // A server may have quoted the event when it refused it.
  readonly #forgetErrors = this.run<[number]>(
    'UPDATE federation_delivery_attempts SET error = NULL WHERE event_seq = ? AND error IS NOT NULL',
  );
  readonly #withdrawLane = this.run<[string, string]>(`
    DELETE FROM federation_outbound_queue AS q WHERE destination = ? AND room_id = ? AND state <> 'dead'
    AND NOT EXISTS (SELECT 1 FROM federation_events e WHERE e.seq = q.event_seq
      AND substr(e.subject, instr(e.subject, ':') + 1) IN (q.destination,
        (SELECT domain FROM federation_peer_trust_state WHERE server_name = q.destination)))`);
  readonly #withdrawReceipts = this.run<[string, string, string]>(`
    DELETE FROM federation_receipts WHERE (event_seq, server_name) IN (
      SELECT r.event_seq, r.server_name FROM federation_receipts r
      CROSS JOIN federation_events e ON e.seq = r.event_seq
      WHERE r.server_name = ? AND r.via = ? AND r.${lackingReceipt} AND e.room_id = ?)`);
  // Leaves and deletes are still sent.
  readonly #queuedBy = this.rows<[string, string], { id: number; destination: string }>(`
    SELECT o.id, o.destination FROM federation_outbound_queue o
    CROSS JOIN federation_events e ON e.seq = o.event_seq
    WHERE o.room_id = ? AND o.state <> 'dead' AND e.sender = ?
      AND e.event_type NOT IN ('m.message.delete', 'm.member.leave')`);
  readonly #withdrawRow = this.run<[number]>('DELETE FROM federation_outbound_queue WHERE id = ?');
  readonly #oweNothing = this.run<[number]>('DELETE FROM federation_receipts_owed WHERE event_seq = ?');
  readonly hold = this.run<[held: Omit<HeldRow, 'id'>]>(`INSERT INTO federation_held_events
      (event_id, server_name, hop, room_id, event_type, sender, origin_ts, body, received_at, about)
    VALUES ($event_id, $server_name, $hop, $room_id, $event_type, $sender, $origin_ts, $body, $received_at, $about)`);
  readonly #heldAbout = this.rows<[{ room: string; name: string }], HeldPlace>(`
    SELECT event_id, event_type, sender, about FROM federation_held_events WHERE id IN (
      SELECT id FROM federation_held_events WHERE room_id = $room AND about = $name
      UNION ALL SELECT id FROM federation_held_events WHERE event_id = $name AND room_id = $room)`);
  readonly #dropHeld = this.changed<[string]>('DELETE FROM federation_held_events WHERE event_id = ?');
  readonly #replay = this.run<[Buffer, number]>(
    'INSERT OR IGNORE INTO federation_transport_replay_cache (signature, expires_at) VALUES (?, ?)',
  );

  /** Whether an event still waits for delivery to a server. A dead letter doesn't. */
  readonly isOnItsWay = this.has<[seq: number]>(
    "SELECT 1 AS one FROM federation_outbound_queue WHERE event_seq = ? AND state <> 'dead' LIMIT 1",
  );

  /** A newer edit replaced this one. A server that has the newer one is missing nothing. */
  readonly passOver = this.run<[seq: number]>(
    `DELETE FROM federation_receipts WHERE event_seq = ? AND ${lackingReceipt}`,
  );

  readonly isHeld = this.has<[eventId: string]>(
    'SELECT 1 AS one FROM federation_held_events WHERE event_id = ?',
  );

  readonly heldCount = this.number<[server: string]>(
    'SELECT count(*) AS n FROM federation_held_events WHERE server_name = ?',
  );

  /** The messages of a room that are held. */
  readonly heldMessages = this.rows<[roomId: string], HeldRow>(`SELECT * FROM federation_held_events
    WHERE room_id = ? AND about IS NOT NULL AND event_type = 'm.message'`);

  /** The message has texts that must be erased but can't be yet. */
  readonly addDue = this.run<[seq: number]>('INSERT OR IGNORE INTO erasures_due (seq) VALUES (?)');

  /** The message has texts to erase that need not wait for anything. */
  readonly addDueNow = this.run<[seq: number]>(
    'INSERT INTO erasures_due (seq) VALUES (?) ON CONFLICT DO UPDATE SET waits = 0',
  );

  readonly removeDue = this.run<[seq: number]>('DELETE FROM erasures_due WHERE seq = ?');

  /** Delays erasing until the first version no longer waits for delivery to anyone. */
  readonly waitUntilSent = this.run<[seq: number]>('UPDATE erasures_due SET waits = 1 WHERE seq = ?');

  constructor(db: Db, held: Pick<HeldStore, 'leavesGaps'>, tell: Tell) {
    super(db);
    this.#held = held;
    this.#tell = tell;
  }

  /** An event's rows: one for each destination. */
  enqueue(rows: readonly NewQueueRow[]): void {
    if (rows.length === 0) return;
    for (const { destination, roomId, seq, at, alsoSentTo } of rows)
      this.#enqueue(destination, roomId, seq, at, alsoSentTo.join(' '));
    this.#tell({ fact: 'events-queued', rows });
  }

  /** A member server to which the room's home delivers an event of ours. */
  expect({ seq, server, via, tells, at }: ExpectedReceipt): void {
    this.#expect(seq, server, via, tells ? 'unknown' : 'untold', at);
  }

  /** Removes an event from every queue, dead letters included. Returns the destinations. */
  withdrawEvent(seq: number): string[] {
    const from = this.#destinations(seq);
    if (from.length > 0) this.#withdrawEvent(seq);
    this.#forgetErrors(seq);
    return from;
  }

  /**
   * Withdraws the room's waiting events for a destination, and receipts about them. Events about its own users stay:
   * otherwise it would never learn that one of them was removed, and would keep showing what that user wrote since.
   */
  withdrawLane(destination: string, roomId: string, home: string): void {
    this.#withdrawLane(destination, roomId);
    this.#withdrawReceipts(destination, home, roomId);
  }

  /**
   * Withdraws a user's waiting events for a room, except leaves and deletes. Returns the destinations whose lanes must be
   * read again.
   */
  withdrawBy(roomId: string, sender: string): string[] {
    const rows = this.#queuedBy(roomId, sender);
    for (const { id } of rows) this.#withdrawRow(id);
    return [...new Set(rows.map(({ destination }) => destination))];
  }

  /** The event was erased, so no server is missing it and there is nothing to report. */
  forget(seq: number): void {
    this.passOver(seq);
    this.#oweNothing(seq);
  }

  /** Held messages with that name, and held events about a message with that name. */
  heldAbout(roomId: string, name: string): HeldPlace[] {
    return this.#heldAbout({ room: roomId, name });
  }

  dropHeld(eventId: string): void {
    if (this.#dropHeld(eventId)) this.#held.leavesGaps();
  }

  replay({ signature, expiresAt }: ReplayRow): void {
    this.#replay(signature, expiresAt);
  }
}
