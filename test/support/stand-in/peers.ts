import { badRequest } from './answer.ts';
import type { Era } from './era.ts';
import { refusalOfKey } from './wire/signing.ts';

export interface PeerKey {
  readonly key_id: string;
  readonly public_key: string;
  /** Unix milliseconds. */
  readonly valid_until: number;
}

export interface Peer {
  readonly server_name: string;
  readonly domain: string;
  /** With the prefix. */
  readonly endpoint: string;
  trusted: boolean;
  keys: readonly PeerKey[];
}

/** The admin's request to add a peer. */
export interface PeerRequest {
  readonly server_name: string;
  readonly domain: string;
  readonly federation_endpoint: string;
  readonly public_key_hex?: string;
  readonly key_id?: string;
  readonly trusted?: boolean;
  readonly discover?: boolean;
}

/** The answer to `GET keys`. */
export interface KeyList {
  readonly server_name: string;
  readonly keys: readonly (PeerKey & { readonly server_name: string })[];
}

const keyIdCharsMax = 255;
const nameCharsMax = 255;

/** The servers that its admin has added, and their keys. */
export class Peers {
  readonly #era: Era;
  readonly #now: () => number;
  readonly #all = new Map<string, Peer>();

  constructor(era: Era, now: () => number) {
    this.#era = era;
    this.#now = now;
  }

  get all(): readonly Peer[] {
    return [...this.#all.values()];
  }

  /** Finds a peer by its name as registered, in any case, or else by its domain. */
  find(origin: string): Peer | undefined {
    if (origin.length > nameCharsMax) return undefined;
    const name = origin.toLowerCase();
    return this.#all.get(name) ?? this.all.find(({ domain }) => domain === name);
  }

  delete(name: string): boolean {
    return this.#all.delete(name.toLowerCase());
  }

  /** Keys that are still valid. The first era keeps to no date. */
  keysOf(peer: Peer): readonly PeerKey[] {
    const { discoveredKeyMsMax } = this.#era;
    return peer.keys.filter(({ valid_until }) => discoveredKeyMsMax === null || valid_until >= this.#now());
  }

  /** Throws the refusal. `discover` reads the peer's keys. */
  async add(request: PeerRequest, discover: () => Promise<KeyList>): Promise<Peer> {
    const { public_key_hex: pin, key_id, trusted = false } = request;
    const server_name = request.server_name.toLowerCase();
    if (pin !== undefined) {
      const why = refusalOfKey(pin);
      if (why !== null) throw badRequest(why.replace('bad request: ', ''));
      if (!key_id) throw badRequest('key_id is required with public_key_hex');
    }
    if ((key_id?.length ?? 0) > keyIdCharsMax) throw badRequest('key_id is too long');
    const known = this.#all.get(server_name);
    const keys = request.discover
      ? [this.#discovered(request, server_name, await discover())]
      : pin !== undefined && key_id
        ? this.#pinned(key_id, pin, known)
        : (known?.keys ?? []);
    const peer: Peer = {
      server_name,
      domain: request.domain.toLowerCase(),
      endpoint: request.federation_endpoint,
      trusted,
      keys,
    };
    this.#all.set(server_name, peer);
    return peer;
  }

  /** It replaces all older ones, at once and for ever. Before 3.0, it isn't used for anything. */
  #pinned(key_id: string, public_key: string, known: Peer | undefined): readonly PeerKey[] {
    if (!this.#era.usesPins) return known?.keys ?? [];
    return [{ key_id, public_key: public_key.toLowerCase(), valid_until: Number.MAX_SAFE_INTEGER }];
  }

  #discovered(request: PeerRequest, server_name: string, list: KeyList): PeerKey {
    const now = this.#now();
    const key =
      request.key_id === undefined ? list.keys[0] : list.keys.find(({ key_id }) => key_id === request.key_id);
    if (!key) throw badRequest('peer publishes no such key');
    if (key.server_name.toLowerCase() !== server_name)
      throw badRequest('discovered key is for another server');
    const pin = request.public_key_hex?.toLowerCase();
    if (pin !== undefined && pin !== key.public_key.toLowerCase())
      throw badRequest('discovered key is not the pinned one');
    if (this.#era.isStrict && refusalOfKey(key.public_key) !== null)
      throw badRequest('Weak Ed25519 public key');
    if (key.valid_until < now) throw badRequest('discovered key is already expired');
    const keptUntil = now + (this.#era.discoveredKeyMsMax ?? Number.MAX_SAFE_INTEGER - now);
    return { ...key, valid_until: Math.min(key.valid_until, keptUntil) };
  }
}
