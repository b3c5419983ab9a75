import * as v from 'valibot';
import { oneFormOf } from '../../unicode/emoji.ts';
import { expected, expectedWhat, issueSaid } from '../../words/expected.ts';
import { said } from '../../words/said.ts';
import { compareCodePoints } from '../coding/canonical-json.ts';
import { toPlain } from '../coding/json.ts';
import { badRequest } from '../errors.ts';
import { isDecimalId, isEventId, parseUserId } from '../identifiers.ts';
import { limits } from '../limits.ts';
import type { MembershipChange, RoomRole, Writing } from '../room-state.ts';
import { type FileNote, filesOf, type PictureNote, pictureOf } from './attachments.ts';
import type { UnsignedEvent } from './envelope.ts';

/** The meaning of an event to a room, parsed from its type and content (docs/protocol/events.md, "Event types"). */
export type Meaning =
  | {
      readonly kind: 'message';
      readonly channelId: string;
      readonly messageId: string;
      readonly body: string;
      readonly channelName: string | null;
      readonly roomName: string | null;
      readonly files: readonly FileNote[];
      /** The event ID of the message that it answers. */
      readonly replyTo: string | null;
      /** Its author says that they passed on what somebody had written. */
      readonly forwarded: boolean;
    }
  | { readonly kind: 'edit'; readonly target: Target; readonly body: string }
  | { readonly kind: 'delete'; readonly target: Target }
  /** `target`: the ID of the channel. */
  | { readonly kind: 'delete-channel'; readonly target: string }
  | { readonly kind: 'reaction'; readonly target: Target; readonly emoji: string; readonly add: boolean }
  | {
      readonly kind: 'membership';
      readonly subject: string;
      readonly change: MembershipChange;
      readonly role: RoomRole;
    }
  /** The name that the sender wants, and the rest of their profile. */
  | ({ readonly kind: 'profile'; readonly user: string } & Profile)
  | {
      readonly kind: 'invite';
      readonly subject: string;
      readonly roomName: string | null;
      /** The home's description of the room. */
      readonly description: string;
      /** Whether it takes earlier invites of the user back. */
      readonly revoked: boolean;
      /** Whether it is into a direct chat of the two: the sender and the user. */
      readonly direct: boolean;
    }
  | ({ readonly kind: 'room' } & RoomInfo)
  | { readonly kind: 'other' };

/** The profile that people show of themselves. */
export interface Profile {
  readonly displayName: string;
  /** A line of text; empty without one. */
  readonly about: string;
  readonly picture: PictureNote | null;
}

/** A room as its home describes it. The next description replaces it as a whole. */
export interface RoomInfo extends Writing {
  readonly name: string;
  readonly joinRule: 'invite' | 'peers';
  /** One line; empty without one. */
  readonly topic: string;
  /** Some lines, formatted like a message; empty without one. */
  readonly description: string;
  /** The event IDs of pinned messages, the last one that was pinned first. */
  readonly pinned: readonly string[];
  /** Null for a direct chat, which shows the other one. */
  readonly picture: PictureNote | null;
  readonly channels: readonly { readonly channel_id: string; readonly name: string }[];
  /** The two whose direct chat it is, sorted; null for any other room. */
  readonly direct: readonly string[] | null;
}

/** The message: by its event ID if given, otherwise by origin and message ID. */
type Target = string;

/** The name of a message for servers that don't use event IDs: (`origin_server`, `message_id`). */
export const messageKey = (originServer: string, messageId: string): Target => `${originServer}/${messageId}`;

const id = v.pipe(v.string(expectedWhat('digits')), v.check(isDecimalId, expectedWhat('decimal_id')));
const shortText = v.pipe(
  v.string(expectedWhat('text')),
  v.maxLength(200, expected('at_most_chars', { max: 200 })),
);
const lenientText = v.optional(v.nullable(shortText));
const textUpTo = (max: number) =>
  v.optional(
    v.pipe(v.string(expectedWhat('text')), v.maxLength(max, expected('at_most_chars', { max }))),
    '',
  );
const description = textUpTo(limits.descriptionCharsMax);
const emoji = v.pipe(
  v.string(expectedWhat('emoji')),
  v.minLength(1, expectedWhat('emoji')),
  v.maxLength(limits.emojiCharsMax, expected('at_most_chars', { max: limits.emojiCharsMax })),
);
const targetFields = {
  message_id: id,
  target_event_id: v.optional(
    v.pipe(v.string(expectedWhat('event_id_prefix')), v.startsWith('$', expectedWhat('event_id_prefix'))),
  ),
};

const named = { membership_user_id: v.optional(v.string(expectedWhat('user_id'))) };

const flag = v.optional(v.boolean(expectedWhat('boolean')), false);

const { secondsMax: slowMax } = limits.slowMode;
const slowRange = expected('whole_range', { min: 0, max: slowMax });

const schemas = {
  'm.message': v.object({
    body: v.string(expectedWhat('text')),
    channel_id: id,
    message_id: id,
    channel_name: lenientText,
    guild_name: lenientText,
  }),
  'm.message.edit': v.object({ ...targetFields, body: v.string(expectedWhat('text')) }),
  'm.message.delete': v.object(targetFields),
  'm.channel.delete': v.object({ channel_id: id }),
  'm.reaction.add': v.object({ ...targetFields, emoji }),
  'm.reaction.remove': v.object({ ...targetFields, emoji }),
  'm.member.join': v.object({
    ...named,
    role: v.optional(v.picklist(['owner', 'member']), 'member'),
    moderator: flag,
  }),
  'm.member.leave': v.object({ ...named, removed: flag, banned: flag }),
  'm.member.profile': v.object({
    display_name: v.pipe(shortText, v.minLength(1, expectedWhat('name'))),
    about: lenientText,
  }),
  'm.member.invite': v.object({
    guild_name: lenientText,
    description,
    direct: v.optional(v.boolean(expectedWhat('boolean')), false),
  }),
  'm.member.uninvite': v.object({}),
  'm.room.info': v.object({
    name: v.pipe(shortText, v.minLength(1, expectedWhat('name'))),
    join_rule: v.picklist(['invite', 'peers'], expected('one_of', { values: 'invite, peers' })),
    topic: textUpTo(limits.topicCharsMax),
    description,
    pinned: v.optional(
      v.pipe(
        v.array(v.pipe(v.string(expectedWhat('event_id')), v.check(isEventId, expectedWhat('event_id')))),
        v.maxLength(limits.pinnedMax, expected('at_most_items', { max: limits.pinnedMax })),
      ),
      [],
    ),
    archived: flag,
    writers: v.optional(
      v.picklist(['everybody', 'moderators'], expected('one_of', { values: 'everybody, moderators' })),
      'everybody',
    ),
    slow_seconds: v.optional(
      v.pipe(
        v.number(slowRange),
        v.integer(slowRange),
        v.minValue(0, slowRange),
        v.maxValue(slowMax, slowRange),
      ),
      0,
    ),
    channels: v.pipe(
      v.array(v.object({ channel_id: id, name: shortText })),
      v.maxLength(1000, expected('at_most_items', { max: 1000 })),
    ),
    direct: v.optional(
      v.pipe(
        v.array(v.string(expectedWhat('user_id'))),
        v.minLength(2, expected('at_least_items', { min: 2 })),
        v.maxLength(2, expected('at_most_items', { max: 2 })),
      ),
    ),
  }),
} as const;

type KnownType = keyof typeof schemas;

function read<T extends KnownType>(type: T, event: UnsignedEvent): v.InferOutput<(typeof schemas)[T]> {
  const { content } = event;
  // The other fields may be ten thousand.
  const named = Object.keys(schemas[type].entries).filter((field) => content.has(field));
  const fields = new Map(named.map((field) => [field, content.get(field) ?? null]));
  const result = v.safeParse(schemas[type], toPlain(fields));
  if (result.success) return result.output as v.InferOutput<(typeof schemas)[T]>;
  const issue = result.issues[0];
  const field = `content.${v.getDotPath(issue) ?? ''}`;
  throw badRequest(said('wire.field_of', { field, type, message: issueSaid(issue) }));
}

/** Parses the meaning of an event. Unknown types are `other`; a known type with invalid content is BAD_REQUEST. */
export function meaningOf(event: UnsignedEvent): Meaning {
  const type = event.event_type;
  switch (type) {
    case 'm.message': {
      const content = read(type, event);
      return {
        kind: 'message',
        channelId: content.channel_id,
        messageId: content.message_id,
        body: content.body,
        channelName: content.channel_name ?? null,
        roomName: content.guild_name ?? null,
        files: filesOf(event.content),
        replyTo: replyOf(event),
        forwarded: event.content.get('forwarded') === true,
      };
    }
    case 'm.message.edit': {
      const content = read(type, event);
      return { kind: 'edit', target: target(event, content), body: content.body };
    }
    case 'm.message.delete':
      return { kind: 'delete', target: target(event, read(type, event)) };
    case 'm.channel.delete':
      return { kind: 'delete-channel', target: read(type, event).channel_id };
    case 'm.reaction.add':
    case 'm.reaction.remove': {
      const content = read(type, event);
      const add = type === 'm.reaction.add';
      return { kind: 'reaction', target: target(event, content), emoji: oneFormOf(content.emoji), add };
    }
    case 'm.member.join': {
      const { role: stated, moderator, membership_user_id } = read(type, event);
      const role = stated === 'member' && moderator ? 'moderator' : stated;
      return { kind: 'membership', subject: subject(event, membership_user_id), change: 'join', role };
    }
    case 'm.member.leave': {
      const { removed, banned, membership_user_id } = read(type, event);
      // Servers that don't know of bans see a removal.
      const change = removed ? (banned ? 'ban' : 'remove') : 'leave';
      return { kind: 'membership', subject: subject(event, membership_user_id), change, role: 'member' };
    }
    case 'm.member.profile': {
      // Users name themselves only.
      if (event.state_key && event.state_key !== event.sender) throw notSameUser('state_key', type);
      const { display_name: displayName, about } = read(type, event);
      const picture = pictureOf(event.content);
      return { kind: 'profile', user: event.sender, displayName, about: about ?? '', picture };
    }
    case 'm.member.invite': {
      const { guild_name, description, direct } = read(type, event);
      return {
        kind: 'invite',
        subject: subject(event),
        roomName: guild_name ?? null,
        description,
        revoked: false,
        direct,
      };
    }
    case 'm.member.uninvite':
      read(type, event);
      return {
        kind: 'invite',
        subject: subject(event),
        roomName: null,
        description: '',
        revoked: true,
        direct: false,
      };
    case 'm.room.info': {
      const { join_rule: joinRule, slow_seconds: slowSeconds, direct: users, ...info } = read(type, event);
      const direct = pairIn(event, users);
      const picture = direct === null ? pictureOf(event.content) : null;
      return { kind: 'room', joinRule, slowSeconds, ...info, picture, direct };
    }
    default:
      return { kind: 'other' };
  }
}

/** Two different users, one of them of the sender's server, which is the room's home. */
function pairIn({ sender, event_type: type }: UnsignedEvent, users: readonly string[] = []): string[] | null {
  if (users.length === 0) return null;
  const servers = users.map((user) => parseUserId(user).server);
  if (users[0] === users[1] || !servers.includes(parseUserId(sender).server))
    throw badRequest(
      said('wire.field_of', {
        field: 'content.direct',
        type,
        message: said('expected.what', { what: said('what.pair') }),
      }),
    );
  return users.toSorted(compareCodePoints);
}

/**
 * Reads which message this one answers. An ID that can't be one is left out, so that the text is shown all the same.
 */
function replyOf({ event_id, content }: UnsignedEvent): string | null {
  const answered = content.get('reply_to');
  return typeof answered === 'string' && answered !== event_id && isEventId(answered) ? answered : null;
}

/** Whether a message shows another one that it answers: only from where it stands itself. */
export const mayQuote = (reply: Place, answered: Place): boolean =>
  reply.room_id === answered.room_id && reply.channel_id === answered.channel_id;

interface Place {
  readonly room_id: string;
  readonly channel_id: string;
}

function target(
  event: UnsignedEvent,
  content: { message_id: string; target_event_id?: string | undefined },
): Target {
  return content.target_event_id ?? messageKey(event.origin_server, content.message_id);
}

/**
 * The user a membership is about: the `state_key`. The existing server omits it, and names the user in the content or means
 * the sender. Both at once must agree, or servers would differ about who is meant.
 */
function subject({ state_key, sender, event_type: type }: UnsignedEvent, named?: string): string {
  const user = state_key || named || sender;
  parseUserId(user);
  if (named !== undefined && named !== user) throw notSameUser('content.membership_user_id', type);
  return user;
}

const notSameUser = (field: string, type: string) =>
  badRequest(
    said('wire.field_of', {
      field,
      type,
      message: said('expected.what', { what: said('what.same_user') }),
    }),
  );
