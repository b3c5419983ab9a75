import type { PeerState, PeerView } from '../../../shared/api/views/peer-views.ts';
import type { Standing } from '../../parts/notes/standing.ts';
import { duration } from '../../parts/time/time.ts';
import { text } from '../../text/text.ts';

const noteworthyMs = 2_000;
/** Beyond this difference, signatures are rejected. */
const tooFarMs = 60_000;

/** The node also reports `waiting` for a peer whose keys have all expired. The badge distinguishes them. */
export type PeerBadgeState = PeerState | 'expired';

export const badgeOf = (peer: PeerView): PeerBadgeState =>
  peer.state === 'waiting' && peer.last_seen_at !== null && isExpired(peer) ? 'expired' : peer.state;

const standings = {
  ok: 'ok',
  unknown: null,
  waiting: 'waiting',
  expired: 'needs',
  closed: 'needs',
  refused: 'needs',
  unreachable: 'waiting',
  silent: 'waiting',
  blocked: null,
  quarantined: null,
} as const satisfies Record<PeerBadgeState, Standing | null>;

/** How the connection is doing; `null` where the owner decided that there is none. */
export function standingOf(peer: PeerView): Standing | null {
  if (peer.held > 0) return 'needs';
  const standing = standings[badgeOf(peer)];
  return standing === 'ok' && needsAttention(peer) ? 'needs' : standing;
}

/** A sentence if the clocks differ enough to mention it. */
export function clockWords(offsetMs: number | null): string | null {
  if (offsetMs === null || Math.abs(offsetMs) <= noteworthyMs) return null;
  const words = text.peers.clock;
  const away = Math.abs(offsetMs);
  const off = (offsetMs > 0 ? words.ahead : words.behind)({ span: duration(away) });
  return away > tooFarMs ? `${off} ${words.tooFar}` : off;
}

/** Host and port are what people know of an address; the path is always the same. */
export function shortAddress(endpoint: string): string {
  const url = URL.parse(endpoint);
  if (url === null) return endpoint;
  return url.protocol === 'https:' ? url.host : url.origin;
}

/** What the badge doesn't say, such as which rooms of a connected peer can't be read. */
export function besidesBadge({ state, state_text }: PeerView): string {
  const connected = `${text.peers.states.ok}.`;
  return state === 'ok' && state_text.startsWith(connected)
    ? state_text.slice(connected.length).trimStart()
    : state_text;
}

/** A server that the owner has not decided about. */
export const isOnlyKnown = (peer: PeerView): boolean => peer.mode === 'known';

/** A server that the owner blocked needs no attention, whatever its state. */
export const needsAttention = (peer: PeerView): boolean => attention(peer) < calm;

const calm = 10;
const stateRank: Record<PeerState, number> = {
  closed: 1,
  refused: 1,
  unreachable: calm,
  waiting: calm + 1,
  quarantined: calm + 2,
  silent: calm + 3,
  ok: calm + 4,
  blocked: calm + 5,
  unknown: calm + 6,
};

function attention(peer: PeerView): number {
  // Held events need a decision.
  if (peer.held > 0) return 0;
  const rank = stateRank[peer.state];
  const warned = peer.state !== 'blocked' && peer.state !== 'unknown' && peer.warnings.length > 0;
  const troubled = peer.state === 'ok' && (clockIsOff(peer) || peer.unreadable_rooms > 0);
  return rank >= calm && (warned || troubled) ? 4 : rank;
}

const clockIsOff = (peer: PeerView): boolean => Math.abs(peer.clock_offset_ms ?? 0) > tooFarMs;

/** Peers that need attention come first, then by name. */
export const byAttention = (peers: readonly PeerView[]): PeerView[] =>
  peers.toSorted((a, b) => attention(a) - attention(b) || (a.server_name < b.server_name ? -1 : 1));

/** Whether every word of the search occurs in what is shown about a peer. */
export function matches(peer: PeerView, query: string): boolean {
  const shown = [
    peer.server_name,
    peer.domain,
    peer.endpoint ?? '',
    text.peers.states[badgeOf(peer)],
    text.peers.modes[peer.mode],
    peer.state_text,
    peer.reason ?? '',
    peer.held > 0 ? text.peers.held({ count: peer.held }) : '',
    ...peer.warnings,
  ]
    .join('\n')
    .toLowerCase();
  return query
    .toLowerCase()
    .split(/\s+/)
    .every((word) => shown.includes(word));
}

/** None of its keys is accepted anymore. */
export const isExpired = ({ keys }: PeerView): boolean =>
  keys.length > 0 && keys.every(({ standing }) => standing === 'expired');
