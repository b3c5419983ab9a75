import { badRequest, forbidden, internalError, notFound, type Refused, unauthorized } from '../answer.ts';
import type { Era } from '../era.ts';
import type { StandInEvent } from '../events.ts';
import type { StandInHost } from '../host.ts';
import type { Peer } from '../peers.ts';
import { hasMemberOf, type Room } from '../rooms.ts';
import {
  canonicalText,
  isDepthInRange,
  isFresh,
  refusalOfContent,
  refusalOfLength,
  type StandInEnvelope,
  signaturesOf,
} from '../wire/envelope.ts';
import { verifies } from '../wire/signing.ts';

/** An event of another server, before it is stored. */
export interface Arrival {
  readonly event: StandInEvent;
  readonly envelope: StandInEnvelope;
  /** The server that wrote it. */
  readonly author: Peer;
  /** Null if it names no room, or one that isn't there. */
  readonly room: Room | null;
}

export const namesOf = ({ server_name, domain }: Peer): readonly string[] => [server_name, domain];
const isOf = (domain: string | undefined, peer: Peer): boolean =>
  namesOf(peer).includes(domain?.toLowerCase() ?? '');

/** The server whose signature an event has. Throws the refusal. */
export function authorOf(server: StandInHost, envelope: StandInEnvelope): Peer {
  const author = server.peers.find(envelope.origin_server);
  const signatures = signaturesOf(envelope);
  if (signatures === null) throw unauthorized;
  if (!author) throw forbidden;
  const canonical = canonicalText(envelope);
  const [first] = [...signatures.keys()].sort();
  const isSigned = server.peers.keysOf(author).some(({ key_id, public_key }) => {
    const signature = (server.era.takesAnySignature || key_id === first) && signatures.get(key_id);
    return typeof signature === 'string' && verifies(canonical, signature, public_key, server.era.isStrict);
  });
  if (!isSigned) throw forbidden;
  return author;
}

type Check = (arrival: Arrival, server: StandInHost) => Refused | null;

const eventRefusal = (why: string | null): Refused | null =>
  why === null ? null : badRequest(`federation event ${why}`);

const levels = ['none', 'namespace', 'form', 'scope'] as const satisfies readonly Era['checks'][];
const membersOnly = new Set(['m.message', 'm.message.edit', 'm.reaction.add', 'm.member.join']);
const aboutMessages = new Set(['m.message.edit', 'm.message.delete', 'm.reaction.add', 'm.reaction.remove']);

/** An authority may write about its own room without a member in it. */
const isAuthority = ({ room, author }: Arrival): boolean => isOf(room?.authority, author);

const hasWrongGuild: Check = ({ event, room }) => {
  const guild = event.content.guild_id;
  return room && guild !== undefined && String(guild) !== room.guild ? forbidden : null;
};

const isOutOfGuild: Check = ({ event, room }, server) => {
  if (!room) return forbidden;
  if (room.id !== server.room) return null;
  const { channel_id } = event.content;
  if (channel_id !== undefined && !room.channels.has(String(channel_id))) return forbidden;
  return room.isLetOut ? null : forbidden;
};

const isByStranger: Check = (arrival) => {
  const { event, room } = arrival;
  if (!room || isAuthority(arrival) || !membersOnly.has(event.event_type)) return null;
  return room.members.has(event.sender) && !room.banned.has(event.sender) ? null : forbidden;
};

const hasWrongTarget: Check = ({ event, room }, server) => {
  if (!room || !aboutMessages.has(event.event_type)) return null;
  const { target_event_id, channel_id } = event.content;
  const target = server.messageAbout(event.content);
  if (target)
    return target.room === room.id && target.channel === String(channel_id ?? target.channel)
      ? null
      : forbidden;
  const own = typeof target_event_id === 'string' ? server.events.all.get(target_event_id) : undefined;
  return own?.origin_server === server.name ? notFound : null;
};

const isInPrivateChannel: Check = ({ event, room }, server) => {
  if (!room || room.id !== server.room) return null;
  return room.channels.get(String(event.content.channel_id))?.isPublic === false ? forbidden : null;
};

/** The checks in its order. Each is made from the named level on. */
const checks: readonly (readonly [(typeof levels)[number], Check])[] = [
  ['form', ({ envelope }) => eventRefusal(refusalOfLength(envelope))],
  ['form', ({ envelope }) => eventRefusal(refusalOfContent(envelope.content))],
  [
    'scope',
    ({ event, author }) =>
      namesOf(author).some((name) => event.event_id.toLowerCase().endsWith(`:${name}`)) ? null : forbidden,
  ],
  ['scope', hasWrongGuild],
  ['scope', isOutOfGuild],
  ['scope', isByStranger],
  ['scope', hasWrongTarget],
  ['scope', isInPrivateChannel],
  [
    'form',
    ({ envelope }, server) =>
      isFresh(envelope.origin_ts, server.now())
        ? null
        : eventRefusal('origin_ts is outside the accepted freshness window'),
  ],
  [
    'form',
    ({ envelope }, server) =>
      isDepthInRange(envelope.depth, server.now()) ? null : eventRefusal('depth is out of range'),
  ],
  [
    'namespace',
    (arrival) =>
      arrival.room && !isAuthority(arrival) && !hasMemberOf(arrival.room, namesOf(arrival.author))
        ? forbidden
        : null,
  ],
  [
    'scope',
    (arrival) =>
      arrival.event.content.membership_user_id !== undefined && !isAuthority(arrival) ? forbidden : null,
  ],
  [
    'scope',
    ({ event }, server) => {
      const known = server.events.all.get(event.event_id);
      return known && known.origin_server !== event.origin_server ? internalError : null;
    },
  ],
];

/** Why this event is refused; null if it will be stored. */
export function refusalOf(arrival: Arrival, server: StandInHost): Refused | null {
  const reached = levels.indexOf(server.era.checks);
  for (const [level, check] of checks) {
    const refusal = levels.indexOf(level) <= reached ? check(arrival, server) : null;
    if (refusal) return refusal;
  }
  return null;
}
