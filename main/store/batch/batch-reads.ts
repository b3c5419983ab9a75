import { tuning } from '../../config.ts';
import type { Db } from '../database.ts';
import { isErasedSql } from '../erased-body.ts';
import { byDepthSql } from '../tables/rooms/event-store.ts';
import { type FactRow, factOf } from '../tables/rooms/member-fact-store.ts';
import { withKeySql } from '../tables/rooms/message-store.ts';
import type { Ask, BatchReads, Key, RoomFound } from './batch-port.ts';
import type { Value } from './many-rows.ts';

/** What a batch asks of the tables. Each question is asked for many keys with one statement. */
export function batchReads(db: Db): BatchReads {
  /**
   * `sql` finds rows for the keys in `q`, made with `json_each`. `$0`, `$1` and so on are the parts of a key, and
   * `asked` identifies the key that a row is for. A single key needs no list.
   */
  const prepare = <K extends Key, Row>(
    sql: string,
  ): ((keys: readonly K[]) => (Row & { asked: number })[]) => {
    const parts = [...new Set(sql.match(/\$\d/g))].length;
    const each = parts === 1 ? 'q.value' : 'q.value ->> $1';
    const single = Array.from({ length: parts }, (_, i) => `? AS p${i}`).join(', ');
    const many = db.prepare<[string], Row & { asked: number }>(sql.replace(/\$(\d)/g, each));
    const one = db.prepare<Value[], Row & { asked: number }>(
      sql.replace(/\$(\d)/g, 'q.p$1').replace('json_each(?) q', `(SELECT 0 AS key, ${single}) q`),
    );
    return (keys) =>
      keys.length === 1 && keys[0]
        ? one.all(...keys[0])
        : many.all(JSON.stringify(parts === 1 ? keys.map(([only]) => only) : keys));
  };
  const list = <K extends Key, Row>(sql: string): Ask<K, readonly Row[]> => {
    const rows = prepare<K, Row>(sql);
    return (keys) => {
      const found: Row[][] = keys.map(() => []);
      for (const row of rows(keys)) found[row.asked]?.push(row);
      return found;
    };
  };
  const one = <K extends Key, Row>(sql: string): Ask<K, Row | null> => {
    const rows = prepare<K, Row>(sql);
    return (keys) => {
      const found: (Row | null)[] = keys.map(() => null);
      for (const row of rows(keys)) found[row.asked] = row;
      return found;
    };
  };
  const any = <K extends Key>(sql: string): Ask<K, boolean> => {
    const rows = prepare<K, object>(sql);
    return (keys) => {
      const found = keys.map(() => false);
      for (const { asked } of rows(keys)) found[asked] = true;
      return found;
    };
  };
  const count = <K extends Key>(sql: string): Ask<K, number> => {
    const ask = one<K, { n: number }>(sql);
    return (keys) => (ask(keys) as readonly ({ n: number } | null)[]).map((row) => row?.n ?? 0);
  };
  const lastSeq = db.prepare<[], { n: number | null }>('SELECT max(seq) AS n FROM federation_events');
  const asked = 'SELECT q.key AS asked';
  const events = 'FROM json_each(?) q CROSS JOIN federation_events e ON';
  const exists = (sql: string) => `${asked} FROM json_each(?) q WHERE EXISTS (SELECT 1 ${sql})`;
  const about = 'e.room_id = $0 AND e.target = $1';
  const reactions = "e.event_type IN ('m.reaction.add', 'm.reaction.remove') AND e.state = 1";
  const edits = "e.event_type = 'm.message.edit' AND e.sender = $2";

  /** The nearest fact about a user before or after a position in the order: of all facts, or of one kind. */
  const fact = (compare: '<' | '>', ofKind: boolean) => {
    const order = compare === '<' ? 'depth DESC, event_id DESC' : 'depth, event_id';
    const ask = one<Key, FactRow>(
      `${asked}, f.* FROM json_each(?) q CROSS JOIN room_member_facts f
         ON f.room_id = $0 AND f.user_id = $1 AND (f.depth, f.event_id) = (
           SELECT depth, event_id FROM room_member_facts
           WHERE room_id = $0 AND user_id = $1 ${ofKind ? 'AND change = $4' : ''}
             AND (depth, event_id) ${compare} ($2, $3)
           ORDER BY ${order} LIMIT 1)`,
    );
    return (keys: readonly Key[]) => (ask(keys) as readonly (FactRow | null)[]).map(factOf);
  };

  const roomRows = one<readonly [string], RoomFound['row']>(
    `${asked}, r.* FROM json_each(?) q CROSS JOIN rooms r ON r.room_id = $0`,
  );
  const joined = list<readonly [string], { server: string; n: number }>(
    `${asked}, m.server, count(*) AS n FROM json_each(?) q CROSS JOIN room_members m ON m.room_id = $0
     WHERE m.state = 'joined' GROUP BY q.key, m.server`,
  );
  const depths = count<readonly [string]>(
    `${asked}, (SELECT max(depth)
       FROM (${byDepthSql('max(depth) AS depth', 'room_id = $0 AND state <> 2')})) AS n
     FROM json_each(?) q`,
  );
  return {
    lastSeq: (keys) => keys.map(() => lastSeq.get()?.n ?? 0),
    eventById: one(`${asked}, e.* ${events} e.event_id = $0`),
    eventBySeq: one(`${asked}, e.* ${events} e.seq = $0`),
    isSpokenOf: any(exists('FROM federation_events WHERE target = $0')),
    isDeleted: any(
      `${exists(`FROM federation_events INDEXED BY federation_events_about
         WHERE room_id = $0 AND target = $1 AND event_type = 'm.message.delete'
           AND sender = $2 AND state = 1`)}
       OR EXISTS (SELECT 1 FROM federation_events INDEXED BY federation_events_deletes
         WHERE room_id = $0 AND target = $1 AND origin_server = $3
           AND event_type = 'm.message.delete' AND state = 1)`,
    ),
    effectsOn: list(`${asked}, e.* ${events} ${about}`),
    latestEdits: list(
      `${asked}, e.seq, e.event_id, e.depth, e.origin_ts, e.state, ${isErasedSql('e.body')} AS erased ${events} e.seq IN (
         SELECT e.seq FROM federation_events e WHERE ${about} AND ${edits} AND e.state = 1
         ORDER BY e.depth DESC, e.event_id DESC LIMIT 2)`,
    ),
    editsBy: list(`${asked}, e.* ${events} ${about} AND ${edits}`),
    pendingEditsBy: list(`${asked}, e.* ${events} ${about} AND ${edits} AND e.state = 0`),
    reactionsTo: list(`${asked}, e.* ${events} ${about} AND ${reactions}`),
    reactionsBy: list(`${asked}, e.* ${events} ${about} AND ${reactions} AND e.sender = $2`),
    placesOf: list(
      `${asked}, e.seq, e.event_id, e.event_type, e.sender, e.origin_server, e.depth, e.state ${events}
         e.seq IN (${byDepthSql('seq', 'room_id = $0 AND depth BETWEEN $2 AND $3 AND sender = $1')})`,
    ),
    // Must match the condition of its index, "state <> 1".
    pendingCount: count(
      `${asked}, (SELECT count(*) FROM federation_events WHERE room_id = $0
         AND origin_server = $1 AND state <> 1 AND state = 0) AS n FROM json_each(?) q`,
    ),
    deletesCount: count(
      `${asked}, (SELECT count(*) FROM (SELECT 1 FROM federation_events WHERE room_id = $0
         AND origin_server = $1 AND event_type = 'm.message.delete' LIMIT ${tuning.pendingEventsMax})) AS n
       FROM json_each(?) q`,
    ),
    eventsIn: list(`${asked}, e.* ${events} e.room_id = $0`),
    messageBySeq: one(`${asked}, m.* FROM json_each(?) q CROSS JOIN messages m ON m.seq = $0`),
    messagesNamed: list(
      `${asked}, m.* FROM json_each(?) q CROSS JOIN messages m ON m.seq IN (
         SELECT seq FROM federation_events WHERE event_id = $0
         UNION ALL SELECT seq FROM messages WHERE ${withKeySql('messages', '$0')})`,
    ),
    reaction: one(
      `${asked}, r.* FROM json_each(?) q CROSS JOIN reactions r
         ON r.message_seq = $0 AND r.user_id = $1 AND r.emoji = $2`,
    ),
    room: (keys) => {
      const rows = roomRows(keys) as readonly (RoomFound['row'] | null)[];
      const servers = joined(keys) as readonly (readonly { server: string; n: number }[])[];
      const highest = depths(keys) as readonly number[];
      return rows.map(
        (row, i) =>
          row && {
            row,
            joined: new Map((servers[i] ?? []).map(({ server, n }) => [server, n])),
            highestDepth: highest[i] ?? -1,
          },
      );
    },
    meta: one(`${asked}, m.value FROM json_each(?) q CROSS JOIN meta m ON m.key = $0`),
    channel: one(
      `${asked}, c.* FROM json_each(?) q CROSS JOIN channels c
         ON c.room_id = $0 AND c.channel_id = $1`,
    ),
    channels: list(
      `${asked}, c.* FROM json_each(?) q CROSS JOIN channels c ON c.room_id = $0
       ORDER BY c.position, c.channel_id`,
    ),
    shownIn: one(
      `${asked}, m.event_id FROM json_each(?) q CROSS JOIN messages m ON m.seq = coalesce(
         (SELECT seq FROM messages INDEXED BY messages_by_arrival WHERE room_id = $0 AND channel_id = $1
            AND shown = 1 AND deleted = 0 AND seq NOT IN (SELECT value FROM json_each($2)) LIMIT 1),
         (SELECT seq FROM messages INDEXED BY messages_deleted WHERE room_id = $0 AND channel_id = $1
            AND shown = 1 AND deleted = 1 AND seq NOT IN (SELECT value FROM json_each($2)) LIMIT 1))`,
    ),
    member: one(
      `${asked}, m.* FROM json_each(?) q CROSS JOIN room_members m
         ON m.room_id = $0 AND m.user_id = $1`,
    ),
    hasMemberOf: any(exists('FROM room_members WHERE room_id = $0 AND server = $1')),
    usersOf: count(
      `${asked}, (SELECT count(*) FROM room_members WHERE room_id = $0 AND server = $1) AS n
       FROM json_each(?) q`,
    ),
    isJoining: any(exists('FROM pending_joins WHERE room_id = $0')),
    factBefore: fact('<', false),
    factAfter: fact('>', false),
    factOfKindBefore: fact('<', true),
    factOfKindAfter: fact('>', true),
    outAfter: one(
      `${asked}, e.origin_server, e.origin_ts, e.received_from, e.received_at ${events} e.seq = (
         SELECT seq FROM federation_events WHERE room_id = $0 AND subject = $1 AND seq > $2
           AND event_type = 'm.member.leave' ORDER BY seq LIMIT 1)`,
    ),
    isLocalUser: any(exists('FROM users WHERE user_id = $0')),
    userIn: one(
      `${asked}, r.user_id FROM json_each(?) q CROSS JOIN remote_user_ids r
         ON r.room_id = $0 AND r.remote_id = $1`,
    ),
    queuedFor: list(
      `${asked}, o.destination, o.state FROM json_each(?) q CROSS JOIN federation_outbound_queue o
         ON o.event_seq = $0`,
    ),
    // Leaves and deletes are still sent.
    queuedBy: list(
      `${asked}, o.id, o.event_seq, o.destination FROM json_each(?) q CROSS JOIN federation_outbound_queue o
         ON o.room_id = $0
       CROSS JOIN federation_events e ON e.seq = o.event_seq AND e.sender = $1
       WHERE o.state <> 'dead' AND e.event_type NOT IN ('m.message.delete', 'm.member.leave')`,
    ),
    isDiscarded: any(exists('FROM federation_discarded_events WHERE event_id = $0')),
    isDropped: any(
      exists('FROM dropped_events d WHERE d.room_id = $0 AND d.depth = $1 AND d.hash = unhex($2)'),
    ),
    isHeld: any(exists('FROM federation_held_events WHERE event_id = $0')),
    heldCount: count(
      `${asked}, (SELECT count(*) FROM federation_held_events WHERE server_name = $0) AS n
       FROM json_each(?) q`,
    ),
    heldAbout: list(
      `${asked}, h.event_id, h.event_type, h.sender, h.about
       FROM json_each(?) q CROSS JOIN federation_held_events h ON h.id IN (
         SELECT id FROM federation_held_events WHERE room_id = $0 AND about = $1
         UNION ALL SELECT id FROM federation_held_events
         WHERE event_id = $1 AND room_id = $0)`,
    ),
  };
}
