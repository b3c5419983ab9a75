import type { ServerKind } from '../../shared/api/views/peer-views.ts';
import type { Extension } from '../../shared/protocol/extensions.ts';
import { limits } from '../../shared/protocol/limits.ts';
import type { Standing, Tell } from '../facts.ts';
import type { Keyring } from '../identity/keyring.ts';
import type { Clock } from '../kernel/ports.ts';
import type { Tables } from '../store/ports.ts';
import { type KeyRow, newPeer, type PeerRow } from '../store/tables/peer-store.ts';
import type { Tx } from '../store/writer.ts';
import { UnansweredCalls } from './contact/unanswered-calls.ts';
import { homeSource, KnownKeys, ToldServers } from './keys/known-keys.ts';
import { isAlwaysAddressed } from './peer-rows.ts';

const standings = { allow: 'allowed', block: 'blocked', quarantine: 'quarantined', known: 'known' } as const;
/** `last_seen_at` may be this old on disk, because it isn't worth its own commit. */
const seenWriteMs = 60_000;

/** Writes something else in the same transaction. */
type Also = (tx: Tx) => void;

/**
 * All servers we know, and the keys of those that were looked for, in memory and saved on every change. Reads cost
 * nothing; a change takes effect immediately and resolves when it is on disk.
 */
export class PeerDirectory {
  readonly #store: Tables<
    'rooms' | 'peers' | 'peerInvites' | 'acceptances' | 'sync' | 'writer' | 'onRollback'
  >;
  readonly #clock: Clock;
  readonly #keyring: Keyring;
  #peers = new Map<string, PeerRow>();
  /** The names of all servers in order; null if one was added or removed since. */
  #inOrder: readonly string[] | null = null;
  #names = new Map<string, string>();
  readonly #strict = new Set<string>();
  /** The keys of ours that servers of another kind were seen to accept, by server. */
  readonly #proved = new Map<string, string>();
  readonly #keys: KnownKeys;
  readonly #told = new ToldServers();
  /** Counts changes of servers' domains, so that caches of users' servers know when to look again. */
  namesLearnt = 0;
  /** Counts how often memory was reloaded after a failed write, which removes changes that weren't saved. */
  #loads = 0;
  readonly #seenAt = new Map<string, number>();
  readonly #answeredAt = new Map<string, number>();
  readonly #unanswered: UnansweredCalls;
  readonly #tell: Tell;

  constructor(
    store: Tables<'rooms' | 'peers' | 'peerInvites' | 'acceptances' | 'sync' | 'writer' | 'onRollback'>,
    keyring: Keyring,
    clock: Clock,
    tell: Tell,
  ) {
    this.#store = store;
    this.#keyring = keyring;
    this.#clock = clock;
    this.#tell = tell;
    this.#unanswered = new UnansweredCalls(clock);
    this.#keys = new KnownKeys(store);
    this.#load();
    store.onRollback(() => this.#load());
  }

  #load(): void {
    // If a page is damaged, this throws, and memory stays as it is: a blocked peer must not turn into a stranger.
    const [peers, told] = [this.#store.peers.peers(), this.#store.peers.told()];
    this.#loads++;
    this.#peers = new Map();
    this.#strict.clear();
    this.#proved.clear();
    this.#inOrder = null;
    this.#names = new Map();
    this.#keys.forgetAll();
    for (const peer of peers) this.#remember(peer);
    this.#told.load(told);
  }

  #remember(peer: PeerRow): void {
    const before = this.#peers.get(peer.server_name);
    if (before && before.domain !== peer.domain && this.#names.get(before.domain) === peer.server_name)
      this.#names.delete(before.domain);
    if (!before) this.#inOrder = null;
    this.#peers.set(peer.server_name, peer);
    if (peer.form === 'addressed' && peer.extensions === '') this.#strict.add(peer.server_name);
    else this.#strict.delete(peer.server_name);
    if (peer.proved_key === null) this.#proved.delete(peer.server_name);
    else this.#proved.set(peer.server_name, peer.proved_key);
    if (!this.#names.has(peer.domain)) this.#names.set(peer.domain, peer.server_name);
  }

  all(): PeerRow[] {
    this.#inOrder ??= [...this.#peers.keys()].sort();
    return this.#inOrder.map((name) => this.#peers.get(name)).filter((peer) => peer !== undefined);
  }

  get(serverName: string): PeerRow | undefined {
    return this.#peers.get(serverName);
  }

  /** The server_name behind a name in identifiers: the name itself, or the server that declares it as its domain. */
  serverOf(nameOrDomain: string, home: string | null = null): string {
    if (this.#keyring.isSetUp && nameOrDomain === this.#keyring.domain) return this.#keyring.serverName;
    if (this.#isNoHearsay(nameOrDomain)) return nameOrDomain;
    const declared = this.#names.get(nameOrDomain);
    if (declared !== undefined && this.#isNoHearsay(declared)) return declared;
    return (home === null ? undefined : this.#told.serverOf(home, nameOrDomain)) ?? nameOrDomain;
  }

  #isNoHearsay(serverName: string): boolean {
    const mode = this.#peers.get(serverName)?.mode;
    return mode !== undefined && mode !== 'known';
  }

  /** The domain of a server, as a room's home says; undefined if the home doesn't vouch for it. */
  toldDomain(home: string, serverName: string): string | undefined {
    const domain = this.#told.by(home).get(serverName);
    // A server may have become a peer under that name since.
    const isTaken = domain !== undefined && domain !== serverName && this.#isClaimed(domain);
    return isTaken ? serverName : domain;
  }

  #isClaimed(name: string): boolean {
    return this.serverOf(name) !== name || this.#isNoHearsay(name) || name === this.#ownName;
  }

  get #ownName(): string | null {
    return this.#keyring.isSetUp ? this.#keyring.serverName : null;
  }

  /** A key of a server, as a room's home says. */
  toldKey(home: string, serverName: string, keyId: string): KeyRow | undefined {
    const source = homeSource(home);
    return this.#keys.of(serverName).find((key) => key.source === source && key.key_id === keyId);
  }

  /** The keys of a server as homes tell them. */
  toldKeys(serverName: string): KeyRow[] {
    return this.#keys.of(serverName).filter(({ domain }) => domain !== null);
  }

  /**
   * Stores what a home says about a server: `keys` replace `gone`. Of the servers that one home vouches for, the first
   * ones give way to new ones.
   */
  putTold(
    home: string,
    serverName: string,
    domain: string,
    keys: readonly KeyRow[],
    gone: readonly KeyRow[],
  ): Promise<void> {
    const told = this.#told.by(home);
    const isNewName = told.get(serverName) !== domain;
    const [oldest] = told.size >= limits.toldServersMax && !told.has(serverName) ? told.keys() : [];
    const source = homeSource(home);
    const left = oldest === undefined ? [] : this.#keys.of(oldest).filter((key) => key.source === source);
    const remember = () => {
      if (oldest !== undefined) this.#told.delete(home, oldest);
      this.#told.set(home, serverName, domain);
      this.#keys.put(keys, [...gone, ...left]);
    };
    const known = this.#peers.get(serverName) ?? {
      ...newPeer(serverName, serverName),
      known_through: home,
    };
    remember();
    const placed = this.#peers.has(serverName) ? () => {} : this.#place(known);
    return this.#write(
      () => {
        remember();
        this.#remember(known);
      },
      () => {
        placed();
        this.#keys.save(keys, [...gone, ...left]);
        if (isNewName && domain !== serverName) {
          // Members whose IDs had a domain that no known server declared belong to this server, in this home's rooms.
          this.#store.rooms.moveMembers(domain, serverName, home);
          this.namesLearnt++;
        }
        if (oldest !== undefined) this.#forgetUntold(oldest);
      },
    );
  }

  /** Inside an open transaction: forgets a server that no home vouches for any more. */
  #forgetUntold(serverName: string): void {
    if (this.#peers.get(serverName)?.mode !== 'known') return;
    const through = this.#told.homeOf(serverName);
    if (through === undefined) this.forgetWithin(serverName);
    else this.putWithin({ ...(this.#peers.get(serverName) as PeerRow), known_through: through });
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
      // A server that was never trusted does not become trusted.
      return standings[peer.mode_after ?? 'known'];
    return standings[peer.mode];
  }

  /**
   * Another server that already has one of these names; null without one. Events are accepted for users of the
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

  /**
   * An existing server that refuses what is older than a week or ahead of its clock, and drops texts of more than 2000
   * bytes: it takes the addressed form. Those before accept such events and show long texts in full.
   */
  isStrict(serverName: string): boolean {
    return this.#strict.has(serverName);
  }

  /** All of them; there are few, and a message looks for them in its room. */
  strictServers(): ReadonlySet<string> {
    return this.#strict;
  }

  /** Keys of ours with which some server still verifies what we sign: it hasn't been given the active one yet. */
  ownKeysInUse(): ReadonlySet<string> {
    return new Set(this.#proved.values());
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

  /** Notes that a server addressed a request to us. */
  noteAddressed(serverName: string): void {
    if (!this.mustAddress(serverName)) this.change(serverName, { addresses_us: 1 }).catch(() => {});
  }

  isAllowed(serverName: string): boolean {
    return this.standing(serverName) === 'allowed';
  }

  /** Announces that a server's standing, or whether it can be called, may have changed. Traffic follows at once. */
  tellStanding(serverName: string): void {
    const isCallable = this.#peers.get(serverName)?.endpoint != null;
    const standing = this.standing(serverName);
    this.#tell({ fact: 'standing-changed', server: serverName, standing, isCallable });
  }

  /** Notes that a server pushed an event. Saves it at most once a minute. */
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

  /** Reads everything there again, because the server started over. Inside an open transaction. */
  readAnewWithin(serverName: string): void {
    this.#store.sync.forget(serverName);
  }

  #drop(serverName: string): void {
    this.#told.drop(serverName);
    this.#keys.drop(serverName);
    this.#peers.delete(serverName);
    this.#strict.delete(serverName);
    this.#proved.delete(serverName);
    this.#inOrder = null;
    this.#seenAt.delete(serverName);
    this.#answeredAt.delete(serverName);
    this.#unanswered.forget(serverName);
    for (const [domain, name] of this.#names) if (name === serverName) this.#names.delete(domain);
  }

  #removeRows(serverName: string): void {
    this.#store.peers.remove(serverName);
    this.#keys.forget(serverName);
    this.#store.sync.forget(serverName);
    this.#store.peerInvites.forgetServer(serverName);
    this.#store.acceptances.removeOf(serverName);
  }

  /** The keys that the server itself tells, newest first. */
  keysOf(serverName: string): KeyRow[] {
    return this.#keys.of(serverName).filter(({ domain }) => domain === null);
  }

  key(serverName: string, keyId: string): KeyRow | undefined {
    return this.#keys.of(serverName).find(({ key_id, domain }) => key_id === keyId && domain === null);
  }

  /** `gone`: keys that are forgotten in return. */
  putKeys(keys: readonly KeyRow[], also?: Also, gone: readonly KeyRow[] = []): Promise<void> {
    const remember = () => this.#keys.put(keys, gone);
    remember();
    return this.#write(remember, () => this.#keys.save(keys, gone), also);
  }

  /** The same inside an open transaction. */
  putKeysWithin(keys: readonly KeyRow[], gone: readonly KeyRow[] = []): void {
    this.#keys.put(keys, gone);
    this.#keys.save(keys, gone);
  }
}
