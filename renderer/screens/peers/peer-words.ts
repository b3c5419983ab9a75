import { byUrgency, standingOfPeer } from '../../../shared/api/standing.ts';
import type { PeerView } from '../../../shared/api/views/peer-views.ts';
import { limits } from '../../../shared/protocol/limits.ts';
import { ago, duration } from '../../parts/time/time.ts';
import { text } from '../../text/text.ts';

const noteworthyMs = 2_000;

/** A sentence if the clocks differ enough to mention it. */
export function clockWords(offsetMs: number | null): string | null {
  if (offsetMs === null || Math.abs(offsetMs) <= noteworthyMs) return null;
  const words = text.peers.clock;
  const away = Math.abs(offsetMs);
  const off = (offsetMs > 0 ? words.ahead : words.behind)({ span: duration(away) });
  return away > limits.clockSkewMsMax ? `${off} ${words.tooFar}` : off;
}

/** How a peer is doing: what waits for the owner, or else what the node says about it. */
export function sentenceOf(peer: PeerView, now: number): string {
  const { held, queued, warnings, mode, until, state, clock_offset_ms } = peer;
  const words = text.peers;
  return [
    held > 0 ? words.held({ count: held }) : peer.state_text,
    mode !== 'allow' && until !== null ? words.until({ when: ago(until, now) }) : null,
    // The node says it itself where that is why we refuse it.
    state === 'refused' ? null : clockWords(clock_offset_ms),
    warnings.length > 0 ? words.warnings({ count: warnings.length }) : null,
    // Events that wait for a blocked server aren't on their way.
    queued > 0 && state !== 'ok' && state !== 'blocked' ? words.queued({ count: queued }) : null,
  ]
    .filter((sentence) => sentence !== null && sentence !== '')
    .join(' ');
}

/** The same to people who only want to talk: why there is no answer is on the page about the connection. */
export function plainSentenceOf(peer: PeerView, now: number): string {
  const { state, held, queued } = peer;
  const isAway = held === 0 && (state === 'unreachable' || state === 'silent');
  return isAway ? text.people.away({ count: queued }) : sentenceOf(peer, now);
}

/** Host and port are what people know of an address; the path is always the same. */
export function shortAddress(endpoint: string): string {
  const url = URL.parse(endpoint);
  if (url === null) return endpoint;
  return url.protocol === 'https:' ? url.host : url.origin;
}

/** A server that the owner has not decided about. */
export const isOnlyKnown = (peer: PeerView): boolean => peer.mode === 'known';

/** Sorts peers that need their owner first, those that were put away last; then by name. */
export const byAttention = <T extends { readonly peer: PeerView; readonly name: string }>(
  friends: readonly T[],
): T[] =>
  friends.toSorted(
    (a, b) =>
      byUrgency(standingOfPeer(a.peer), standingOfPeer(b.peer)) ||
      a.name.localeCompare(b.name) ||
      (a.peer.server_name < b.peer.server_name ? -1 : 1),
  );

/** Whether every word of the search occurs in what is known about a peer. */
export function matches(peer: PeerView, name: string, query: string): boolean {
  const standing = standingOfPeer(peer);
  const shown = [
    name,
    peer.server_name,
    peer.domain,
    peer.endpoint ?? '',
    standing === null ? '' : text.standing[standing],
    text.peers.modes[peer.mode],
    peer.state_text,
    peer.reason ?? '',
    ...peer.warnings,
  ]
    .join('\n')
    .toLowerCase();
  return query
    .toLowerCase()
    .split(/\s+/)
    .every((word) => shown.includes(word));
}
