/** What a node says of rooms, their members and channels, and of what is new in them. */
import * as v from 'valibot';

const time = v.pipe(v.number(), v.integer());
const optionalTime = v.nullable(time);

/** Why a name may be mistaken for another, in a sentence; left out where there is nothing to say. */
export const nameWarning = v.optional(v.string());

/** A node like this one, another server of the protocol, or one whose discovery document nobody has read yet. */
export const ServerKind = v.picklist(['paracord-node', 'other', 'unknown']);

/** Messages of others that a user has not read, and those of them that mention the user. */
const unread = { unread: v.number(), mentions: v.number() };
/** In all rooms together. Of muted rooms only mentions count, as unread too. */
export const UnreadView = v.object(unread);

export const ChannelView = v.object({
  channel_id: v.string(),
  name: v.string(),
  name_warning: nameWarning,
  ...unread,
  /** The unread message that stands first in the timeline. */
  first_unread: v.nullable(v.string()),
});
export const JoinRule = v.picklist(['invite', 'peers']);
export const Membership = v.picklist(['joined', 'joining', 'left', 'removed']);

export const RoomView = v.object({
  room_id: v.string(),
  name: v.string(),
  name_warning: nameWarning,
  home: v.string(),
  join_rule: JoinRule,
  channels: v.array(ChannelView),
  /** Of the local user who asks (`as`, or the owner). */
  membership: v.nullable(Membership),
  homed_here: v.boolean(),
  /** Homes that aren't Paracord Nodes take what is written here without showing it to their users. */
  home_kind: ServerKind,
  /** Servers with a member in the room, the home included, that aren't Paracord Nodes. */
  other_servers: v.array(v.string()),
  member_count: v.number(),
  /** At most 200 messages of a channel are counted. */
  ...unread,
  /** The user doesn't want to be notified of what is written here. */
  muted: v.boolean(),
  /** What stands at the end of the timeline. */
  last_message: v.nullable(
    v.object({
      event_id: v.string(),
      sender: v.string(),
      origin_ts: time,
      /** `null` if nothing is left of it. At most 200 characters. */
      text: v.nullable(v.string()),
      deleted: v.boolean(),
      files: v.number(),
    }),
  ),
  last_event_at: optionalTime,
  /** Whether trusted peers can find it: only rooms homed here. */
  listed: v.boolean(),
});

export const MemberView = v.object({
  user_id: v.string(),
  name_warning: nameWarning,
  server: v.string(),
  role: v.picklist(['owner', 'member']),
  joined_at: time,
});

export const RoomInviteView = v.object({
  id: v.string(),
  room_id: v.string(),
  room_name: v.string(),
  home: v.string(),
  inviter: v.string(),
  /** Of the room or of the inviter. */
  name_warning: nameWarning,
  user_id: v.string(),
  created_at: time,
  status: v.picklist(['pending', 'accepted', 'declined']),
});

/** What a peer lists. `supported`: whether it can be asked at all. */
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
  /** A user of this server, one that a peer lists, or a member of a room known here. */
  source: v.picklist(['here', 'listed', 'met']),
});

export type JoinRule = v.InferOutput<typeof JoinRule>;
export type Membership = v.InferOutput<typeof Membership>;
export type RoomView = v.InferOutput<typeof RoomView>;
export type UnreadView = v.InferOutput<typeof UnreadView>;
export type MemberView = v.InferOutput<typeof MemberView>;
export type RoomInviteView = v.InferOutput<typeof RoomInviteView>;
export type ServerKind = v.InferOutput<typeof ServerKind>;
export type DirectoryView = v.InferOutput<typeof DirectoryView>;
export type PersonView = v.InferOutput<typeof PersonView>;
