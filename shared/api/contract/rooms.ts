/** Rooms, their members, channels and invites. */

import * as v from 'valibot';
import { expected, expectedWhat } from '../../words/expected.ts';
import {
  ChannelView,
  JoinRule,
  MemberView,
  RoomInviteView,
  RoomView,
  SentInviteView,
  UnreadView,
} from '../views/room-views.ts';
import {
  arrival,
  as,
  channelId,
  done,
  listOf,
  name,
  paging,
  roomId,
  serverName,
  text,
  userId,
  wholeNumber,
} from './fields.ts';
import { procedure } from './procedure.ts';

export const roomsContract = {
  rooms: procedure(
    'GET',
    '/rooms',
    'Rooms homed here and joined',
    v.object({ ...paging, ...as }),
    listOf(RoomView),
  ),
  createRoom: procedure(
    'POST',
    '/rooms',
    'Create a room that is homed here',
    v.object({
      name: name('room_name'),
      join_rule: JoinRule,
      channels: v.optional(
        v.pipe(
          v.array(name('channel_name')),
          v.minLength(1, expected('at_least_items', { min: 1 })),
          v.maxLength(100, expected('at_most_items', { max: 100 })),
        ),
      ),
      ...as,
    }),
    RoomView,
  ),
  room: procedure('GET', '/rooms/{room_id}', 'One room', v.object({ room_id: roomId, ...as }), RoomView),
  changeRoom: procedure(
    'PATCH',
    '/rooms/{room_id}',
    'Rename a room homed here, or change who may join it',
    v.object({
      room_id: roomId,
      name: v.optional(name('room_name')),
      join_rule: v.optional(JoinRule),
      ...as,
    }),
    RoomView,
  ),
  joinRoom: procedure(
    'POST',
    '/rooms/join',
    'Join a room, here or on a peer; `via`, as in a link, has to be the room’s own server',
    v.object({ room_id: roomId, via: v.optional(serverName), ...as }),
    RoomView,
  ),
  leaveRoom: procedure(
    'POST',
    '/rooms/{room_id}/leave',
    'Leave a room',
    v.object({ room_id: roomId, ...as }),
    RoomView,
  ),
  unread: procedure(
    'GET',
    '/unread',
    'How much is new to a user, in all rooms together',
    v.object(as),
    UnreadView,
  ),
  markRead: procedure(
    'PUT',
    '/rooms/{room_id}/read',
    'Note that a user has read a room, or one channel of it, up to a place in arrival order; the mark only moves forward',
    v.object({
      room_id: roomId,
      channel_id: v.optional(channelId),
      /** `arrival` of the last message that was read; everything if left out. */
      arrival: v.optional(arrival),
      ...as,
    }),
    done,
  ),
  muteRoom: procedure(
    'PUT',
    '/rooms/{room_id}/muted',
    'Mute a room for a user, or notify them of its messages again',
    v.object({ room_id: roomId, muted: v.boolean(expectedWhat('boolean')), ...as }),
    RoomView,
  ),
  limitRoom: procedure(
    'PUT',
    '/rooms/{room_id}/retention',
    'Set how much of a room this server keeps; what is older, or too much, is dropped here for good',
    v.object({
      room_id: roomId,
      days: v.nullable(wholeNumber(1, 36_500)),
      megabytes: v.nullable(wholeNumber(1, 1_000_000)),
    }),
    RoomView,
  ),
  inviteUser: procedure(
    'POST',
    '/rooms/{room_id}/invites',
    'Invite a user, of this server or a peer, into a room homed here',
    v.object({ room_id: roomId, user_id: userId, ...as }),
    v.object({
      event_id: v.string(),
      /** The user is in already, because their server does not handle invites. */
      joined: v.boolean(),
    }),
  ),
  sentInvites: procedure(
    'GET',
    '/rooms/{room_id}/invites',
    'Users who are invited to a room homed here and have not joined yet',
    v.object({ room_id: roomId, ...paging }),
    listOf(SentInviteView),
  ),
  revokeInvite: procedure(
    'DELETE',
    '/rooms/{room_id}/invites/{user_id}',
    'Revoke the invite of a user who has not joined yet; for the user who invited them, and for the room’s owner',
    v.object({ room_id: roomId, user_id: userId, ...as }),
    done,
  ),
  invites: procedure(
    'GET',
    '/invites',
    'Unanswered invites of local users',
    v.object({ ...paging, ...as }),
    listOf(RoomInviteView),
  ),
  acceptInvite: procedure(
    'POST',
    '/invites/{id}/accept',
    'Accept an invite: joins the room',
    v.object({ id: text('invite_id', 1024) }),
    RoomView,
  ),
  declineInvite: procedure(
    'POST',
    '/invites/{id}/decline',
    'Decline an invite',
    v.object({ id: text('invite_id', 1024) }),
    RoomInviteView,
  ),
  members: procedure(
    'GET',
    '/rooms/{room_id}/members',
    'Members, of every server',
    v.object({ room_id: roomId, ...paging }),
    listOf(MemberView),
  ),
  removeMember: procedure(
    'DELETE',
    '/rooms/{room_id}/members/{user_id}',
    'Remove a member from a room homed here; only an invite lets them in again',
    v.object({ room_id: roomId, user_id: userId, ...as }),
    done,
  ),
  channels: procedure(
    'GET',
    '/rooms/{room_id}/channels',
    'Channels of a room',
    v.object({ room_id: roomId, ...as }),
    listOf(ChannelView),
  ),
  addChannel: procedure(
    'POST',
    '/rooms/{room_id}/channels',
    'Add a channel to a room homed here',
    v.object({ room_id: roomId, name: name('channel_name'), ...as }),
    ChannelView,
  ),
} as const;
