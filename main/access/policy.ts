/**
 * Decides who may do what. One pure function decides each call, another each change, by what the contract states about
 * it (shared/api/roles.ts), so that every rule can be tested without a request.
 */

import { inputFields } from '../../shared/api/contract/procedure.ts';
import { contract, type ProcedureName } from '../../shared/api/contract.ts';
import { type Access, isAbove, isAtLeast, type Role } from '../../shared/api/roles.ts';
import { topicAccess } from '../../shared/api/topics.ts';
import type { HeldEventView } from '../../shared/api/views/peer-views.ts';
import type { PersonView, RoomView } from '../../shared/api/views/room-views.ts';
import { type Said, said } from '../../shared/words/said.ts';
import type { Change } from '../changes.ts';

export type Caller =
  /** The owner's programs and console on the machine: they may also act for users who can't log in. */
  | { readonly kind: 'machine' }
  | {
      readonly kind: 'person';
      readonly userId: string;
      readonly role: Role;
      /** The one the request came from. */
      readonly device?: string | undefined;
    }
  | { readonly kind: 'bot'; readonly userId: string };

type Members = Pick<ReadonlySet<string>, 'has'>;

/** The policy needs to know this about the node. */
export interface AccessFacts {
  isMember(roomId: string, userId: string): boolean;
  /** The users of this server who are in a room. */
  membersOf(roomId: string): Members;
  /** Whether a child or a guest may not see into the room, because nobody allowed it or somebody in it. */
  isClosed(roomId: string, userId: string): boolean;
  /** The user an invite is for. */
  inviteeOf(inviteId: string): string | undefined;
  roomOf(eventId: string): string | undefined;
  /** The role of a user who can log in, or could; undefined for all others. */
  roleOf(userId: string): Role | undefined;
  /** Whether both are in a room that is open to the first. */
  meet(userId: string, other: string): boolean;
}

type Verdict =
  | { readonly allowed: true; readonly input: object }
  | { readonly allowed: false; readonly why: Said };

const refuse = (why: Said): Verdict => ({ allowed: false, why });

const mayUse = (caller: Caller, { least, bots }: Access): boolean => {
  if (caller.kind === 'machine') return true;
  return caller.kind === 'bot' ? bots : isAtLeast(caller.role, least);
};

/** Checked before anything else in the request is read; `null` if the caller may use the procedure. */
export function whyNotProcedure(caller: Caller, name: ProcedureName): Said | null {
  const { method, path, access } = contract[name];
  if (mayUse(caller, access)) return null;
  return caller.kind === 'bot' ? said('caller.bot', { method, path }) : said('caller.role', { method, path });
}

const takesAs: ReadonlySet<string> = new Set(
  Object.entries(contract).flatMap(([name, procedure]) =>
    inputFields(procedure).includes('as') ? [name] : [],
  ),
);

/** Procedures about the caller's own device. */
const takesDevice: ReadonlySet<string> = new Set(
  Object.entries(contract).flatMap(([name, procedure]) =>
    inputFields(procedure).includes('this_device') ? [name] : [],
  ),
);

type Fields = Readonly<Record<string, string | undefined>>;

/** The input with the caller's user filled in. A caller can't act as another user, or as the owner by naming nobody. */
export function decide(caller: Caller, name: ProcedureName, input: object, facts: AccessFacts): Verdict {
  const whyNot = whyNotProcedure(caller, name) ?? whyNotAbout(caller, name, input, facts);
  if (whyNot !== null) return refuse(whyNot);
  if (caller.kind === 'machine' || !takesAs.has(name)) return { allowed: true, input };
  const device = takesDevice.has(name) && caller.kind === 'person' ? { this_device: caller.device } : {};
  return { allowed: true, input: { ...input, as: caller.userId, ...device } };
}

/** Procedures allowed in a room that is closed to the caller. None shows what others wrote, or reaches them. */
const worksClosed: ReadonlySet<ProcedureName> = new Set([
  ...(['inviteUser', 'deleteMessage', 'muteRoom', 'markRead'] as const),
]);

function whyNotAbout(caller: Caller, name: ProcedureName, input: object, facts: AccessFacts): Said | null {
  const { access } = contract[name];
  const fields = input as Fields;
  if (caller.kind === 'machine') return whyNotFor(access, fields, facts);
  const { userId } = caller;
  const { as, room_id, event_id, forwards, id, user_id, role } = fields;
  const rooms = (input as { readonly rooms?: readonly string[] }).rooms ?? [];
  if (as !== undefined && as !== userId) return said('caller.other_user', { user: userId, as });
  switch (access.over) {
    case 'room':
      if (room_id !== undefined && !facts.isMember(room_id, userId))
        return said('room.not_in', { user: userId, room: room_id });
      if (room_id !== undefined && facts.isClosed(room_id, userId) && !worksClosed.has(name))
        return said('consent.closed');
      // A message that is forwarded is in another room than the new one.
      for (const event of [room_id === undefined ? event_id : undefined, forwards]) {
        const room = event === undefined ? undefined : facts.roomOf(event);
        if (
          event !== undefined &&
          !(room !== undefined && facts.isMember(room, userId) && !facts.isClosed(room, userId))
        )
          return said('caller.no_event', { event, user: userId });
      }
      return null;
    case 'own':
      if (user_id !== undefined && user_id !== userId)
        return said('caller.other_user', { user: userId, as: user_id });
      if (room_id === undefined && id !== undefined && facts.inviteeOf(id) !== userId)
        return said('caller.no_invite', { id, user: userId });
      return null;
    case 'person': {
      const other = rooms.find((room) => !facts.isMember(room, userId));
      if (other !== undefined) return said('room.not_in', { user: userId, room: other });
      return caller.kind === 'person' && mayDecide(caller.role, facts.roleOf(user_id ?? ''), role)
        ? null
        : said('caller.not_below');
    }
    case 'node':
      return null;
  }
}

/** Whether somebody with this role may decide about someone, and give them the role `given`. */
const mayDecide = (by: Role, current: Role | undefined, given: string | undefined): boolean =>
  isAbove(by, current) && isAbove(by, given as Role | undefined);

/** People who log in speak for themselves. */
function whyNotFor(access: Access, { as, id }: Fields, facts: AccessFacts): Said | null {
  const user = as ?? (access.over === 'own' && id !== undefined ? facts.inviteeOf(id) : undefined);
  if (user === undefined) return null;
  const role = facts.roleOf(user);
  return role !== undefined && role !== 'owner' ? said('caller.speaks', { user }) : null;
}

type SeenRoom = Pick<
  RoomView,
  | 'membership'
  | 'join_rule'
  | 'homed_here'
  | 'waits'
  | 'topic'
  | 'description'
  | 'picture'
  | 'pinned'
  | 'channels'
  | 'last_message'
  | 'last_event_at'
>;
/**
 * Rooms that the user is in, was in or may join. Among rooms that nobody allowed, a child sees the ones of this server,
 * and a guest none.
 */
const seesRoom = (caller: Caller, { membership, join_rule, homed_here, waits }: SeenRoom): boolean =>
  (membership !== null || join_rule === 'peers') &&
  (waits !== 'room' || (homed_here && caller.kind === 'person' && caller.role === 'child'));

const answersRoom: ReadonlySet<ProcedureName> = new Set([
  'room',
  'createRoom',
  'startDirect',
  'changeRoom',
  'describeRoom',
  'pinMessage',
  'archiveRoom',
  'joinRoom',
  'leaveRoom',
  'muteRoom',
  'limitRoom',
  'acceptInvite',
]);

/** Leaves of a room that the user isn't in, or that is closed to them, no messages, and nothing else that people wrote there. */
const asSeen = (room: SeenRoom): SeenRoom =>
  room.membership === 'joined' && room.waits === null
    ? room
    : {
        ...room,
        topic: '',
        description: '',
        picture: null,
        pinned: [],
        channels: [],
        last_message: null,
        last_event_at: null,
      };

interface Page<T> {
  readonly items: readonly T[];
}

/** The part of an answer that the caller may see; `null` if it may see none of it. */
export function shown(caller: Caller, name: ProcedureName, output: unknown, facts: AccessFacts): unknown {
  if (caller.kind === 'machine') return output;
  if (name === 'room' && !seesRoom(caller, output as SeenRoom)) return null;
  if (answersRoom.has(name)) return asSeen(output as SeenRoom);
  if (name === 'rooms') {
    const page = output as Page<SeenRoom>;
    return { ...page, items: page.items.filter((room) => seesRoom(caller, room)).map(asSeen) };
  }
  if (name === 'heldEvents') {
    const page = output as Page<HeldEventView>;
    const sees = ({ room_id }: HeldEventView) => facts.isMember(room_id, caller.userId);
    return { ...page, items: page.items.map((event) => (sees(event) ? event : { ...event, body: null })) };
  }
  if (name !== 'people') return output;
  const page = output as Page<PersonView>;
  const sees = ({ source, user_id }: PersonView) => source !== 'met' || facts.meet(caller.userId, user_id);
  return { ...page, items: page.items.filter(sees) };
}

/**
 * Who receives a change. Made again for each change, because roles and memberships change; who is in its room is read once
 * for all who are asked about.
 */
export function audienceOf(change: Change, facts: AccessFacts): (caller: Caller) => boolean {
  const access = topicAccess[change.topic];
  let room: { readonly id: string; readonly members: Members } | null | undefined;
  return (caller) => {
    if (caller.kind === 'machine') return true;
    if (access.over === 'room') {
      if (room === undefined) room = roomIn(change, facts);
      // Few of all who are logged in are in the room, so this comes first. Who is out of it has to learn that.
      const isOut = change.topic === 'members' && change.about === caller.userId;
      if (room === null || !(room.members.has(caller.userId) || isOut)) return false;
    }
    if (!mayUse(caller, access)) return false;
    if (access.over === 'own') return !('user_id' in change) || change.user_id === caller.userId;
    // A room that closes, or opens again, is announced as a change of the room.
    if (room === undefined || room === null || change.topic === 'room') return true;
    return isNeverClosed(caller) || !facts.isClosed(room.id, caller.userId);
  };
}

function roomIn(change: Change, facts: AccessFacts) {
  const id =
    'room_id' in change ? change.room_id : 'event_id' in change ? facts.roomOf(change.event_id) : undefined;
  return id === undefined ? null : { id, members: facts.membersOf(id) };
}

/** Rooms close only to children and guests. */
const isNeverClosed = (caller: Caller): boolean =>
  caller.kind === 'person' && isAtLeast(caller.role, 'member');
