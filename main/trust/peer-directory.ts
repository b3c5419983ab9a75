import type { ServerKind } from '../../shared/api/views/peer-views.ts';
import type { Extension } from '../../shared/protocol/extensions.ts';
import type { Callee } from '../client/federation-client.ts';
import type { Standing, Tell } from '../facts.ts';
import type { Keyring } from '../identity/keyring.ts';
import type { Clock } from '../kernel/ports.ts';
import type { Tables } from '../store/ports.ts';
import type { KeyRow, PeerRow } from '../store/tables/peer-store.ts';
import type { Tx } from '../store/writer.ts';
import { UnansweredCalls } from './contact/unanswered-calls.ts';

const standings = { allow: 'allowed', block: 'blocked', quarantine: 'quarantined', known: 'known' } as const;
/** `last_seen_at` may be this old on disk, because it isn't worth its own commit. */
const seenWriteMs = 60_000;

/** What else is written in the same transaction. */
type Also = (tx: Tx) => void;

/**
 * All servers and keys we know, in memory and saved on every change. Reads cost nothing; a change takes effect
 * immediately and resolves when it is on disk.
 */
export class PeerDirectory {
  readonly #store: Tables<'rooms' | 'peers' | 'peerInvites' | 'sync' | 'writer' | 'onRollback'>;
  readonly #clock: Clock;
  readonly #keyring: Keyring;
  #peers = new Map<string, PeerRow>();
  /** Their names in order; null if one was added or removed since. */
  #inOrder: readonly string[] | null = null;
  #names = new Map<string, string>();
  #keys = new Map<string, Map<string, KeyRow>>();
  /** Counts changes of servers' domains, so that caches of users' servers know when to look again. */
  namesLearnt = 0;
  /** Counts how often memory was reloaded after a failed write, which removes changes that weren't saved. */
  #loads = 0;
  readonly #seenAt = new Map<string, number>();
  readonly #answeredAt = new Map<string, number>();
  readonly #unanswered: UnansweredCalls;
  readonly #tell: Tell;

  constructor(
    store: Tables<'rooms' | 'peers' | 'peerInvites' | 'sync' | 'writer' | 'onRollback'>,
    keyring: Keyring,
    clock: Clock,
    tell: Tell,
  ) {
    this.#store = store;
    this.#keyring = keyring;
    this.#clock = clock;
    this.#tell = tell;
    this.#unanswered = new UnansweredCalls(clock);
    this.#load();
    store.onRollback(() => this.#load());
  }

  #load(): void {
    // If a page is damaged, this throws, and what is remembered stays: a blocked peer must not turn into a stranger.
    const [peers, keys] = [this.#store.peers.peers(), this.#store.peers.keys()];
    this.#loads++;
    this.#peers = new Map();
    this.#inOrder = null;
    this.#names = new Map();
    this.#keys = new Map();
    for (const peer of peers) this.#remember(peer);
    for (const key of keys) this.#rememberKey(key);
  }

  #remember(peer: PeerRow): void {
    const before = this.#peers.get(peer.server_name);
    if (before && before.domain !== peer.domain && this.#names.get(before.domain) === peer.server_name)
      this.#names.delete(before.domain);
    if (!before) this.#inOrder = null;
    this.#peers.set(peer.server_name, peer);
    if (!this.#names.has(peer.domain)) this.#names.set(peer.domain, peer.server_name);
  }

  #rememberKey(key: KeyRow): void {
    const keys = this.#keys.get(key.server_name) ?? new Map<string, KeyRow>();
    keys.set(key.key_id, key);
    this.#keys.set(key.server_name, keys);
  }

  all(): PeerRow[] {
    this.#inOrder ??= [...this.#peers.keys()].sort();
    return this.#inOrder.map((name) => this.#peers.get(name)).filter((peer) => peer !== undefined);
  }

  get(serverName: string): PeerRow | undefined {
    return this.#peers.get(serverName);
  }

  /** The server_name behind a name in identifiers: the name itself, or the server that declares it as its domain. */
  serverOf(nameOrDomain: string): string {
    if (this.#keyring.isSetUp && nameOrDomain === this.#keyring.domain) return this.#keyring.serverName;
    return this.#peers.has(nameOrDomain) ? nameOrDomain : (this.#names.get(nameOrDomain) ?? nameOrDomain);
  }

  /** Whether a server_name is this server's. */
  isUs(serverName: string): boolean {
    return this.#keyring.isSetUp && serverName === this.#keyring.serverName;
  }

  standing(serverName: string): Standing {
    const peer = this.#peers.get(serverName);
    if (!peer) return 'unknown';
    if (
      peer.mode !== 'known' &&
      peer.mode !== 'allow' &&
      peer.until !== null &&
      peer.until <= this.#clock.now()
    )
      // When the block of a server that was never trusted expires, it does not become trusted.
      return peer.endpoint === null ? 'known' : 'allowed';
    return standings[peer.mode];
  }

  /**
   * Another server that already has one of these names; null if there is none. Events are accepted for users of the
   * domain that their origin declares, so no server may declare one that belongs to another.
   */
  claimantOf(serverName: string, domain: string): string | null {
    return this.#claimantsOf(serverName, domain)[0] ?? null;
  }

  /** The same without servers that we only know from others: they give way to an invite and to the owner. */
  rivalOf(serverName: string, domain: string): string | null {
    const claimants = this.#claimantsOf(serverName, domain);
    return claimants.find((name) => this.#peers.get(name)?.mode !== 'known') ?? null;
  }

  /** Forgets servers that we only know from others and that have one of these names. Inside an open transaction. */
  makeRoomWithin(serverName: string, domain: string): void {
    for (const name of this.#claimantsOf(serverName, domain))
      if (this.#peers.get(name)?.mode === 'known') this.forgetWithin(name);
  }

  #claimantsOf(serverName: string, domain: string): string[] {
    const keyring = this.#keyring;
    const taken = (name: string) => name === serverName || name === domain;
    const own = keyring.isSetUp && (taken(keyring.serverName) || taken(keyring.domain));
    const others = [...this.#peers.values()].filter(
      (peer) => peer.server_name !== serverName && (taken(peer.server_name) || taken(peer.domain)),
    );
    return [...(own ? [keyring.serverName] : []), ...others.map((peer) => peer.server_name)];
  }

  /**
   * Whether to use an extension with it: its discovery document lists it, and it hasn't just failed to answer it. False for
   * a server whose document has not been read yet.
   */
  answers(serverName: string, extension: Extension): boolean {
    const listed = this.#peers.get(serverName)?.extensions?.split(' ').includes(extension) ?? false;
    return listed && !this.#unanswered.isLeftOut(serverName, extension);
  }

  /** The response was not an answer to this extension (a web page, missing fields), so it isn't used for a while. */
  noteUnanswered(serverName: string, extension: Extension): void {
    if (!this.answers(serverName, extension)) return;
    this.#unanswered.note(serverName, extension);
    this.#tell({ fact: 'extensions-doubted', server: serverName });
  }

  noteAnswered(serverName: string, extension: Extension): void {
    this.#unanswered.clear(serverName, extension);
  }

  /** A Paracord Node, or another server with extensions; null if not known yet. */
  isOfOurKind(serverName: string): boolean | null {
    const extensions = this.#peers.get(serverName)?.extensions ?? null;
    return extensions === null ? null : extensions !== '';
  }

  kindOf(serverName: string): ServerKind {
    if (this.isUs(serverName)) return 'paracord-node';
    const isOfOurKind = this.isOfOurKind(serverName);
    if (isOfOurKind === null) return 'unknown';
    return isOfOurKind ? 'paracord-node' : 'other';
  }

  /**
   * Whether it is known to show its users nothing of what others write in its rooms: releases of the existing server
   * before 1.0 (docs/protocol/existing-server.md, "Rooms of its own").
   */
  isOneWay(serverName: string): boolean {
    return this.kindOf(serverName) === 'other' && this.#peers.get(serverName)?.form === 'bare';
  }

  /** Whether a request of it counts only if it says that it is for us. */
  mustAddress(serverName: string): boolean {
    const peer = this.#peers.get(serverName);
    return peer !== undefined && (peer.addresses_us === 1 || isAlwaysAddressed(peer));
  }

  /** It addressed a request to us. */
  noteAddressed(serverName: string): void {
    if (!this.mustAddress(serverName)) this.change(serverName, { addresses_us: 1 }).catch(() => {});
  }

  isAllowed(serverName: string): boolean {
    return this.standing(serverName) === 'allowed';
  }

  /** Its standing, or whether it can be called, may have changed. This affects queued and running traffic at once. */
  tellStanding(serverName: string): void {
    const isCallable = this.#peers.get(serverName)?.endpoint != null;
    const standing = this.standing(serverName);
    this.#tell({ fact: 'standing-changed', server: serverName, standing, isCallable });
  }

  /** It pushed an event. Saved at most once a minute. */
  notePushed(serverName: string): void {
    const peer = this.#peers.get(serverName);
    const now = this.#clock.now();
    if (!peer || (peer.pull_only === 0 && now - (peer.pushed_at ?? 0) < seenWriteMs)) return;
    this.change(serverName, { pushed_at: now, pull_only: 0 }).catch(() => {});
  }

  lastSeenAt(serverName: string): number | null {
    return this.#seenAt.get(serverName) ?? this.#peers.get(serverName)?.last_seen_at ?? null;
  }

  /** A valid signed request came from there, or it answered one of ours, so it knows us. */
  noteSeen(serverName: string): void {
    const now = this.#clock.now();
    this.#seenAt.set(serverName, now);
    const peer = this.#peers.get(serverName);
    if (peer && now - (peer.last_seen_at ?? 0) > seenWriteMs)
      this.change(serverName, { last_seen_at: now }).catch(() => {});
  }

  /** When this server last accepted or answered a call of ours, in this run. */
  reachedAt(serverName: string): number | null {
    return this.#answeredAt.get(serverName) ?? null;
  }

  noteReached(serverName: string): void {
    this.#answeredAt.set(serverName, this.#clock.now());
  }

  /** Takes effect immediately, and is on disk soon, together with what `also` writes. */
  put(peer: PeerRow, also?: Also): Promise<void> {
    const save = this.#place(peer);
    return this.#write(() => this.#remember(peer), save, also);
  }

  /** After another job's write failed, memory was reloaded; then this change is applied to it again. */
  #write(remember: () => void, save: () => void, also: Also = () => {}): Promise<void> {
    const loads = this.#loads;
    return this.#store.writer.write((tx) => {
      if (this.#loads !== loads) remember();
      save();
      also(tx);
    });
  }

  /** The same inside an open transaction: saved with the rest of it, or not at all. */
  putWithin(peer: PeerRow): void {
    this.#place(peer)();
  }

  #place(peer: PeerRow): () => void {
    this.#remember(peer);
    const { peers, rooms } = this.#store;
    return () => {
      // Memory may know the domain already, from a change whose write failed.
      const isNewName = peer.domain !== peer.server_name && peers.domainOf(peer.server_name) !== peer.domain;
      peers.put(peer);
      if (!isNewName) return;
      // Members whose IDs had a domain that no known server declared belong to this server.
      rooms.moveMembers(peer.domain, peer.server_name);
      this.namesLearnt++;
    };
  }

  change(serverName: string, change: Partial<PeerRow>, also?: Also): Promise<void> {
    const peer = this.#peers.get(serverName);
    if (!peer) return Promise.resolve();
    return this.put({ ...peer, ...change }, also);
  }

  /** Forgets the server, its keys, how far we have read there, and that it used an invite. */
  forget(serverName: string, also?: Also): Promise<void> {
    this.#drop(serverName);
    return this.#write(
      () => this.#drop(serverName),
      () => this.#removeRows(serverName),
      also,
    );
  }

  /** The same inside an open transaction. */
  forgetWithin(serverName: string): void {
    this.#drop(serverName);
    this.#removeRows(serverName);
  }

  #drop(serverName: string): void {
    this.#keys.delete(serverName);
    this.#peers.delete(serverName);
    this.#inOrder = null;
    this.#seenAt.delete(serverName);
    this.#answeredAt.delete(serverName);
    this.#unanswered.forget(serverName);
    for (const [domain, name] of this.#names) if (name === serverName) this.#names.delete(domain);
  }

  #removeRows(serverName: string): void {
    this.#store.peers.remove(serverName);
    this.#store.sync.forget(serverName);
    this.#store.peerInvites.forgetServer(serverName);
  }

  keysOf(serverName: string): KeyRow[] {
    return [...(this.#keys.get(serverName)?.values() ?? [])];
  }

  key(serverName: string, keyId: string): KeyRow | undefined {
    return this.#keys.get(serverName)?.get(keyId);
  }

  putKeys(keys: readonly KeyRow[], also?: Also): Promise<void> {
    const remember = () => {
      for (const key of keys) this.#rememberKey(key);
    };
    remember();
    return this.#write(remember, () => this.#saveKeys(keys), also);
  }

  /** The same inside an open transaction. */
  putKeysWithin(keys: readonly KeyRow[]): void {
    for (const key of keys) this.#rememberKey(key);
    this.#saveKeys(keys);
  }

  #saveKeys(keys: readonly KeyRow[]): void {
    for (const key of keys) this.#store.peers.putKey(key);
  }
}

/** A server that we only know from others. */
export function newPeer(serverName: string, domain: string, now: number): PeerRow {
  return {
    server_name: serverName,
    domain,
    endpoint: null,
    endpoint_by_owner: 0,
    mode: 'known',
    reason: null,
    until: null,
    requests_per_minute: null,
    burst: null,
    tls_sha256: null,
    known_through: null,
    last_seen_at: null,
    pushed_at: null,
    pull_only: 0,
    keys_read_at: null,
    added_at: now,
    extensions: null,
    discovered_at: null,
    form: null,
    destination: null,
    form_before: null,
    form_since: null,
    addresses_us: 0,
    proved_key: null,
    proved_at: null,
  };
}

/** How to call a peer; null if it can't be called. */
export function calleeOf(peer: PeerRow): Callee | null {
  if (peer.endpoint === null) return null;
  return {
    endpoint: peer.endpoint,
    policy: { byOwner: peer.endpoint_by_owner === 1, tlsSha256: peer.tls_sha256 },
    server: peer.server_name,
    ...(isAlwaysAddressed(peer)
      ? { destination: peer.server_name }
      : {
          // Only a form that was proved: a request in the bare form says to nobody for whom it is.
          ...(peer.form === null ? {} : { destination: peer.destination }),
          learns: true,
          keyId: peer.proved_key,
        }),
  };
}

/** A server that speaks only the addressed form: a Paracord Node. */
export const isAlwaysAddressed = ({ extensions }: Pick<PeerRow, 'extensions'>): boolean =>
  extensions?.split(' ').includes('destination' satisfies Extension) ?? false;
