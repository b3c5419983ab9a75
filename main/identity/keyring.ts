import { createHmac } from 'node:crypto';
import { normalizeServerName } from '../../shared/protocol/identifiers.ts';
import { type ChainedKey, chainText, type KeyChain } from '../../shared/protocol/key-chain.ts';
import { refusal } from '../../shared/words/refusal.ts';
import { said } from '../../shared/words/said.ts';
import { tuning } from '../config.ts';
import { bytesFromHex, type Signer, signerFromSeed, wipe } from '../crypto/ed25519.ts';
import { openWithKey, sealWithKey } from '../crypto/sealed.ts';
import type { Clock, Random } from '../kernel/ports.ts';
import { openIdentity, sealIdentity, withKeysOf } from './shared-identity.ts';
import type { Identity, KeyVault } from './vault.ts';

export interface OwnKey {
  readonly keyId: string;
  readonly publicKey: string;
  readonly createdAt: number;
  readonly validUntil: number;
  readonly activeFrom: number;
  readonly signer: Signer;
}

const sealPurpose = 'paracord-node identity for other nodes';
const linkPurpose = 'paracord-node links of other servers';

/** The public half of a key of ours, as returned by `GET keys`. */
interface PublishedKey extends ChainedKey {
  readonly valid_until: number;
  readonly created_at: number;
}

/** Knows who this server is and what it signs with. A server that isn't set up has no identity and signs nothing. */
export class Keyring {
  readonly #vault: KeyVault;
  readonly #clock: Clock;
  readonly #random: Random;
  #identity: Identity | null;
  #ownKeys: OwnKey[] = [];

  constructor(vault: KeyVault, clock: Clock, random: Random) {
    this.#vault = vault;
    this.#clock = clock;
    this.#random = random;
    this.#identity = vault.load();
    this.#readKeys();
  }

  get isSetUp(): boolean {
    return this.#identity !== null;
  }

  /** SERVICE_UNAVAILABLE before set-up. */
  #required(): Identity {
    if (this.#identity === null) throw refusal('SERVICE_UNAVAILABLE', said('identity.not_set_up'));
    return this.#identity;
  }

  get serverName(): string {
    return this.#required().server_name;
  }

  get domain(): string {
    return this.#required().domain;
  }

  /**
   * Creates the identity, once. Repeating it with the same names changes nothing; other names are CONFLICT, invalid
   * ones BAD_REQUEST.
   */
  setUp(serverName: string, domain: string): void {
    const name = normalizeServerName(serverName);
    const carried = normalizeServerName(domain);
    if (this.#identity !== null) {
      if (this.#identity.server_name === name && this.#identity.domain === carried) return;
      throw refusal('CONFLICT', said('identity.other_name', { server: this.#identity.server_name }));
    }
    const now = this.#clock.now();
    this.#save({ version: 1, server_name: name, domain: carried, keys: [this.#newKey(now)] });
  }

  /**
   * Restores an identity that was in use before. Repeating it changes nothing; CONFLICT on a node that has another
   * identity. True if the identity changed.
   */
  adopt(identity: Identity): boolean {
    if (this.#identity !== null) {
      if (keysText(this.#identity) === keysText(identity)) return false;
      const server = this.#identity.server_name;
      throw refusal(
        'CONFLICT',
        server === identity.server_name
          ? said('identity.other_keys', { server })
          : said('identity.other_server', { server, other: identity.server_name }),
      );
    }
    this.#save(identity);
    return true;
  }

  /** This server under other names, with a new key. Nothing is saved. BAD_REQUEST for invalid names. */
  renamed(serverName: string, domain: string): Identity {
    this.#required();
    const names = { server_name: normalizeServerName(serverName), domain: normalizeServerName(domain) };
    return { version: 1, ...names, keys: [this.#newKey(this.#clock.now())] };
  }

  /** `null` before setup. A rotation changes it immediately, even while the new key is only announced. */
  get newestKeyId(): string | null {
    return this.#ownKeys[0]?.keyId ?? null;
  }

  /** Returns everything, seeds included: for the recovery file. */
  secrets(): Identity {
    return this.#required();
  }

  #keyFor(purpose: string): Buffer {
    const oldest = this.#required().keys.at(-1);
    const seed = bytesFromHex(oldest?.seed ?? '', 32);
    try {
      return createHmac('sha256', seed).update(purpose).digest();
    } finally {
      wipe(seed);
    }
  }

  #withKey<T>(purpose: string, use: (key: Buffer) => T): T {
    const key = this.#keyFor(purpose);
    try {
      return use(key);
    } finally {
      wipe(key);
    }
  }

  /** Seals this identity, or the one that follows it, so that only the other nodes of this server can read it. */
  sealed(identity: Identity = this.#required()): string {
    return this.#withKey(sealPurpose, (key) => sealIdentity(identity, key));
  }

  /**
   * Keys that another node of this server made and sealed. `added`: saved, and used from now on. `unreadable`: no node
   * with this identity sealed it.
   */
  takeIn(sealed: string): 'added' | 'known' | 'unreadable' {
    const identity = this.#required();
    const other = this.#identityIn(sealed);
    if (other === null) return 'unreadable';
    const joined = withKeysOf(identity, other);
    if (joined === null) return 'known';
    this.#save(joined);
    return 'added';
  }

  /** Whether the other nodes can have every key of this one from this text. */
  isIn(sealed: string): boolean {
    const other = this.#identityIn(sealed);
    return other !== null && withKeysOf(other, this.#required()) === null;
  }

  #identityIn(sealed: string): Identity | null {
    return this.#withKey(sealPurpose, (key) => openIdentity(sealed, key, this.serverName));
  }

  /** A link of another server, as the data holds it: only nodes with this identity can read it. */
  sealLink(link: string): string {
    return this.#withKey(linkPurpose, (key) => sealWithKey(link, key));
  }

  /** Empty if no node with this identity sealed it; that is not a valid link. */
  openLink(sealed: string): string {
    return this.#withKey(linkPurpose, (key) => openWithKey(sealed, key)) ?? '';
  }

  #newKey(activeFrom: number): Identity['keys'][number] {
    const now = this.#clock.now();
    const seed = this.#random.bytes(32);
    const key = {
      key_id: `ed25519:${this.#random.bytes(4).toString('hex')}`,
      seed: seed.toString('hex'),
      created_at: now,
      active_from: activeFrom,
      valid_until: now + tuning.keyValidityMs,
    };
    wipe(seed);
    return key;
  }

  /**
   * Announces a new key now and signs with it after `announceMs`. Older keys stay valid for the overlap, so that
   * requests and events in transit can still be verified, and are kept after that, because old events refer to them.
   */
  rotate(announceMs: number): void {
    this.use(this.rotated(announceMs));
  }

  /** Returns the identity that `rotate` would make. Nothing is saved. */
  rotated(announceMs: number): Identity {
    const now = this.#clock.now();
    const identity = this.#required();
    const overlapEnd = now + announceMs + tuning.keyOverlapMs;
    const next = this.#newKey(now + announceMs);
    const older = identity.keys.map((key) => ({
      ...key,
      valid_until: Math.min(key.valid_until, overlapEnd),
    }));
    return { ...identity, keys: [{ ...next, ...this.#vouchFor(next) }, ...older] };
  }

  /** Takes an identity that `rotated` or `renamed` made. */
  use(next: Identity): void {
    this.#save(next);
  }

  /** The newest key signs the next one (docs/protocol/keys.md, "The chain"). */
  #vouchFor(next: Identity['keys'][number]): { chain?: KeyChain } {
    const [newest] = this.#ownKeys;
    if (newest === undefined) return {};
    const seed = bytesFromHex(next.seed, 32);
    const signer = signerFromSeed(seed);
    wipe(seed);
    const key = { key_id: next.key_id, public_key: signer.publicKey };
    signer.wipe();
    const signature = newest.signer.sign(chainText(this.serverName, newest.keyId, key));
    return { chain: { key_id: newest.keyId, signature } };
  }

  /**
   * Restores the public halves of later keys of ours, proven by the chain: their events are ours. Their private halves
   * are lost, so they can't sign, and nothing that claims to be signed later than now is accepted.
   */
  takeBack(keys: readonly ChainedKey[]): void {
    const now = this.#clock.now();
    const identity = this.#required();
    const taken = keys.flatMap(({ key_id, public_key, chain }) =>
      chain === null || this.publicKeyOf(key_id) !== undefined
        ? []
        : [{ key_id, public_key, chain, created_at: now, valid_until: now }],
    );
    if (taken.length > 0)
      this.#save({ ...identity, public_only: [...taken, ...(identity.public_only ?? [])] });
  }

  /**
   * Extends the validity of our newest key long before it expires; the key stays the same. True if it changed. A key
   * that is being replaced still signs until the new one takes over, but its expiry is fixed.
   */
  renew(): boolean {
    const now = this.#clock.now();
    const identity = this.#required();
    const [newest, ...older] = identity.keys;
    if (!newest || newest.valid_until - now > tuning.keyRenewBeforeMs) return false;
    this.#save({ ...identity, keys: [{ ...newest, valid_until: now + tuning.keyValidityMs }, ...older] });
    return true;
  }

  #save(identity: Identity): void {
    this.#vault.save(identity);
    this.#identity = identity;
    this.#readKeys();
  }

  #readKeys(): void {
    for (const key of this.#ownKeys) key.signer.wipe();
    this.#ownKeys = (this.#identity?.keys ?? []).map((key) => {
      const seed = bytesFromHex(key.seed, 32);
      const signer = signerFromSeed(seed);
      wipe(seed);
      return {
        keyId: key.key_id,
        publicKey: signer.publicKey,
        createdAt: key.created_at,
        validUntil: key.valid_until,
        activeFrom: key.active_from,
        signer,
      };
    });
  }

  /** The key that signs now. */
  active(): {
    readonly keyId: string;
    readonly signer: Signer;
    readonly serverName: string;
    readonly validUntil: number;
  } {
    const now = this.#clock.now();
    const { server_name } = this.#required();
    const key = this.#ownKeys.find((each) => each.activeFrom <= now) ?? this.#ownKeys.at(-1);
    if (!key) throw refusal('SERVICE_UNAVAILABLE', said('identity.no_key'));
    return { keyId: key.keyId, signer: key.signer, serverName: server_name, validUntil: key.validUntil };
  }

  /** Every key of ours, the active one first, then announced ones, then older ones. */
  keys(): readonly OwnKey[] {
    if (this.#identity === null) return [];
    const active = this.active().keyId;
    return [...this.#ownKeys].sort((a, b) => Number(b.keyId === active) - Number(a.keyId === active));
  }

  key(keyId: string): OwnKey | undefined {
    return this.#ownKeys.find((key) => key.keyId === keyId);
  }

  /** Includes keys whose private half is lost. */
  publicKeyOf(keyId: string): { readonly publicKey: string; readonly validUntil: number } | undefined {
    const lost = this.#identity?.public_only?.find((key) => key.key_id === keyId);
    return this.key(keyId) ?? (lost && { publicKey: lost.public_key, validUntil: lost.valid_until });
  }

  /** Every public key of ours, in the order of `keys`, those without a private half last. */
  published(): readonly PublishedKey[] {
    const { keys = [], public_only = [] } = this.#identity ?? {};
    const chains = new Map(keys.map((key) => [key.key_id, key.chain ?? null]));
    return [
      ...this.keys().map((key) => ({
        key_id: key.keyId,
        public_key: key.publicKey,
        valid_until: key.validUntil,
        created_at: key.createdAt,
        chain: chains.get(key.keyId) ?? null,
      })),
      ...public_only,
    ];
  }

  wipe(): void {
    for (const key of this.#ownKeys) key.signer.wipe();
  }
}

/** Names an identity for comparison. Expiry dates are left out, because they move. */
const keysText = ({ server_name, domain, keys }: Identity): string =>
  JSON.stringify([server_name, domain, keys.map((key) => [key.key_id, key.seed])]);

/** The public halves of an identity that is not in use yet. */
export const publicKeysOf = ({ keys }: Identity): readonly PublishedKey[] =>
  keys.map(({ key_id, seed, chain, valid_until, created_at }) => {
    const bytes = bytesFromHex(seed, 32);
    const signer = signerFromSeed(bytes);
    wipe(bytes);
    const { publicKey } = signer;
    signer.wipe();
    return { key_id, public_key: publicKey, valid_until, created_at, chain: chain ?? null };
  });
