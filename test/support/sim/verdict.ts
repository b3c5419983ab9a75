import assert from 'node:assert/strict';
import type { MemberView } from '../../../shared/api/views/room-views.ts';
import { ProtocolError } from '../../../shared/protocol/errors.ts';
import { parseUserId } from '../../../shared/protocol/identifiers.ts';
import { filesAsText, tablesAsText } from '../database-text.ts';
import type { People, SimRoom } from './actions.ts';
import {
  erasedEvents,
  everyPage,
  hasEffect,
  knownServers,
  membersOf,
  messagesWith,
  outboxOf,
  ownersOf,
  pictureOf,
  type StoredEvent,
  storedEvents,
  writtenAgain,
} from './checks.ts';
import type { SimNode } from './node.ts';
import type { World } from './world.ts';

/**
 * Everything that must be true once the world is healed and quiet. Throws with what isn't. `ambiguous`: messages whose
 * text may differ, because a hostile server used their id twice, and a home that lost the first text took the second.
 */
export async function assertConverged(
  world: World,
  rooms: readonly SimRoom[],
  people: People,
  ambiguous: ReadonlySet<string> = new Set(),
): Promise<void> {
  assert.deepEqual(people.faults, [], 'nothing failed for a reason of our own');
  assert.deepEqual(world.network.violations, []);
  for (const room of rooms) {
    const late = lateEvents(room);
    const members = await assertSamePicture(room, ambiguous, late);
    assertSameEvents(room, members, late);
    await assertOutsKnowIt(room, members);
    assertAnswered(room, members, people, late);
    await assertChannels(room, people);
    await assertInvites(room, people);
    await assertErased(room, members, people);
  }
  for (const node of world.nodes) assertOutbox(node, rooms);
}

/** Checks that no node has what a hostile peer wrote in the name of others, or in a message of others. */
export function assertNothingForged(world: World, { forgery }: { readonly forgery: string }): void {
  for (const node of world.nodes)
    assert.ok(!tablesAsText(node.databasePath).includes(forgery), `${node.name} has a forged event`);
}

/** The home, and the servers that have a user in the room according to the home. */
async function memberNodes(room: SimRoom): Promise<SimNode[]> {
  const servers = new Set((await membersOf(room.home, room.id)).map((member) => member.server));
  return room.nodes.filter((node) => node === room.home || servers.has(node.name));
}

/** Events by their ID. */
type Late = ReadonlyMap<string, StoredEvent>;

/**
 * Finds events that reached the home only long after their author had left or was removed, because of a failing
 * network. The home refused them, so only their author's server may have them in force (docs/protocol/rooms.md, "Whose
 * events count").
 */
function lateEvents(room: SimRoom): Late {
  const atHome = storedEvents(room.home, room.id);
  const known = new Set(atHome.map(({ event_id }) => event_id));
  // A wrong clock may have placed it after the removal; then it stays ahead of the time (state 2) and never counts.
  const isOut = ({ sender, depth, state }: StoredEvent) =>
    atHome.some((event) => isLeaveOf(event, sender) && (event.depth > depth || state === 2));
  const found = new Map<string, StoredEvent>();
  for (const node of room.nodes)
    for (const event of storedEvents(node, room.id)) {
      const isOwn = parseUserId(event.sender).server === node.domain;
      if (isOwn && !known.has(event.event_id) && isOut(event)) found.set(event.event_id, event);
    }
  return found;
}

async function assertSamePicture(
  room: SimRoom,
  ambiguous: ReadonlySet<string>,
  late: Late,
): Promise<SimNode[]> {
  const members = await memberNodes(room);
  const changed = new Set([...late.values()].map(({ target }) => target));
  // Others may have reacted in time to a message that came too late.
  const isLate = ({ event_id, target }: StoredEvent) => late.has(event_id) || late.has(target ?? '');
  const ignored = new Set(
    room.nodes.flatMap((node) =>
      storedEvents(node, room.id)
        .filter(isLate)
        .map((event) => event.event_id),
    ),
  );
  const pictureAt = async (node: SimNode) => {
    const picture = await pictureOf(node, room.id);
    const timeline = picture.timeline
      .filter((item) => !late.has(item.event_id))
      .map((item) => (ambiguous.has(item.event_id) ? { ...item, body: null, origin_ts: 0 } : item))
      .map((item) =>
        changed.has(item.event_id) ? { ...item, body: null, edited_at: null, reactions: [] } : item,
      )
      .map((item) => {
        const quoted = item.reply_to?.event_id ?? '';
        return late.has(quoted) || changed.has(quoted) ? { ...item, reply_to: null } : item;
      });
    return { ...picture, timeline, inForce: picture.inForce.filter((id) => !ignored.has(id)) };
  };
  const expected = await pictureAt(room.home);
  for (const node of members) {
    if (node === room.home) continue;
    const known = knownServers(node);
    // A server's first event shows which server the domain of its users belongs to; until then the domain is shown.
    const asKnown = ({ server, user_id, ...member }: Omit<MemberView, 'can_moderate'>) => ({
      ...member,
      user_id,
      server: known.has(server) ? server : parseUserId(user_id).server,
    });
    assert.deepEqual(
      await pictureAt(node),
      { ...expected, members: expected.members.map(asKnown) },
      `${node.name} and ${room.home.name} see ${room.id} alike`,
    );
  }
  const ids = expected.timeline.map((item) => item.event_id);
  assert.equal(new Set(ids).size, ids.length, 'no message is shown twice');
  const order = [...expected.timeline].sort(
    (a, b) => b.depth - a.depth || (a.event_id < b.event_id ? 1 : a.event_id > b.event_id ? -1 : 0),
  );
  assert.deepEqual(
    ids,
    order.map((item) => item.event_id),
  );
  return members;
}

/** An event that not every member node has must have no effect anywhere, because its author was out already. */
function assertSameEvents(room: SimRoom, members: readonly SimNode[], late: Late): void {
  const stored = members.map((node) => new Map(storedEvents(node, room.id).map((e) => [e.event_id, e])));
  for (const id of new Set(stored.flatMap((events) => [...events.keys()]))) {
    const found = stored.map((events) => events.get(id));
    if (late.has(id) || found.every((event) => event !== undefined)) continue;
    const states = found.map((event, i) => `${members[i]?.name}=${event?.state ?? 'missing'}`).join(' ');
    assert.ok(
      found.every((event, i) => event === undefined || !hasEffect(members[i]!, event)),
      `${id} is in force on some nodes only: ${states}`,
    );
  }
}

/** A server whose users are out knows that they are. */
async function assertOutsKnowIt(room: SimRoom, members: readonly SimNode[]): Promise<void> {
  for (const node of room.nodes) {
    if (members.includes(node)) continue;
    const known = await membersOf(node, room.id).catch((error: unknown) => {
      if (error instanceof ProtocolError && error.code === 'NOT_FOUND') return [];
      throw error;
    });
    const own = known.filter((member) => member.server === node.name);
    assert.deepEqual(own, [], `${node.name} knows that nobody of it is in ${room.id}`);
  }
}

/**
 * Checks that the home has what was confirmed to a user, unless that user was out of the room by then. An event that a
 * wrong clock had dated stays ahead of the time, and another event stands for it.
 */
function assertAnswered(room: SimRoom, members: readonly SimNode[], people: People, late: Late): void {
  const atHome = new Map(storedEvents(room.home, room.id).map((event) => [event.event_id, event]));
  for (const { eventId: answeredId, roomId, node, kind } of people.answered) {
    if (roomId !== room.id) continue;
    const origin = room.nodes.find((each) => each.name === node);
    const again = origin && writtenAgain(origin, answeredId);
    if (again === null) continue;
    const eventId = again ?? answeredId;
    if (atHome.get(eventId)?.state === 1 || late.has(eventId)) continue;
    // It was about a message that has been deleted since, perhaps while a disk with it was lost.
    if (room.nodes.some((at) => erasedEvents(at, room.id).includes(eventId))) continue;
    const stored = origin ? storedEvents(origin, room.id) : [];
    const own = stored.find((event) => event.event_id === eventId);
    assert.ok(own, `${kind} ${eventId} was answered and is lost at ${node} itself`);
    const at = atHome.get(eventId)?.state ?? 'missing';
    // A room that nobody here is in any more isn't compared, so a leave that a disk lost stays lost.
    const isKnown = (leave: StoredEvent) => stored.some(({ event_id }) => event_id === leave.event_id);
    const leaves = [...atHome.values()].filter((event) => isLeaveOf(event, own.sender));
    if (origin && !members.includes(origin) && !leaves.every(isKnown)) continue;
    assert.equal(own.state, 0, `${kind} ${eventId} is in force at ${node}, but ${at} at the home`);
    assert.ok(
      wasIn(room, own.sender, own.depth),
      `${kind} ${eventId} was written before its sender came in, as the home has it`,
    );
  }
}

/**
 * No version of a deleted message is in any table of a member's node, nor in its files a minute later. A message of a
 * wrong clock is deleted too, once its words have been written again in another message: there they may stand.
 */
async function assertErased(room: SimRoom, members: readonly SimNode[], people: People): Promise<void> {
  const { timeline } = await pictureOf(room.home, room.id);
  const deleted = new Set(timeline.filter((item) => item.deleted).map((item) => item.event_id));
  const gone = [...deleted].flatMap((id) => people.texts.get(id) ?? []);
  for (const node of members) {
    const [tables, files] = [tablesAsText(node.databasePath), filesAsText(node.databasePath)];
    const left = gone.filter((text) => {
      if (!tables.includes(text) && !files.includes(text)) return false;
      const at = messagesWith(node, room.id, text);
      return at.length === 0 || at.some((id) => deleted.has(id));
    });
    assert.deepEqual(left, [], `${node.name} holds nothing of what was deleted`);
  }
}

/** A created channel is there, unless somebody deleted it. */
async function assertChannels(room: SimRoom, people: People): Promise<void> {
  const { items } = await room.home.api.channels({ room_id: room.id });
  for (const { roomId, name } of people.channels)
    if (roomId === room.id)
      assert.ok(
        items.some((channel) => channel.name === name),
        `the channel ${name} was made and is gone`,
      );
}

/**
 * Users of other servers are offered the invites that are open at the home: none that was revoked, none less. In a room
 * for invited users, nobody came in after their invite was revoked, except an owner who returned.
 */
async function assertInvites({ id, home, nodes }: SimRoom, people: People): Promise<void> {
  const open = await everyPage((cursor) =>
    home.api.sentInvites({ room_id: id, limit: 3, ...(cursor === undefined ? {} : { cursor }) }),
  );
  for (const node of nodes) {
    if (node === home) continue;
    const offered = [];
    for (const as of people.usersOf(node)) {
      const { items } = await node.api.invites({ as, limit: 100 });
      offered.push(...items.filter((invite) => invite.room_id === id).map((invite) => invite.user_id));
    }
    const own = open.map(({ user_id }) => user_id).filter((user) => people.usersOf(node).includes(user));
    assert.deepEqual(offered.sort(), own.sort(), `${node.name} offers the invites to ${id} that are open`);
  }
  if ((await home.api.room({ room_id: id })).join_rule === 'peers') return;
  const last = new Map<string, string>();
  const owners = ownersOf(home, id);
  for (const { event_id, event_type, subject } of storedEvents(home, id)) {
    if (subject === null) continue;
    const isJoin = event_type === 'm.member.join' && !owners.includes(subject);
    assert.ok(!isJoin || last.get(subject) !== 'm.member.uninvite', `${event_id} lets in who is not invited`);
    last.set(subject, event_type);
  }
}

const isLeaveOf = ({ event_type, subject }: StoredEvent, user: string): boolean =>
  event_type === 'm.member.leave' && subject === user;

/** Whether the home let the user in at some time before that depth. */
function wasIn(room: SimRoom, user: string, depth: number): boolean {
  return storedEvents(room.home, room.id).some(
    (event) => event.event_type === 'm.member.join' && event.subject === user && event.depth <= depth,
  );
}

/** Nothing waits any more, and only events that the room's home had a reason to refuse are dead letters. */
function assertOutbox(node: SimNode, rooms: readonly SimRoom[]): void {
  const late = new Set(rooms.flatMap((room) => [...lateEvents(room).keys()]));
  for (const row of outboxOf(node)) {
    assert.equal(row.state, 'dead', `${node.name} still has ${row.event_id} for ${row.destination}`);
    const own = rooms
      .flatMap((room) => storedEvents(node, room.id))
      .find((event) => event.event_id === row.event_id);
    const isLeave = own?.event_type === 'm.member.leave';
    if (late.has(row.event_id)) continue;
    assert.ok(
      own?.state === 0 || isLeave,
      `${node.name} gave up ${row.event_type} ${row.event_id} for ${row.destination}: ${row.last_error}`,
    );
  }
}
