/** Rooms, their members, channels and messages, and what is new in them. */
import * as v from 'valibot';
import { fileKinds } from '../../protocol/file-type.ts';
import { AttemptView, DeliverySummary } from './delivery-views.ts';
import { nameWarning, optionalTime, picture, time } from './parts.ts';
import { ServerKind } from './peer-views.ts';

/** Messages of others that a user has not read, and those of them that mention the user. */
const unread = { unread: v.number(), mentions: v.number() };
/** Counts of all rooms together. In muted rooms only mentions count, as unread too. */
export const UnreadView = v.object(unread);

/** The parts of a message for a line about it. */
const messageLine = {
  sender: v.string(),
  /** At most 200 characters, without the marks that format it; `null` if nothing is left of it. */
  text: v.nullable(v.string()),
  deleted: v.boolean(),
  unverified: v.boolean(),
};

export const ChannelView = v.object({
  channel_id: v.string(),
  name: v.string(),
  name_warning: nameWarning,
  ...unread,
  /** The unread message that stands first in the timeline. */
  first_unread: v.nullable(v.string()),
});
export const JoinRule = v.picklist(['invite', 'peers']);
/** `moderators`: only owners and moderators. */
export const Writers = v.picklist(['everybody', 'moderators']);
const Membership = v.picklist(['joined', 'joining', 'left', 'removed', 'banned']);

const removal = {
  /** The moderator who decided it, if the room’s home says who. */
  by: v.nullable(v.string()),
  reason: v.nullable(v.string()),
  at: time,
};

export const RoomView = v.object({
  room_id: v.string(),
  name: v.string(),
  name_warning: nameWarning,
  /** One line; empty without one. */
  topic: v.string(),
  /** Some lines, formatted like a message; empty without one. */
  description: v.string(),
  /** The hash of the picture that its owner chose; `null` without one, and for direct chats. */
  picture,
  /** The event IDs of pinned messages, the last one that was pinned first; some may not be here any more. */
  pinned: v.array(v.string()),
  /** Whether nobody may write in it, until its owner brings it back. */
  archived: v.boolean(),
  writers: Writers,
  /** Slow mode: how long members wait between two messages, except for owners and moderators; 0 without it. */
  slow_seconds: v.number(),
  /** Whether the user who asks may write messages in it. */
  may_write: v.boolean(),
  /** When that user may write the next one in slow mode; `null`: now. */
  next_message_at: optionalTime,
  home: v.string(),
  join_rule: JoinRule,
  channels: v.array(ChannelView),
  /** The membership of the local user who asks (`as`, or the owner). */
  membership: v.nullable(Membership),
  /** How that user was removed, or banned. */
  removal: v.nullable(v.object(removal)),
  /** The other one in a direct chat, whose name the chat has; `null` for other rooms. */
  direct: v.nullable(
    v.object({
      user_id: v.string(),
      picture,
      /** Whether they are in it; `invited`: not yet. */
      state: v.picklist(['joined', 'invited', 'left']),
      /** The chat in which the two go on, if both began one at the same moment and that one counts. */
      newer: v.nullable(v.string()),
    }),
  ),
  /** Why the room is closed to a child or a guest: it isn't allowed, or somebody in it isn't. */
  waits: v.nullable(v.picklist(['room', 'people'])),
  homed_here: v.boolean(),
  home_kind: ServerKind,
  /** Whether its home is known to show its users nothing of what is written here. */
  one_way: v.boolean(),
  /** Servers with a member in the room, the home included, that drop texts of more than 2000 bytes. */
  long_texts_dropped_at: v.array(v.string()),
  member_count: v.number(),
  /** Counting stops at 200 messages of a channel. */
  ...unread,
  /** The user doesn't want to be notified of what is written here. */
  muted: v.boolean(),
  /** The event at the end of the timeline. */
  last_message: v.nullable(
    v.object({
      event_id: v.string(),
      ...messageLine,
      is_reply: v.boolean(),
      forwarded: v.boolean(),
      sender_name: v.string(),
      origin_ts: time,
      files: v.number(),
      /** The kind of its files: `other` also for those of several kinds; `null` without any. */
      file_kind: v.nullable(v.picklist(fileKinds)),
    }),
  ),
  last_event_at: optionalTime,
  /** How much of the room this server keeps. Nothing is removed from other servers. */
  retention: v.object({
    /** Messages older than this are dropped; `null`: whatever their age. */
    days: v.nullable(v.number()),
    /** The oldest messages are dropped until the rest takes about this much; `null`: whatever their size. */
    megabytes: v.nullable(v.number()),
    /** The last message that was dropped stood about here in the timeline; `null` if none was. */
    dropped_to: optionalTime,
  }),
  /** Whether trusted peers can find it: only rooms homed here. */
  listed: v.boolean(),
});

export const MemberView = v.object({
  user_id: v.string(),
  /** The name that the member wants; the user name if they didn't say. */
  display_name: v.string(),
  picture,
  name_warning: nameWarning,
  server: v.string(),
  role: v.picklist(['owner', 'moderator', 'member']),
  /** Whether their server can ask the room’s home for what a moderator decides. A server of another kind can’t. */
  can_moderate: v.boolean(),
  joined_at: time,
});

export const RemovalView = v.object({
  user_id: v.string(),
  display_name: v.string(),
  name_warning: nameWarning,
  banned: v.boolean(),
  ...removal,
});

export const FileView = v.object({
  name: v.string(),
  size: v.nullable(v.number()),
  /** The type that the sender states. */
  content_type: v.nullable(v.string()),
  width: v.nullable(v.number()),
  height: v.nullable(v.number()),
  thumbhash: v.nullable(v.string()),
  /** `away`: on other servers, from which it can be fetched. `named`: only its name is known. */
  place: v.picklist(['here', 'away', 'named']),
});

export const UploadView = v.object({
  upload_id: v.string(),
  size: v.number(),
  /** Bytes that are here; the next one is at this offset. */
  received: v.number(),
  complete: v.boolean(),
});

/** A message that another one answers, as it stands now. Numbers that it mentions people by are replaced by their IDs. */
const AnsweredView = v.object({
  ...messageLine,
  name_warning: nameWarning,
  files: v.array(v.pick(FileView, ['name', 'content_type'])),
});

/** A message before or after one that was found. */
const NearbyView = v.object({
  ...messageLine,
  sender_name: v.string(),
  files: v.array(v.pick(FileView, ['name', 'content_type'])),
});

/** A message that a search found. */
export const SearchHit = v.object({
  event_id: v.string(),
  room_id: v.string(),
  room_name: v.string(),
  channel_id: v.string(),
  name_warning: nameWarning,
  origin_ts: time,
  ...NearbyView.entries,
  /** The part around the first match, without the marks that format it; `null` if it only has files. */
  text: v.nullable(v.string()),
  /** The messages beside it in its channel; `null` if many messages of other channels are between. */
  before: v.nullable(NearbyView),
  after: v.nullable(NearbyView),
});

export const TimelineItem = v.object({
  event_id: v.string(),
  channel_id: v.string(),
  message_id: v.string(),
  sender: v.string(),
  name_warning: nameWarning,
  origin_server: v.string(),
  origin_ts: time,
  depth: v.number(),
  /** The message's position in the order of arrival. */
  arrival: v.number(),
  /** Whether it mentions the user who asks. */
  mentions_me: v.boolean(),
  /** Whether nobody here can verify it, because its server started over and the key that signed it isn't known. */
  unverified: v.boolean(),
  /** `null` once deleted, or unverified. */
  body: v.nullable(v.string()),
  edited_at: optionalTime,
  deleted: v.boolean(),
  /** The one who deleted it: its author, or somebody at the room’s home; `null` if that isn't known. */
  deleted_by: v.nullable(v.string()),
  /** The message's files, by number from 0; a name may be empty. */
  files: v.array(FileView),
  /**
   * False if the author's server did not sign the names, so a server that forwarded the message may have written them.
   */
  files_signed: v.boolean(),
  /** The users that `<@id>` in the body means, as far as they are known here. */
  mentions: v.array(v.object({ id: v.string(), user_id: v.string() })),
  /** The message that it answers; `message` is `null` while that isn't here, in the same channel. */
  reply_to: v.nullable(v.object({ event_id: v.string(), message: v.nullable(AnsweredView) })),
  /** Whether its author passed on what somebody had written. It doesn't say who that was. */
  forwarded: v.boolean(),
  reactions: v.array(v.object({ emoji: v.string(), users: v.array(v.string()) })),
  delivery: DeliverySummary,
});

export const RoomInviteView = v.object({
  id: v.string(),
  room_id: v.string(),
  /** The name of the room, or of the inviter into a direct chat. */
  room_name: v.string(),
  /** The home's description of the room; empty without one. */
  description: v.string(),
  direct: v.boolean(),
  home: v.string(),
  inviter: v.string(),
  /** Warns about the name of the room or of the inviter. */
  name_warning: nameWarning,
  user_id: v.string(),
  created_at: time,
  status: v.picklist(['pending', 'accepted', 'declined', 'revoked']),
});

/** Someone who is invited to a room homed here and has not joined. */
export const SentInviteView = v.object({
  user_id: v.string(),
  name_warning: nameWarning,
  server: v.string(),
  inviter: v.string(),
  invited_at: time,
  /** Whether the invite has reached the user's server. */
  arrived: v.boolean(),
});

/** The rooms that a peer lists. `supported`: it can be asked at all; `read_at` is `null` if it didn't answer. */
export const DirectoryView = v.object({
  server_name: v.string(),
  supported: v.boolean(),
  read_at: optionalTime,
  users: v.array(v.object({ user_id: v.string(), name_warning: nameWarning, display_name: v.string() })),
  rooms: v.array(
    v.object({
      room_id: v.string(),
      name: v.string(),
      name_warning: nameWarning,
      member_count: v.number(),
      /** Whether the user who asks is in it. */
      is_member: v.boolean(),
    }),
  ),
});

export const PersonView = v.object({
  user_id: v.string(),
  name_warning: nameWarning,
  /** `null` where only the ID is known. */
  display_name: v.nullable(v.string()),
  picture,
  /** A user of this server, one that a peer lists, or a member of a room known here. */
  source: v.picklist(['here', 'listed', 'met']),
});

export const EventView = v.object({
  /** The envelope as sent, digit for digit. */
  envelope: v.string(),
  event_id: v.string(),
  room_id: v.string(),
  event_type: v.string(),
  origin_server: v.string(),
  received_from: v.nullable(v.string()),
  received_at: time,
  /**
   * `vouched`: only `vouched_by` says that the key belongs to the origin. `covers_files`: false if the names of its files
   * are not signed.
   */
  signature: v.object({
    key_id: v.string(),
    state: v.picklist(['verified', 'vouched']),
    vouched_by: v.nullable(v.string()),
    covers_files: v.boolean(),
  }),
  /** Whether it applies, or what it waits for. */
  effect: v.picklist([
    'applied',
    'waiting_for_message',
    'waiting_for_member',
    'room_archived',
    'only_moderators',
    'ahead_of_clock',
    'ignored',
  ]),
  attempts: v.array(AttemptView),
  delivery: DeliverySummary,
});

export type JoinRule = v.InferOutput<typeof JoinRule>;
export type RoomView = v.InferOutput<typeof RoomView>;
export type UnreadView = v.InferOutput<typeof UnreadView>;
export type MemberView = v.InferOutput<typeof MemberView>;
export type RemovalView = v.InferOutput<typeof RemovalView>;
export type SentInviteView = v.InferOutput<typeof SentInviteView>;
export type RoomInviteView = v.InferOutput<typeof RoomInviteView>;
export type DirectoryView = v.InferOutput<typeof DirectoryView>;
export type PersonView = v.InferOutput<typeof PersonView>;
export type AnsweredView = v.InferOutput<typeof AnsweredView>;
export type FileView = v.InferOutput<typeof FileView>;
export type UploadView = v.InferOutput<typeof UploadView>;
export type SearchHit = v.InferOutput<typeof SearchHit>;
export type TimelineItem = v.InferOutput<typeof TimelineItem>;
export type EventView = v.InferOutput<typeof EventView>;
