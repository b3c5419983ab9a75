import type { Scope } from '../../../shared/protocol/reasons.ts';
import { refusal } from '../../../shared/words/refusal.ts';
import { said } from '../../../shared/words/said.ts';
import type { Keyring } from '../../identity/keyring.ts';
import type { Clock } from '../../kernel/ports.ts';
import type { KeyRow, PeerRow } from '../../store/tables/peer-store.ts';
import type { PeerDirectory } from '../peer-directory.ts';
import type { KeyExtensions } from './key-extensions.ts';
import type { Hearsay, KeyPins } from './key-pins.ts';
import { acceptedUntil } from './key-validity.ts';

interface Deps {
  readonly keyring: Keyring;
  readonly directory: Pick<PeerDirectory, 'toldKey'>;
  readonly pins: KeyPins;
  readonly extensions: Pick<KeyExtensions, 'used' | 'noteRefused'>;
  readonly clock: Clock;
}

/** Finds the public key that a signature must verify with. */
export class KeyResolver {
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** The key of an incoming request: known and not expired, otherwise FORBIDDEN. */
  async transportKey(serverName: string, keyId: string): Promise<string> {
    const key = await this.#findFor(serverName, keyId, this.#deps.clock.now());
    if (key === undefined) throw unknownKey(serverName, keyId);
    if (acceptedUntil(key) < this.#deps.clock.now()) {
      this.#deps.extensions.noteRefused(serverName);
      throw refusal('FORBIDDEN', said('peer.key_expired_now', { key: keyId, server: serverName }), {
        details: { reason: 'key_expired' },
      });
    }
    return key.public_key;
  }

  /**
   * The key of an event, perhaps an old one: it must have been valid when the event was written, otherwise FORBIDDEN.
   * `told`: for a server that is not a peer, the keys that its room's home says it has.
   */
  async eventKey(
    serverName: string,
    keyIds: Iterable<string>,
    originTs: number,
    told: HomeReport | null = null,
  ): Promise<{ keyId: string; publicKey: string }> {
    let expired: string | null = null;
    let first: string | null = null;
    for (const keyId of keyIds) {
      first ??= keyId;
      const key =
        told === null ? await this.#findFor(serverName, keyId, originTs) : this.toldKey(told, keyId);
      if (key === undefined) continue;
      if (acceptedUntil(key) >= originTs) return { keyId, publicKey: key.public_key };
      expired = keyId;
    }
    if (expired !== null) {
      if (told === null) this.#deps.extensions.noteRefused(serverName);
      throw refusal('FORBIDDEN', said('peer.key_expired_then', { key: expired, server: serverName }), {
        details: {
          reason: 'key_expired',
          scope: 'event',
        },
      });
    }
    throw unknownKey(serverName, first ?? 'none', 'event');
  }

  /** A key of a third server: as the home has just said, or as it said before. */
  toldKey({ home, serverName, hearsay }: HomeReport, keyId: string): UsableKey | undefined {
    if (hearsay === null) return this.#deps.directory.toldKey(home, serverName, keyId);
    const key = hearsay.keys.find(({ key_id }) => key_id === keyId);
    return key && { ...key, extended_at: null, extended_until: null, ended_at: null };
  }

  /** Asks a room's home for a third server's keys; see `KeyPins.askHome`. */
  askHome(home: PeerRow, serverName: string): Promise<Hearsay | null> {
    return this.#deps.pins.askHome(home, serverName);
  }

  /** Stores them; see `KeyPins.adopt`. */
  adopt(hearsay: Hearsay): Promise<boolean> {
    return this.#deps.pins.adopt(hearsay);
  }

  /** Finds a key. One that had expired at `at` is extended first, if possible. */
  async #findFor(serverName: string, keyId: string, at: number): Promise<UsableKey | undefined> {
    const { keyring, pins, extensions } = this.#deps;
    if (keyring.isSetUp && serverName === keyring.serverName) return this.#own(keyId);
    // Nearly every key is pinned and valid, and needs no wait.
    const key = pins.get(serverName, keyId) ?? (await pins.find(serverName, keyId));
    if (key === undefined || acceptedUntil(key) >= at) return key;
    await extensions.used(serverName);
    return pins.find(serverName, keyId);
  }

  /** An event that we signed stays ours, however old, because a rebuilt node restores its own events. */
  #own(keyId: string): UsableKey | undefined {
    const own = this.#deps.keyring.publicKeyOf(keyId);
    return (
      own && {
        public_key: own.publicKey,
        valid_until: own.validUntil,
        extended_at: 0,
        extended_until: null,
        ended_at: null,
      }
    );
  }
}

type UsableKey = Pick<KeyRow, 'public_key' | 'valid_until' | 'extended_at' | 'extended_until' | 'ended_at'>;

/** The word of a room's home about a server that is not a peer; `hearsay` is what it has just said. */
export interface HomeReport {
  readonly home: string;
  readonly serverName: string;
  readonly hearsay: Hearsay | null;
}

function unknownKey(serverName: string, keyId: string, scope?: Scope): Error {
  return refusal('FORBIDDEN', said('peer.key_unknown', { key: keyId, server: serverName }), {
    details: {
      reason: 'key_unknown',
      ...(scope ? { scope } : {}),
    },
  });
}
