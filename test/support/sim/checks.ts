import SQLite from 'better-sqlite3';
import { isErasedSql } from '../../../main/store/erased-body.ts';
import type { MemberView, TimelineItem } from '../../../shared/api/views/room-views.ts';
import type { SimNode } from './node.ts';
import type { World } from './world.ts';

export interface StoredEvent {
  readonly event_id: string;
  readonly event_type: string;
  readonly sender: string;
  /** The user that a membership event is about. */
  readonly subject: string | null;
  readonly target: string | null;
  readonly depth: number;
  readonly state: 0 | 1 | 2;
}

export interface WaitingRow {
  readonly destination: string;
  readonly event_id: string;
  readonly event_type: string;
  readonly state: string;
  readonly last_error: string | null;
}

/** Reads a node's database over another connection, as an observer. */
function query<T>(node: SimNode, sql: string, ...values: unknown[]): T[] {
  const db = new SQLite(node.databasePath, { readonly: true });
  try {
    return db.prepare<unknown[], T>(sql).all(...values);
  } finally {
    db.close();
  }
}

/** Without erased edits and reactions: a node that didn't get them in time never learns that they existed. */
export const storedEvents = (node: SimNode, roomId: string): StoredEvent[] =>
  query(
    node,
    `SELECT event_id, event_type, sender, subject, target, depth, state FROM federation_events
     WHERE room_id = ? AND (NOT ${isErasedSql('body')} OR event_type = 'm.message') ORDER BY depth, event_id`,
    roomId,
  );

/** The users who ever joined the room as an owner. */
export const ownersOf = (node: SimNode, roomId: string): string[] =>
  query<{ subject: string }>(
    node,
    `SELECT DISTINCT subject FROM federation_events
     WHERE room_id = ? AND event_type = 'm.member.join' AND instr(body, '"role":"owner"') > 0`,
    roomId,
  ).map(({ subject }) => subject);

/**
 * Whether a node that has a member in the room has stored a version of the room with this channel. A home that lost the
 * channel waits for its members before it writes, but not for servers that have left.
 */
export const holdsChannel = (node: SimNode, roomId: string, name: string): boolean =>
  query(
    node,
    `SELECT 1 FROM federation_events WHERE room_id = ? AND event_type = 'm.room.info' AND instr(body, ?) > 0
       AND EXISTS (SELECT 1 FROM room_members WHERE room_id = ? AND server = ? AND state = 'joined') LIMIT 1`,
    ...[roomId, JSON.stringify(name), roomId, node.name],
  ).length > 0;

/** Whether the node has the room, and not just an invite to it. Only then does the home get back from it what it lost. */
export const hasRoom = (node: SimNode, roomId: string): boolean =>
  query(node, 'SELECT 1 FROM rooms WHERE room_id = ?', roomId).length > 0;

/** The messages in which a node has this text, and those to which it has an edit with it. */
export const messagesWith = (node: SimNode, roomId: string, text: string): string[] =>
  query<{ id: string }>(
    node,
    `SELECT coalesce(m.event_id, e.event_id) AS id FROM federation_events e
     LEFT JOIN messages m ON m.room_id = e.room_id AND e.event_type = 'm.message.edit' AND instr(e.body, m.event_id) > 0
     WHERE e.room_id = ? AND instr(e.body, ?) > 0`,
    ...[roomId, JSON.stringify(text)],
  ).map((row) => row.id);

/**
 * Returns the event that a node wrote in the place of one that its wrong clock had dated; null if a newer event made
 * that needless, and undefined if it did not have to.
 */
export const writtenAgain = (node: SimNode, eventId: string): string | null | undefined =>
  query<{ again_id: string | null }>(node, 'SELECT again_id FROM said_again WHERE event_id = ?', eventId)[0]
    ?.again_id;

/** Events that a node once had and erased. */
export const erasedEvents = (node: SimNode, roomId: string): string[] =>
  query<{ event_id: string }>(
    node,
    `SELECT event_id FROM federation_events WHERE room_id = ? AND ${isErasedSql('body')}`,
    roomId,
  ).map((row) => row.event_id);

export const outboxOf = (node: SimNode): WaitingRow[] =>
  query(
    node,
    `SELECT q.destination, e.event_id, e.event_type, q.state, q.last_error FROM federation_outbound_queue q
     JOIN federation_events e ON e.seq = q.event_seq ORDER BY q.id`,
  );

/** The servers that a node knows: itself, its peers, and those whose events it has verified. */
export const knownServers = (node: SimNode): ReadonlySet<string> =>
  new Set([
    node.name,
    ...query<{ server_name: string }>(node, 'SELECT server_name FROM federation_peer_trust_state').map(
      (row) => row.server_name,
    ),
  ]);

export async function everyPage<T>(
  read: (cursor: string | undefined) => Promise<{ items: T[]; next: string | null }>,
): Promise<T[]> {
  const all: T[] = [];
  let cursor: string | undefined;
  do {
    const page = await read(cursor);
    all.push(...page.items);
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return all;
}

type Shown = Omit<TimelineItem, 'delivery' | 'arrival' | 'mentions_me'>;

/** The timeline as a reader gets it, in pages of a size that doesn't divide it evenly. */
export async function timelineOf(node: SimNode, roomId: string): Promise<Shown[]> {
  const items = await everyPage((cursor) =>
    node.api.timeline({ room_id: roomId, limit: 7, ...(cursor === undefined ? {} : { cursor }) }),
  );
  return items.map(({ delivery: _, arrival: _place, mentions_me: _mine, ...item }) => item);
}

export async function membersOf(node: SimNode, roomId: string): Promise<Omit<MemberView, 'can_moderate'>[]> {
  const members = await everyPage((cursor) =>
    node.api.members({ room_id: roomId, limit: 3, ...(cursor === undefined ? {} : { cursor }) }),
  );
  return members.map(({ can_moderate: _, ...member }) => member);
}

/** Without names: a server knows those of its own users, whatever they are in a room that they are out of. */
async function removalsOf(node: SimNode, room_id: string) {
  const { items } = await node.api.removals({ room_id, limit: 100 });
  return items.map(({ display_name: _, name_warning: _about, ...removal }) => removal);
}

/**
 * Whether a reader may see something of this event. Its author's delete of a message erases reactions only on nodes that
 * have the message, so others may hold a reaction to nothing.
 */
export const hasEffect = (node: SimNode, { event_id, event_type, state }: StoredEvent): boolean =>
  state !== 0 &&
  (!event_type.startsWith('m.reaction.') ||
    query(
      node,
      `SELECT 1 FROM federation_events e JOIN messages m ON m.room_id = e.room_id
       WHERE e.event_id = ? AND m.shown = 1 AND e.target IN (m.event_id, m.message_key)`,
      event_id,
    ).length > 0);

/** Everything a reader of a room sees. */
export async function pictureOf(node: SimNode, roomId: string) {
  const room = await node.api.room({ room_id: roomId });
  const { topic, description, pinned, archived, writers, slow_seconds, join_rule, channels, member_count } =
    room;
  // In a direct chat, each of the two sees the name of the other.
  const [named] = query(node, 'SELECT name, direct FROM rooms WHERE room_id = ?', roomId);
  // The API hides it from those who are out of the room.
  const [picture] = query(node, `SELECT hash FROM pictures WHERE user_id = '' AND room_id = ?`, roomId);
  return {
    // Without unread counts, because each owner has read something else.
    room: {
      named,
      topic,
      description,
      picture,
      pinned,
      archived,
      writers,
      slow_seconds,
      join_rule,
      member_count,
      channels: channels.map(({ channel_id, name }) => ({ channel_id, name })),
    },
    members: await membersOf(node, roomId),
    removals: await removalsOf(node, roomId),
    timeline: await timelineOf(node, roomId),
    inForce: storedEvents(node, roomId)
      .filter((event) => event.state === 1 && hasEffect(node, event))
      .map((event) => event.event_id),
  };
}

/** Lets time pass until nothing waits and nothing new has arrived for a while of virtual time. */
export async function runUntilQuiet(world: World, hoursMax = 12): Promise<void> {
  const stepMs = 5 * 60_000;
  let before = '';
  let quiet = 0;
  for (let passed = 0; passed < hoursMax * 3_600_000; passed += stepMs) {
    await world.clock.advance(stepMs);
    const waiting = world.nodes.flatMap(outboxOf).filter((row) => row.state !== 'dead').length;
    const now = world.nodes.map((node) => query(node, 'SELECT max(seq) FROM federation_events'));
    const state = `${waiting} ${JSON.stringify(now)}`;
    quiet = state === before && waiting === 0 ? quiet + 1 : 0;
    before = state;
    if (quiet >= 5) return;
  }
  const left = world.nodes.flatMap((node) => outboxOf(node).map((row) => ({ from: node.name, ...row })));
  throw new Error(`still not quiet after ${hoursMax} hours: ${JSON.stringify(left.slice(0, 5), null, 1)}`);
}
