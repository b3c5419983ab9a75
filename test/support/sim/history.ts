import fc from 'fast-check';
import type { Signer } from '../../../main/crypto/ed25519.ts';
import { canonicalJson } from '../../../shared/protocol/coding/canonical-json.ts';
import { fromPlain, type JsonObject, type Plain } from '../../../shared/protocol/coding/json.ts';
import {
  canonicalEvent,
  type Envelope,
  type UnsignedEvent,
} from '../../../shared/protocol/events/envelope.ts';
import { messageEventId, otherEventId } from '../../../shared/protocol/identifiers.ts';
import { limits } from '../../../shared/protocol/limits.ts';
import { cast, keyIdOf, now, otherRoomId, type Role, roomId, signers } from './member.ts';

/** One event of a history, in a form that shrinks well. */
export interface Deed {
  readonly by: Role;
  /** One of the server's two users. */
  readonly who: number;
  readonly kind: Kind;
  /** A place in the order, shared by many deeds. */
  readonly depth: number;
  /** If above 0, the event is this many minutes further ahead than our clock accepts. */
  readonly aheadMinutes: number;
  /** The message it is about, by its index in the history; beyond the end, one that nobody has. */
  readonly about: number;
  /** A message with the number of the first message of its server; or an info that archives the room. */
  readonly sharesNumber: boolean;
  /** Names the message only by its number, as the existing server does; of a message, that it answers another one. */
  readonly byNumber: boolean;
  /** The user that a membership event is about. */
  readonly subject: { readonly of: Role; readonly who: number };
  readonly text: number;
  /** Arrives from the home, even if another server wrote it; with some texts, an info that makes it a direct chat. */
  readonly relayed: boolean;
  /** Written in another room with the same people; it must have no effect in this one. */
  readonly elsewhere: boolean;
}

const kinds = [
  'message',
  'edit',
  'delete',
  'react',
  'unreact',
  'join',
  'leave',
  'remove',
  'ban',
  'info',
  'delete-channel',
  'profile',
  'invite',
  'other',
] as const;
type Kind = (typeof kinds)[number];

const roles: readonly Role[] = ['home', 'peer', 'third', 'self'];
const role = fc.constantFrom<Role>('home', ...roles);
const user = fc.nat({ max: 1 });
const depths = 8;

const kind: fc.Arbitrary<Kind> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Kind>('message') },
  { weight: 5, arbitrary: fc.constantFrom<Kind>('edit', 'delete', 'react', 'unreact') },
  { weight: 4, arbitrary: fc.constantFrom<Kind>('join', 'leave', 'remove', 'ban') },
  { weight: 2, arbitrary: fc.constantFrom<Kind>('info', 'invite', 'profile', 'other') },
  { weight: 1, arbitrary: fc.constant<Kind>('delete-channel') },
);

const anyDeed: fc.Arbitrary<Deed> = fc.record({
  by: role,
  who: user,
  kind,
  depth: fc.nat({ max: depths - 1 }),
  aheadMinutes: fc.oneof(
    { weight: 12, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 60 }) },
  ),
  about: fc.nat({ max: 12 }),
  sharesNumber: fc.nat({ max: 3 }).map((dice) => dice === 3),
  byNumber: fc.boolean(),
  subject: fc.record({ of: role, who: user }),
  text: fc.nat({ max: 3 }),
  relayed: fc.boolean(),
  elsewhere: fc.nat({ max: 9 }).map((dice) => dice === 9),
});

/** Membership events come mostly from the home, and often have the same place in the order. */
const deed = anyDeed.map((each): Deed => {
  if (each.kind !== 'info' || each.who === 1) return each;
  return { ...each, by: 'home', depth: each.depth % 2 };
});

const plainDeed: Deed = {
  by: 'home',
  who: 0,
  kind: 'join',
  depth: 0,
  aheadMinutes: 0,
  about: 0,
  sharesNumber: false,
  byNumber: false,
  subject: { of: 'home', who: 0 },
  text: 1,
  relayed: false,
  elsewhere: false,
};

/** The users who are admitted at first, so that most of what follows is by members. */
const seats = fc.uniqueArray(fc.record({ by: role, who: user, byHome: fc.boolean() }), {
  maxLength: 6,
  selector: ({ by, who }) => `${by} ${who}`,
});

/**
 * A history, and whether its home announces members and the room. The existing server announces neither; other servers
 * may announce both or one.
 */
export const history = fc
  .record({
    seats,
    deeds: fc.array(deed, { maxLength: 40, size: 'max' }),
    homeTellsMembers: fc.boolean(),
    homeTellsRoom: fc.boolean(),
  })
  .map(({ seats, deeds, ...home }) => ({
    ...home,
    deeds: [
      ...deeds,
      ...seats.map(({ by, who, byHome }) => ({
        ...plainDeed,
        by: byHome ? ('home' as const) : by,
        who,
        subject: { of: by, who },
      })),
    ],
  }));
export type History = typeof history extends fc.Arbitrary<infer T> ? T : never;

export interface Told {
  readonly envelope: Envelope;
  /** The server that delivers it; null for an event written here. */
  readonly hop: string | null;
}

const decidedByHome: ReadonlySet<Kind> = new Set(['info', 'delete-channel', 'invite', 'remove', 'ban']);
const memberships: ReadonlySet<Kind> = new Set(['join', 'leave', 'remove', 'ban']);
const userOf = (of: Role, who: number): string => `@u${who}:${cast[of]}`;
const numberOf = (place: number): string => String(place + 100);
/** Occurs only in this text. */
const wordsOf = (each: Deed, place: number): string => `${each.text} <${place}>`;
const emojis = ['👍', '🎉'];

/** Signs a history. Deeds that a node itself would never do are left out if the node under test is their author. */
export function toldBy(told: History, own: { keyId: string; signer: Signer }): Told[] {
  return told.deeds.flatMap((each, place): Told[] => {
    const membership = memberships.has(each.kind);
    if (each.kind === 'info' && !told.homeTellsRoom) return [];
    if (each.by === 'self' && decidedByHome.has(each.kind)) return [];
    const unsigned = write(each, place, told.deeds);
    // The existing server announces its own users and doesn't name the user, who is the sender.
    if (each.by === 'home' && membership && !told.homeTellsMembers) unsigned.state_key = null;
    const { keyId, signer } =
      each.by === 'self' ? own : { keyId: keyIdOf(each.by), signer: signers[each.by] };
    const content = withUnsignedFiles(each, unsigned.content);
    const envelope: Envelope = {
      ...unsigned,
      content,
      contentText: canonicalJson(content),
      signatures: new Map([[keyId, signer.sign(canonicalEvent(unsigned))]]),
    };
    return [{ envelope, hop: hopOf(each) }];
  });
}

/** Some messages of others name files that were added after signing. */
function withUnsignedFiles({ by, kind, text }: Deed, content: JsonObject): JsonObject {
  if (kind !== 'message' || by === 'self' || text !== 1) return content;
  return new Map([...content, ['attachments', fromPlain([{ filename: 'added.txt', size: 7 }])]]);
}

function hopOf(each: Deed): string | null {
  if (each.by === 'self') return each.relayed ? cast.home : null;
  return each.by === 'third' || each.relayed ? cast.home : cast[each.by];
}

function write(
  each: Deed,
  place: number,
  deeds: readonly Deed[],
): UnsignedEvent & { state_key: string | null } {
  const server = cast[each.by];
  const depth = now - 3_600_000 + each.depth;
  const ahead = now + limits.aheadMsMax + each.aheadMinutes * 60_000;
  const at = each.aheadMinutes > 0 ? ahead : depth;
  const { type, content, stateKey } = meant(each, place, deeds);
  return {
    event_id:
      each.kind === 'message'
        ? messageEventId(numberOf(place), server)
        : otherEventId(type, numberOf(place), depth, server),
    room_id: each.elsewhere ? otherRoomId : roomId,
    event_type: type,
    sender: userOf(each.by, each.who),
    origin_server: server,
    // Independent of the depth, because the time that is shown must not decide anything, with one exception: an event
    // written after its author's removal is refused once that has arrived. So none before a removal has a later time.
    origin_ts: each.aheadMinutes > 0 ? at : depth + (type === 'm.member.leave' ? 4 : (place * 7) % 5),
    depth: at,
    state_key: stateKey,
    content: fromPlain({
      ...content,
      ...(each.kind === 'message' ? { message_id: messageNumberOf(place, deeds) } : {}),
    }) as JsonObject,
  };
}

function meant(
  each: Deed,
  place: number,
  deeds: readonly Deed[],
): { type: string; content: { [key: string]: Plain }; stateKey: string | null } {
  const channel_id = String(1 + (each.text % 2));
  const subject =
    each.by === 'self' ? userOf('self', each.subject.who) : userOf(each.subject.of, each.subject.who);
  const numericId = String(1 + each.subject.who);
  const plain = (type: string, content: { [key: string]: Plain }) => ({ type, content, stateKey: null });
  const about = (type: string, content: { [key: string]: Plain }) =>
    plain(type, { ...content, channel_id, ...reference(each, deeds) });
  const member = (type: string, content: { [key: string]: Plain } = {}) => ({
    type,
    content: { guild_id: '7', user_id: numericId, ...content },
    stateKey: subject,
  });
  switch (each.kind) {
    case 'message': {
      const named =
        each.text < 3 ? { channel_name: `named ${each.text}`, guild_name: `Called ${each.text}` } : {};
      const files = each.text === 2 ? { attachments: [{ filename: 'signed.txt', size: 9 }] } : {};
      const { target_event_id: reply_to = '' } = reference({ ...each, byNumber: false }, deeds);
      return plain('m.message', {
        body: `said ${wordsOf(each, place)}`,
        msgtype: 'm.text',
        channel_id,
        ...named,
        ...files,
        ...(each.byNumber ? { reply_to } : {}),
        ...(each.text === 1 ? { forwarded: true } : {}),
      });
    }
    case 'edit':
      return about('m.message.edit', { body: `edited ${wordsOf(each, place)}` });
    case 'delete':
      return about('m.message.delete', {});
    case 'react':
    case 'unreact':
      return about(each.kind === 'react' ? 'm.reaction.add' : 'm.reaction.remove', {
        emoji: emojis[each.text % 2] ?? '',
      });
    case 'join':
      return member('m.member.join', each.text === 0 ? { role: 'owner' } : { moderator: each.text === 2 });
    case 'leave':
      return member('m.member.leave');
    case 'remove':
    case 'ban': {
      const by = userOf(each.by, each.who);
      const decided = { removed_by: by, ...(each.text === 0 ? {} : { reason: `reason ${place}` }) };
      const banned = each.kind === 'ban';
      // One that ends a ban says who ended it.
      return member('m.member.leave', {
        removed: true,
        ...(banned ? { banned } : {}),
        ...(!banned && each.byNumber ? { unbanned_by: by } : decided),
      });
    }
    case 'invite':
      return member('m.member.invite', { guild_name: 'Room' });
    case 'info': {
      const channels = Array.from({ length: each.text }, (_, i) => ({
        channel_id: String(i + 1),
        name: `told ${i}`,
      }));
      const pair = [userOf(each.by, each.who), userOf(each.subject.of, each.subject.who)];
      const isDirect = each.relayed && each.text === 3 && pair[0] !== pair[1];
      const content = {
        name: `Room ${each.text}`,
        join_rule: each.byNumber ? 'peers' : 'invite',
        ...(each.about > 6
          ? {
              topic: `about ${each.about}`,
              description: `*${each.about}*`,
              pinned: [`$${each.about}:home.test`],
            }
          : {}),
        ...(each.about > 4 ? { picture: pictureNamed(place, 1 + each.text) } : {}),
        ...(each.sharesNumber ? { archived: true } : {}),
        ...(each.subject.who === 1 ? { writers: 'moderators' } : {}),
        ...(each.about > 3 ? { slow_seconds: each.about } : {}),
        channels,
        ...(isDirect ? { direct: pair } : {}),
      };
      return { type: 'm.room.info', content, stateKey: '' };
    }
    case 'delete-channel':
      return { type: 'm.channel.delete', content: { channel_id }, stateKey: '' };
    case 'profile': {
      const display_name = `called ${wordsOf(each, place)}`;
      const picture = pictureNamed(place, 1 + each.text);
      const shown = each.byNumber ? { about: `about ${place}`, picture } : {};
      return plain('m.member.profile', { guild_id: '7', user_id: numericId, display_name, ...shown });
    }
    case 'other':
      return plain('m.of.tomorrow', { anything: each.text });
    default:
      return each.kind satisfies never;
  }
}

const pictureNamed = (place: number, size: number) => ({
  content_hash: `${place % 10}`.repeat(64),
  size,
  content_type: 'image/png',
});

/** The message of the history that is nearest to the requested index; sometimes one that doesn't exist. */
function reference(each: Deed, deeds: readonly Deed[]): { [key: string]: Plain } {
  const messages = deeds.flatMap((other, place) => (other.kind === 'message' ? [{ other, place }] : []));
  const chosen = messages[each.about];
  if (!chosen) return { message_id: '99', target_event_id: messageEventId('99', cast.home) };
  const message_id = messageNumberOf(chosen.place, deeds);
  return each.byNumber
    ? { message_id }
    : { message_id, target_event_id: messageEventId(numberOf(chosen.place), cast[chosen.other.by]) };
}

function messageNumberOf(place: number, deeds: readonly Deed[]): string {
  const each = deeds[place];
  const first = deeds.findIndex(({ kind, by }) => kind === 'message' && by === each?.by);
  return numberOf(each?.sharesNumber ? first : place);
}
