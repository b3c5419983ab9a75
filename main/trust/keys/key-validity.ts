/** How long a peer's key is accepted, and when it may be extended past its expiry. Pure. */
import { type Said, said } from '../../../shared/words/said.ts';
import { addressKind, bare } from '../../kernel/ip.ts';
import type { KeyRow } from '../../store/tables/peer-store.ts';

/** How much longer one extension makes a key valid. */
export const extensionMs = 86_400_000;
/** A key is extended this long before it would stop being accepted, so that nothing is refused in between. */
export const aheadMs = 60 * 60_000;

type Lifetime = Pick<KeyRow, 'valid_until' | 'extended_at' | 'extended_until' | 'ended_at'>;

/** Unix milliseconds; `Infinity` for a key that the owner extended forever. Nothing extends one that has ended. */
export function acceptedUntil({ valid_until, extended_at, extended_until, ended_at }: Lifetime): number {
  if (ended_at !== null) return Math.min(valid_until, ended_at);
  if (extended_at === null) return valid_until;
  return Math.max(valid_until, extended_until ?? Number.POSITIVE_INFINITY);
}

/** The state of a key: valid, accepted past its expiry by the day or forever, or no longer accepted. */
export function keyStanding(key: Lifetime, now: number): 'valid' | 'by_day' | 'for_good' | 'expired' {
  if (acceptedUntil(key) < now) return 'expired';
  if (key.valid_until >= now) return 'valid';
  return key.extended_until === null ? 'for_good' : 'by_day';
}

/** How well the connection to a peer's endpoint is protected. */
type Line = 'verified' | 'pinned' | 'loopback' | 'open';

/**
 * Rates the line to an endpoint. Over https, the system must trust the certificate, or its key must be pinned
 * (client/). Over plain http anyone in between can answer in the peer's name, except on this computer.
 */
export function lineTo(endpoint: string, tlsSha256: string | null): Line {
  const { protocol, hostname } = new URL(endpoint);
  if (protocol === 'https:') return tlsSha256 === null ? 'verified' : 'pinned';
  return protocol === 'http:' && addressKind(bare(hostname)) === 'loopback' ? 'loopback' : 'open';
}

/** Why a key is not extended automatically. */
export type NotExtended = 'off' | 'no-address' | 'open-line' | 'no-answer' | 'not-served';

export interface ExtensionFacts {
  readonly now: number;
  /** The owner allows this server to extend keys. */
  readonly isOn: boolean;
  /** `null` for a peer that can't be called. */
  readonly line: Line | null;
  readonly pinned: readonly KeyRow[];
  /** The keys that the endpoint serves right now; `null` if it was not read. */
  readonly published: readonly Pick<KeyRow, 'key_id' | 'public_key' | 'valid_until'>[] | null;
}

/** Why nothing would be extended whatever the endpoint answers; `null` if it is worth asking. */
export function obstacle({ isOn, line }: Pick<ExtensionFacts, 'isOn' | 'line'>): NotExtended | null {
  if (!isOn) return 'off';
  if (line === null) return 'no-address';
  return line === 'open' ? 'open-line' : null;
}

/**
 * The key to extend, `null` if none needs it, or why it is not extended. Only the served key that expires last may be
 * extended: a server keeps publishing retired keys, so that old events can be verified, and someone who stole one of
 * those must not get in with it.
 */
export function keyToExtend(facts: ExtensionFacts): KeyRow | NotExtended | null {
  const stop = obstacle(facts);
  if (stop !== null) return stop;
  if (facts.published === null) return 'no-answer';
  const [newest] = facts.published.toSorted((a, b) => b.valid_until - a.valid_until);
  if (newest === undefined) return 'not-served';
  if (newest.valid_until > facts.now + aheadMs) return null;
  const pinned = facts.pinned.find(
    ({ key_id, public_key, source, ended_at }) =>
      key_id === newest.key_id && public_key === newest.public_key && source === 'peer' && ended_at === null,
  );
  if (pinned === undefined) return 'not-served';
  return acceptedUntil(pinned) > facts.now + aheadMs ? null : pinned;
}

/** The key that a server probably uses now: of its pinned keys, the one that expires last. */
export function currentKey(keys: readonly KeyRow[]): KeyRow | null {
  const [newest] = keys
    .filter(({ source, ended_at }) => source === 'peer' && ended_at === null)
    .toSorted((a, b) => b.valid_until - a.valid_until);
  return newest ?? null;
}

const reasons: Readonly<Record<NotExtended, Said>> = {
  off: said('peer.key_off'),
  'no-address': said('peer.key_no_address'),
  'open-line': said('peer.key_open_line'),
  'no-answer': said('peer.key_no_answer'),
  'not-served': said('peer.key_not_served'),
};

/**
 * Tells the owner about a peer of which no key is accepted any more. `why`: `null` while the peer is being
 * asked.
 */
export const expiredText = (validUntil: number, why: NotExtended | null): Said =>
  said('peer.key_expired', {
    at: validUntil,
    next: why === null ? said('peer.key_checking') : reasons[why],
  });
