import type { Tell } from '../../facts.ts';
import type { Db } from '../database.ts';
import { lackingReceipt } from '../tables/delivery/receipt-store.ts';
import type { ErasureStore } from '../tables/rooms/erasure-store.ts';
import type { HeldStore } from '../tables/rooms/held-store.ts';
import { projectionRules, type RoomStore } from '../tables/rooms/room-store.ts';
import { besideTextBytes } from '../tables/rooms/share-store.ts';
import type { BatchEffects, EventEffects, MessageEffects, QueueEffects, RoomEffects } from './batch-port.ts';
import { manyRows } from './many-rows.ts';

/**
 * Writes what a batch changes, inside its transaction. A table without changes costs nothing; any other costs a few
 * statements, however many rows there are.
 */
export function batchWrites(
  db: Db,
  { held, erasures, rooms }: { held: HeldStore; erasures: ErasureStore; rooms: RoomStore },
  tell: Tell,
): (effects: BatchEffects) => void {
  /** For each of a list of keys, whose parts are `q.value ->> 0` and so on. */
  const forEach = (sql: string) => {
    const statement = db.prepare<[string]>(sql);
    return (keys: readonly (readonly (string | number | null)[])[]): void => {
      if (keys.length > 0) statement.run(JSON.stringify(keys));
    };
  };
  const listed = 'SELECT value ->> 0 FROM json_each(?)';
  const messagesIn = `SELECT seq FROM federation_events WHERE room_id IN (${listed}) AND event_type = 'm.message'`;
  const clearedRooms = [
    `DELETE FROM reactions WHERE message_seq IN (${messagesIn})`,
    `DELETE FROM messages WHERE seq IN (${messagesIn})`,
    // In a damaged database, the event of a message may be gone.
    `DELETE FROM messages INDEXED BY messages_by_arrival WHERE room_id IN (${listed}) AND shown = 1 AND deleted = 0`,
    `DELETE FROM room_members WHERE room_id IN (${listed})`,
    `DELETE FROM room_member_facts WHERE room_id IN (${listed})`,
  ].map(forEach);
  const write = {
    newRooms: manyRows(
      db,
      'INSERT INTO rooms (room_id, home, name, join_rule, home_announces, created_at, projected) VALUES',
      7,
      'ON CONFLICT DO NOTHING',
    ),
    rooms: forEach(
      `UPDATE rooms SET name = q.value ->> 1, join_rule = q.value ->> 2, home_announces = q.value ->> 3,
         info_depth = q.value ->> 4, info_event_id = q.value ->> 5, named_depth = q.value ->> 6,
         named_event_id = q.value ->> 7
       FROM json_each(?) q WHERE room_id = q.value ->> 0`,
    ),
    clearedChannels: forEach(`DELETE FROM channels WHERE room_id IN (${listed})`),
    goneChannels: forEach(
      `DELETE FROM channels WHERE (room_id, channel_id) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?))`,
    ),
    channels: manyRows(
      db,
      'INSERT INTO channels (room_id, channel_id, name, position, depth, event_id) VALUES',
      6,
      `ON CONFLICT DO UPDATE SET name = excluded.name, position = excluded.position, depth = excluded.depth,
         event_id = excluded.event_id`,
    ),
    // It keeps its place in the table, because removing rows would make SQLite move others (erased-body.ts).
    retired: forEach(
      `UPDATE federation_events SET event_id = '-' || substr(event_id, 2), room_id = '-' || substr(room_id, 2),
         state = 0 WHERE seq IN (${listed})`,
    ),
    newEvents: manyRows(
      db,
      `INSERT INTO federation_events (seq, event_id, room_id, event_type, sender, origin_server, origin_ts, depth,
         target, subject, state, body, key_id, files_unsigned, received_from, received_at) VALUES`,
      16,
    ),
    shares: manyRows(
      db,
      'INSERT INTO room_shares (room_id, server, bytes) VALUES',
      3,
      'ON CONFLICT DO UPDATE SET bytes = bytes + excluded.bytes',
    ),
    states: forEach(
      'UPDATE federation_events SET state = q.value ->> 1 FROM json_each(?) q WHERE seq = q.value ->> 0',
    ),
    erased: forEach(
      'UPDATE federation_events SET body = q.value ->> 1 FROM json_each(?) q WHERE seq = q.value ->> 0',
    ),
    copies: forEach(
      `UPDATE federation_events SET body = q.value ->> 1, files_unsigned = q.value ->> 2,
         received_from = q.value ->> 3, key_id = q.value ->> 4 FROM json_each(?) q WHERE seq = q.value ->> 0`,
    ),
    goneMessages: forEach(`DELETE FROM messages WHERE seq IN (${listed})`),
    messages: manyRows(
      db,
      `INSERT INTO messages (seq, room_id, channel_id, event_id, message_key, sender, depth, text_seq, edited_at,
         deleted, shown) VALUES`,
      11,
      `ON CONFLICT (seq) DO UPDATE SET text_seq = excluded.text_seq, edited_at = excluded.edited_at,
         deleted = excluded.deleted, shown = excluded.shown`,
    ),
    mentions: forEach(
      `WITH q (seq, room_id, channel_id, called) AS (
         SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(?))
       INSERT OR IGNORE INTO mentions (user_id, room_id, channel_id, seq)
         SELECT u.user_id, q.room_id, channel_id, seq FROM q JOIN users u ON u.localpart = called
         UNION SELECT u.user_id, q.room_id, channel_id, seq FROM q JOIN users u ON u.user_id = '@' || called
         UNION SELECT r.user_id, q.room_id, channel_id, seq FROM q
           JOIN remote_user_ids r ON r.room_id = q.room_id AND '#' || r.remote_id = called`,
    ),
    goneReactionsTo: forEach(`DELETE FROM reactions WHERE message_seq IN (${listed})`),
    goneReactions: forEach(
      `DELETE FROM reactions WHERE (message_seq, user_id, emoji) IN (
         SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?))`,
    ),
    reactions: manyRows(
      db,
      'INSERT INTO reactions (message_seq, user_id, emoji, depth, event_id, given) VALUES',
      6,
      `ON CONFLICT DO UPDATE SET depth = excluded.depth, event_id = excluded.event_id, given = excluded.given
       WHERE (excluded.depth, excluded.event_id) > (depth, event_id)`,
    ),
    facts: manyRows(
      db,
      `INSERT OR IGNORE INTO room_member_facts (room_id, user_id, depth, event_id, change, role, origin_ts) VALUES`,
      7,
    ),
    goneMembers: forEach(
      `DELETE FROM room_members WHERE (room_id, user_id) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?))`,
    ),
    members: manyRows(
      db,
      'INSERT INTO room_members (room_id, user_id, server, state, role, joined_at, implicit) VALUES',
      7,
      `ON CONFLICT DO UPDATE SET state = excluded.state, role = excluded.role, joined_at = excluded.joined_at,
         implicit = excluded.implicit`,
    ),
    meta: manyRows(
      db,
      'INSERT INTO meta (key, value) VALUES',
      2,
      'ON CONFLICT DO UPDATE SET value = excluded.value',
    ),
    invites: manyRows(
      db,
      `INSERT OR IGNORE INTO room_invites (event_id, room_id, home, room_name, inviter, user_id, created_at, status)
       VALUES`,
      8,
    ),
    invitesRevoked: forEach(
      `UPDATE room_invites SET status = 'revoked' WHERE status = 'pending'
         AND (room_id, user_id) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?))
         AND EXISTS (SELECT 1 FROM federation_events i
           JOIN federation_events r ON r.room_id = room_invites.room_id AND r.subject = room_invites.user_id
             AND r.event_type IN ('m.member.invite', 'm.member.uninvite')
             AND r.event_type = 'm.member.uninvite' AND (r.depth, r.event_id) > (i.depth, i.event_id)
           WHERE i.event_id = room_invites.event_id)`,
    ),
    invitesUsed: forEach(
      `UPDATE room_invites SET status = 'accepted' WHERE status = 'pending'
         AND (room_id, user_id) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?))
         AND EXISTS (SELECT 1 FROM federation_events i
           JOIN room_member_facts f ON f.room_id = room_invites.room_id AND f.user_id = room_invites.user_id
             AND (f.depth, f.event_id) > (i.depth, i.event_id)
           WHERE i.event_id = room_invites.event_id)`,
    ),
    withdrawnLanes: forEach(
      `DELETE FROM federation_outbound_queue AS q WHERE (destination, room_id) IN (
         SELECT value ->> 0, value ->> 1 FROM json_each(?)) AND state <> 'dead'
       AND NOT EXISTS (SELECT 1 FROM federation_events e WHERE e.seq = q.event_seq
         AND substr(e.subject, instr(e.subject, ':') + 1) IN (q.destination,
           (SELECT domain FROM federation_peer_trust_state WHERE server_name = q.destination)))`,
    ),
    withdrawnReceipts: forEach(
      `DELETE FROM federation_receipts WHERE (event_seq, server_name) IN (
         SELECT r.event_seq, r.server_name FROM json_each(?) q
         CROSS JOIN federation_receipts r ON r.server_name = q.value ->> 0 AND r.via = q.value ->> 2
           AND r.${lackingReceipt}
         CROSS JOIN federation_events e ON e.seq = r.event_seq AND e.room_id = q.value ->> 1)`,
    ),
    withdrawnRows: forEach(`DELETE FROM federation_outbound_queue WHERE id IN (${listed})`),
    withdrawnEvents: forEach(`DELETE FROM federation_outbound_queue WHERE event_seq IN (${listed})`),
    // A server may have quoted the event when it refused it.
    errors: forEach(
      `UPDATE federation_delivery_attempts SET error = NULL WHERE event_seq IN (${listed}) AND error IS NOT NULL`,
    ),
    queued: manyRows(
      db,
      `INSERT INTO federation_outbound_queue (destination, room_id, event_seq, state, enqueued_at, also_sent_to)
       VALUES`,
      6,
    ),
    passedOver: forEach(
      `DELETE FROM federation_receipts WHERE event_seq IN (${listed}) AND ${lackingReceipt}`,
    ),
    notOwed: forEach(`DELETE FROM federation_receipts_owed WHERE event_seq IN (${listed})`),
    expected: manyRows(
      db,
      'INSERT INTO federation_receipts (event_seq, server_name, via, state, at) VALUES',
      5,
    ),
    held: manyRows(
      db,
      `INSERT OR IGNORE INTO federation_held_events
         (event_id, server_name, hop, room_id, event_type, sender, origin_ts, body, received_at, about) VALUES`,
      10,
    ),
    goneHeld: forEach(`DELETE FROM federation_held_events WHERE event_id IN (${listed})`),
    due: manyRows(db, 'INSERT OR IGNORE INTO erasures_due (seq) VALUES', 1),
    doneDue: forEach(`DELETE FROM erasures_due WHERE seq IN (${listed})`),
    waitingDue: forEach(`UPDATE erasures_due SET waits = 1 WHERE seq IN (${listed})`),
    replays: manyRows(
      db,
      'INSERT OR IGNORE INTO federation_transport_replay_cache (signature, expires_at) VALUES',
      2,
    ),
  };
  const each = (values: readonly (string | number)[]) => values.map((value) => [value]);

  function writeRooms(e: RoomEffects): void {
    write.newRooms(
      e.newRooms.map((r) => [
        ...[r.room_id, r.home, r.name, r.join_rule, r.home_announces, r.created_at],
        projectionRules,
      ]),
    );
    if (e.newRooms.length > 0) rooms.forgetCounts();
    write.rooms(
      e.rooms.map((r) => [
        ...[r.room_id, r.name, r.join_rule, r.home_announces, r.info_depth, r.info_event_id],
        ...[r.named_depth, r.named_event_id],
      ]),
    );
    write.clearedChannels(each(e.clearedChannels));
    write.goneChannels(e.goneChannels.map((c) => [c.room_id, c.channel_id]));
    write.channels(e.channels.map((c) => [c.room_id, c.channel_id, c.name, c.position, c.depth, c.event_id]));
    write.meta(e.meta.map(({ key, value }) => [key, value]));
    write.invites(
      e.invites.map((i) => [
        ...[i.event_id, i.room_id, i.home, i.room_name, i.inviter, i.user_id, i.created_at],
        'pending',
      ]),
    );
    write.facts(e.facts.map((f) => [f.roomId, f.userId, f.depth, f.eventId, f.change, f.role, f.originTs]));
    write.goneMembers(e.goneMembers.map((m) => [m.room_id, m.user_id]));
    write.members(
      e.members.map((m) => [m.room_id, m.user_id, m.server, m.state, m.role, m.joined_at, m.implicit]),
    );
  }

  function writeEvents(e: EventEffects): void {
    write.retired(each(e.retired));
    write.newEvents(
      e.newEvents.map((r) => [
        ...[r.seq, r.event_id, r.room_id, r.event_type, r.sender, r.origin_server, r.origin_ts, r.depth],
        ...[r.target, r.subject, r.state, r.body, r.key_id, r.files_unsigned, r.received_from, r.received_at],
      ]),
    );
    write.shares(sharesOf(e.newEvents));
    write.states(e.states.map(({ seq, state }) => [seq, state]));
    write.erased(e.erased.map(({ seq, body }) => [seq, body]));
    if (e.erased.length > 0) erasures.needsScrub();
    write.copies(e.copies.map((r) => [r.seq, r.body, r.files_unsigned, r.received_from, r.key_id]));
  }

  function writeMessages(e: MessageEffects): void {
    write.goneReactionsTo(each([...e.goneReactionsTo, ...e.goneMessages]));
    write.goneMessages(each(e.goneMessages));
    write.messages(
      e.messages.map((m) => [
        ...[m.seq, m.room_id, m.channel_id, m.event_id, m.message_key, m.sender, m.depth],
        ...[m.text_seq, m.edited_at, m.deleted, m.shown],
      ]),
    );
    write.mentions(e.mentions.map((m) => [m.seq, m.room_id, m.channel_id, m.called]));
    write.goneReactions(e.goneReactions.map((r) => [r.message_seq, r.user_id, r.emoji]));
    write.reactions(
      e.reactions.map((r) => [r.message_seq, r.user_id, r.emoji, r.depth, r.event_id, r.given]),
    );
  }

  /** Only older rows have to be withdrawn. What a batch queued and withdrew again is not among its rows. */
  function writeSending(e: QueueEffects): void {
    const lanes = e.withdrawnLanes.map(({ destination, roomId, home }) => [destination, roomId, home]);
    write.withdrawnLanes(lanes);
    write.withdrawnReceipts(lanes);
    write.withdrawnRows(each(e.withdrawnRows));
    write.withdrawnEvents(each(e.withdrawnEvents));
    write.errors(each(e.withdrawnEvents));
    write.queued(
      e.queued.map((q) => [q.destination, q.roomId, q.seq, 'queued', q.at, q.alsoSentTo.join(' ')]),
    );
    write.passedOver(each(e.passedOver.map(({ seq }) => seq)));
    write.notOwed(each(e.passedOver.filter(({ owed }) => owed).map(({ seq }) => seq)));
    write.expected(e.expected.map((x) => [x.seq, x.server, x.via, x.tells ? 'unknown' : 'untold', x.at]));
    if (e.queued.length > 0) tell({ fact: 'events-queued', rows: e.queued });
  }

  function writeRest(e: QueueEffects): void {
    write.goneHeld(each(e.goneHeld));
    if (e.goneHeld.length > 0) held.leavesGaps();
    write.held(
      e.held.map((h) => [
        ...[h.event_id, h.server_name, h.hop, h.room_id, h.event_type, h.sender, h.origin_ts, h.body],
        ...[h.received_at, h.about],
      ]),
    );
    write.due(each(e.due));
    write.doneDue(each(e.doneDue));
    write.waitingDue(each(e.waitingDue));
    write.replays(e.replays.map(({ signature, expiresAt }) => [signature, expiresAt]));
  }

  return ({ rooms: changes, events, messages, queues }) => {
    if (messages) for (const clear of clearedRooms) clear(each(messages.clearedRooms));
    writeRooms(changes);
    writeEvents(events);
    const invitees = changes.inviteesChecked.map(({ room_id, user_id }) => [room_id, user_id]);
    write.invitesRevoked(invitees);
    write.invitesUsed(invitees);
    if (messages) writeMessages(messages);
    if (queues) {
      writeSending(queues);
      writeRest(queues);
    }
  };
}

/** What new events add to the shares of the servers that sent them: one row for each room and server. */
function sharesOf(events: EventEffects['newEvents']): [string, string, number][] {
  const shares = new Map<string, [string, string, number]>();
  for (const { room_id, received_from: server, body } of events) {
    if (server === null) continue;
    const key = `${room_id} ${server}`;
    const before = shares.get(key)?.[2] ?? 0;
    shares.set(key, [room_id, server, before + Buffer.byteLength(body) + besideTextBytes]);
  }
  return [...shares.values()];
}
