/**
 * What a bot's token may do: what its local user may do in rooms, and of the node itself only read the status. Pure,
 * so that every rule can be tested without a request.
 */

import { inputFields } from '../../shared/api/contract/procedure.ts';
import { contract, type ProcedureName } from '../../shared/api/contract.ts';
import type { RoomView } from '../../shared/api/views/room-views.ts';
import { type Said, said } from '../../shared/words/said.ts';
import type { Change } from '../changes.ts';

/** What the policy needs to know about the node. */
export interface BotFacts {
  isMember(roomId: string, userId: string): boolean;
  /** The user an invite is for. */
  inviteeOf(inviteId: string): string | undefined;
  roomOf(eventId: string): string | undefined;
}

type Verdict =
  | { readonly allowed: true; readonly input: object }
  | { readonly allowed: false; readonly why: Said };

const mayUse: ReadonlySet<ProcedureName> = new Set([
  'status',
  'rooms',
  'createRoom',
  'room',
  'changeRoom',
  'joinRoom',
  'leaveRoom',
  'unread',
  'markRead',
  'muteRoom',
  'inviteUser',
  'sentInvites',
  'revokeInvite',
  'invites',
  'acceptInvite',
  'declineInvite',
  'members',
  'removeMember',
  'channels',
  'addChannel',
  'timeline',
  'postMessage',
  'editMessage',
  'deleteMessage',
  'react',
  'unreact',
  'event',
]);
/** No other check limits these to members, because the owner may read everything stored here. */
const membersOnly: ReadonlySet<ProcedureName> = new Set([
  'timeline',
  'members',
  'sentInvites',
  'channels',
  'markRead',
  'muteRoom',
]);
const takesAs: ReadonlySet<string> = new Set(
  [...mayUse].filter((name) => inputFields(contract[name]).includes('as')),
);

/** Checked before anything else in the request is read; `null` if the bot may use the procedure. */
export function whyNotProcedure(name: ProcedureName): Said | null {
  return mayUse.has(name)
    ? null
    : said('token.may_not', { method: contract[name].method, path: contract[name].path });
}

/** The input with the bot's user filled in. A bot can't name another user, or act as the owner by naming nobody. */
export function decideBot(name: ProcedureName, input: object, userId: string, facts: BotFacts): Verdict {
  const refuse = (why: Said): Verdict => ({ allowed: false, why });
  const whyNot = whyNotProcedure(name);
  if (whyNot !== null) return refuse(whyNot);
  const { as, room_id, event_id, id } = input as Readonly<Record<string, string | undefined>>;
  if (as !== undefined && as !== userId) return refuse(said('token.other_user', { user: userId, as }));
  if (membersOnly.has(name) && !facts.isMember(String(room_id), userId))
    return refuse(said('room.not_in', { user: userId, room: String(room_id) }));
  if (name === 'event') {
    const room = facts.roomOf(String(event_id));
    if (room === undefined || !facts.isMember(room, userId))
      return refuse(said('token.no_event', { event: String(event_id), user: userId }));
  }
  if ((name === 'acceptInvite' || name === 'declineInvite') && facts.inviteeOf(String(id)) !== userId)
    return refuse(said('token.no_invite', { id: String(id), user: userId }));
  return { allowed: true, input: takesAs.has(name) ? { ...input, as: userId } : input };
}

type SeenRoom = Pick<RoomView, 'membership' | 'join_rule' | 'channels' | 'last_message' | 'last_event_at'>;
/** Rooms that the user is in, was in or may join. */
const seesRoom = (room: SeenRoom): boolean => room.membership !== null || room.join_rule === 'peers';

const answersRoom: ReadonlySet<ProcedureName> = new Set([
  'room',
  'createRoom',
  'changeRoom',
  'joinRoom',
  'leaveRoom',
  'muteRoom',
  'acceptInvite',
]);

/** Leaves of a room that the user isn't in only what helps to join it, and nothing about its messages. */
const asSeen = (room: SeenRoom): SeenRoom =>
  room.membership === 'joined' ? room : { ...room, channels: [], last_message: null, last_event_at: null };

/** The part of an answer that the bot may see; `null` if it may see none of it. */
export function shownToBot(name: ProcedureName, output: unknown): unknown {
  if (name === 'room' && !seesRoom(output as SeenRoom)) return null;
  if (answersRoom.has(name)) return asSeen(output as SeenRoom);
  if (name !== 'rooms') return output;
  const page = output as { readonly items: readonly SeenRoom[]; readonly next: string | null };
  return { ...page, items: page.items.filter(seesRoom).map(asSeen) };
}

/** Whether the bot receives a change: changes of its rooms, new invites, and that everything may have changed. */
export function toldToBot(change: Change, userId: string, facts: BotFacts): boolean {
  switch (change.topic) {
    case 'room':
    case 'timeline':
    case 'members':
      return facts.isMember(change.room_id, userId);
    case 'invites':
    case 'resync':
      return true;
    default:
      return false;
  }
}
