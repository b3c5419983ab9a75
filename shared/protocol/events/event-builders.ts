import { fromPlain, type JsonObject, type Plain } from '../coding/json.ts';
import { messageEventId, otherEventId, parseRoomId } from '../identifiers.ts';
import type { RoomRole } from '../room-state.ts';
import { attachmentsOf, type FileNote, pictureContent } from './attachments.ts';
import type { UnsignedEvent } from './envelope.ts';
import type { Profile, RoomInfo } from './event-content.ts';

/**
 * When an event is written, and who writes it. `originTs` must not repeat on one server, because IDs are made from it.
 */
export interface Stamp {
  readonly serverName: string;
  readonly domain: string;
  readonly sender: string;
  readonly roomId: string;
  readonly originTs: number;
  readonly depth: number;
}

/** The message an edit, delete or reaction is about. */
export interface MessageRef {
  readonly eventId: string;
  readonly messageId: string;
  readonly channelId: string;
}

interface Body {
  readonly type: string;
  readonly eventId: string;
  readonly content: { readonly [key: string]: Plain | undefined };
  readonly stateKey?: string;
}

function build(stamp: Stamp, body: Body): UnsignedEvent {
  return {
    event_id: body.eventId,
    room_id: stamp.roomId,
    event_type: body.type,
    sender: stamp.sender,
    origin_server: stamp.serverName,
    origin_ts: stamp.originTs,
    depth: stamp.depth,
    state_key: body.stateKey ?? null,
    content: fromPlain({ guild_id: parseRoomId(stamp.roomId).guildId, ...body.content }) as JsonObject,
  };
}

const otherId = (stamp: Stamp, type: string, stableId: string): string =>
  otherEventId(type, stableId, stamp.originTs, stamp.domain);

export function buildMessage(
  stamp: Stamp,
  message: {
    readonly messageId: string;
    readonly channelId: string;
    readonly body: string;
    readonly channelName?: string;
    readonly roomName?: string;
    readonly files?: readonly FileNote[];
    /** The message that it answers, and who wrote that one. */
    readonly replyTo?: { readonly eventId: string; readonly sender: string } | undefined;
    readonly forwarded?: boolean | undefined;
  },
): UnsignedEvent {
  const { files = [], replyTo, forwarded } = message;
  return build(stamp, {
    type: 'm.message',
    eventId: messageEventId(message.messageId, stamp.domain),
    content: {
      body: message.body,
      msgtype: 'm.text',
      channel_id: message.channelId,
      message_id: message.messageId,
      channel_name: message.channelName,
      channel_type: 0,
      guild_name: message.roomName,
      ...(files.length === 0 ? {} : { attachments: attachmentsOf(files) }),
      reply_to: replyTo?.eventId,
      forwarded: forwarded ? true : undefined,
      'm.mentions': replyTo && replyTo.sender !== stamp.sender ? { user_ids: [replyTo.sender] } : undefined,
    },
  });
}

const refContent = (ref: MessageRef) => ({
  channel_id: ref.channelId,
  message_id: ref.messageId,
  target_event_id: ref.eventId,
});

export function buildEdit(stamp: Stamp, ref: MessageRef, body: string): UnsignedEvent {
  const type = 'm.message.edit';
  return build(stamp, {
    type,
    eventId: otherId(stamp, type, ref.messageId),
    content: { ...refContent(ref), body },
  });
}

/** `by`: the moderator on another server for whom the home deletes it. */
export function buildDelete(stamp: Stamp, ref: MessageRef, by?: string): UnsignedEvent {
  const type = 'm.message.delete';
  const content = { ...refContent(ref), deleted_by: by };
  return build(stamp, { type, eventId: otherId(stamp, type, ref.messageId), content });
}

/** Deletes a channel for good, with everything written in it. */
export function buildChannelDelete(stamp: Stamp, channelId: string): UnsignedEvent {
  const type = 'm.channel.delete';
  return build(stamp, {
    type,
    eventId: otherId(stamp, type, channelId),
    content: { channel_id: channelId },
    stateKey: '',
  });
}

export function buildReaction(stamp: Stamp, ref: MessageRef, emoji: string, add: boolean): UnsignedEvent {
  const type = add ? 'm.reaction.add' : 'm.reaction.remove';
  // The ID doesn't contain the emoji, because it stays when the reaction is erased.
  const eventId = otherId(stamp, type, ref.messageId);
  return build(stamp, { type, eventId, content: { ...refContent(ref), emoji } });
}

/** `numericId` is the number by which this server knows the user; the existing server requires one. */
interface Member {
  readonly userId: string;
  readonly numericId: string;
}

function buildMembership(
  stamp: Stamp,
  type: string,
  member: Member,
  extra: { readonly [key: string]: Plain | undefined },
): UnsignedEvent {
  const stableId = `${parseRoomId(stamp.roomId).guildId}:${member.numericId}`;
  return build(stamp, {
    type,
    eventId: otherId(stamp, type, stableId),
    content: { user_id: member.numericId, ...extra },
    stateKey: member.userId,
  });
}

/** Names the user: from 3.0 on, the existing server takes the sender for the user unless this field names another. */
const named = ({ sender }: Stamp, { userId }: Member) =>
  sender === userId ? {} : { membership_user_id: userId };

/** The existing server uses the room name in the first event it gets, which may be a join. */
export const buildJoin = (stamp: Stamp, member: Member, role: RoomRole, roomName?: string): UnsignedEvent =>
  buildMembership(stamp, 'm.member.join', member, {
    ...named(stamp, member),
    guild_name: roomName,
    role: role === 'owner' ? role : undefined,
    moderator: role === 'moderator' ? true : undefined,
  });

/** How the home takes somebody out of a room. */
export interface Removal {
  readonly banned?: boolean | undefined;
  readonly reason?: string | undefined;
  /** The moderator who decided it. */
  readonly by?: string | undefined;
  /** The moderator who ended a ban: the user is out, as before, but may be invited. */
  readonly unbannedBy?: string | undefined;
}

export const buildLeave = (stamp: Stamp, member: Member, removal: Removal | null): UnsignedEvent =>
  buildMembership(stamp, 'm.member.leave', member, {
    ...named(stamp, member),
    removed: removal ? true : undefined,
    banned: removal?.banned ? true : undefined,
    reason: removal?.reason,
    removed_by: removal?.by,
    unbanned_by: removal?.unbannedBy,
  });

/** Makes the event by which the sender shows a name, a line of text and a picture in the room. */
export const buildProfile = (
  stamp: Stamp,
  numericId: string,
  { displayName, about, picture }: Profile,
): UnsignedEvent =>
  buildMembership(
    stamp,
    'm.member.profile',
    { userId: stamp.sender, numericId },
    {
      display_name: displayName,
      about: about === '' ? undefined : about,
      picture: picture === null ? undefined : pictureContent(picture),
    },
  );

/** `isDirect`: into a direct chat of the sender and the member. */
export const buildInvite = (
  stamp: Stamp,
  member: Member,
  room: Pick<RoomInfo, 'name' | 'description'> & { readonly isDirect?: boolean },
): UnsignedEvent =>
  buildMembership(stamp, 'm.member.invite', member, {
    guild_name: room.name,
    description: room.description || undefined,
    direct: room.isDirect ? true : undefined,
  });

export const buildUninvite = (stamp: Stamp, member: Member): UnsignedEvent =>
  buildMembership(stamp, 'm.member.uninvite', member, {});

export function buildRoomInfo(stamp: Stamp, info: RoomInfo): UnsignedEvent {
  const type = 'm.room.info';
  return build(stamp, {
    type,
    eventId: otherId(stamp, type, parseRoomId(stamp.roomId).guildId),
    content: {
      name: info.name,
      join_rule: info.joinRule,
      topic: info.topic || undefined,
      description: info.description || undefined,
      archived: info.archived ? true : undefined,
      picture: info.picture === null ? undefined : pictureContent(info.picture),
      writers: info.writers === 'everybody' ? undefined : info.writers,
      slow_seconds: info.slowSeconds || undefined,
      pinned: info.pinned.length > 0 ? info.pinned : undefined,
      channels: info.channels.map((c) => ({ channel_id: c.channel_id, name: c.name })),
      direct: info.direct ? [...info.direct] : undefined,
    },
    stateKey: '',
  });
}
