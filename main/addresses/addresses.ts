import type { FederationClient } from '../client/federation-client.ts';
import { fieldIn, isRefusal } from '../client/http.ts';
import type { Tell } from '../facts.ts';
import type { Keyring } from '../identity/keyring.ts';
import type { Log } from '../kernel/log.ts';
import type { Clock } from '../kernel/ports.ts';
import type { Tables } from '../store/ports.ts';
import type { PeerRow } from '../store/tables/peer-store.ts';
import type { PeerDirectory } from '../trust/peer-directory.ts';
import { calleeOf } from '../trust/peer-rows.ts';
import type { FindOwnAddress } from './own-address.ts';

/**
 * The last address of ours that a peer was notified of. `by_hand`: it can't be, so its owner has to change the address.
 */
type Announcement = readonly [address: string, how: 'told' | 'by_hand'];
/** The peer may know an old address, but not the current one. */
const unknown: Announcement = ['', 'told'];
const metaKey = 'address_told';
const againMs = 5 * 60_000;

interface AddressAnnouncerDeps {
  readonly store: Tables<'meta' | 'writer' | 'onRollback'>;
  readonly directory: PeerDirectory;
  readonly keyring: Keyring;
  readonly client: FederationClient;
  readonly clock: Clock;
  readonly log: Log;
  readonly ownAddress: FindOwnAddress;
  readonly tell: Tell;
}

/** Notifies peers when our address changes. */
export class AddressAnnouncer {
  readonly #deps: AddressAnnouncerDeps;
  /** Kept in memory, and saved on every change. */
  #told = new Map<string, Announcement>();
  /**
   * Peers that could not be notified, and at which address. Retried after a pause, when an address changes, or when the
   * peer is back.
   */
  readonly #failed = new Map<string, string>();
  #cancelPause: (() => void) | null = null;
  #running: Promise<void> | null = null;
  #isWanted = false;
  #ending = new AbortController();

  constructor(deps: AddressAnnouncerDeps) {
    this.#deps = deps;
    this.#ending.abort();
    this.#load();
    deps.store.onRollback(() => this.#load());
  }

  #load(): void {
    this.#told = new Map(JSON.parse(this.#deps.store.meta.get(metaKey) ?? '[]'));
  }

  start(): void {
    this.#ending = new AbortController();
    for (const [server, [, how]] of this.#told) {
      if (!this.#deps.directory.get(server)) this.#told.delete(server);
      // The peer may have been updated since, and accept today what it didn't know before.
      else if (how === 'by_hand') this.#told.set(server, unknown);
    }
    this.announce();
  }

  async stop(): Promise<void> {
    this.#ending.abort();
    this.#cancelPause?.();
    this.#cancelPause = null;
    await this.#running;
  }

  /**
   * Our address or a peer may be new. Notifies every peer that doesn't know our address yet, and retries until it does.
   */
  announce(): void {
    if (this.#ending.signal.aborted) return;
    this.#isWanted = true;
    this.#running ??= this.#tellAll()
      .catch((error: unknown) => {
        this.#deps.log.error({ err: error }, 'could not report our address to all peers');
        this.#pause();
      })
      .finally(() => {
        this.#running = null;
        if (this.#isWanted) this.announce();
      });
  }

  /** Forgets a peer. If it comes back, it is a new one, and has been given our address. */
  forget(server: string): void {
    this.#failed.delete(server);
    if (this.#told.delete(server)) this.#save().catch(() => {});
  }

  /** A peer says that it has no address of ours, or an old one. It gets a new notice. */
  isUnknownTo(server: string): void {
    if (!this.#told.has(server)) return;
    this.#told.set(server, unknown);
    this.#failed.delete(server);
    this.announce();
  }

  /** A peer is back. If it could not be notified before, it is notified now. */
  heardFrom(server: string): void {
    if (this.#failed.delete(server)) this.announce();
  }

  /** A peer supports other calls than before, so one that had to be updated by hand may be notified now. */
  answersAnew(server: string): void {
    const isByHand = this.#told.get(server)?.[1] === 'by_hand';
    if (!isByHand || !this.#deps.directory.answers(server, 'peers.address')) return;
    this.#told.set(server, ['', 'by_hand']);
    this.announce();
  }

  /** Peers that could not be notified yet, and are retried automatically. */
  untold(): string[] {
    if (this.#failed.size === 0) return [];
    return this.#peers()
      .filter((peer) => this.#failed.has(peer.server_name) && this.#isUntold(peer))
      .map((peer) => peer.server_name);
  }

  /**
   * Peers whose owners must change our address by hand, because the peer doesn't support the call or can't be called at
   * all. If we have no address, those that still know an old one.
   */
  toTellByHand(): string[] {
    const isByHand = (peer: PeerRow): boolean => {
      const own = this.#own(peer);
      const [address, how] = this.#told.get(peer.server_name) ?? [own, 'told'];
      if (this.#deps.ownAddress(peer.endpoint).endpoint === null) return address !== own;
      return address === own ? how === 'by_hand' : peer.endpoint === null;
    };
    return this.#peers()
      .filter(isByHand)
      .map((peer) => peer.server_name);
  }

  /**
   * A peer that calls us at our address knows it. `host` is the request's Host header, which a proxy passes on
   * unchanged. `scheme` is what the caller used, if a proxy says so; otherwise it is assumed to be ours.
   */
  calledAt(server: string, host: string, scheme: string | undefined): void {
    const before = this.#told.get(server);
    if (!before) return;
    const peer = this.#deps.directory.get(server);
    if (!peer) return;
    const { endpoint } = this.#deps.ownAddress(peer.endpoint);
    const own = this.#own(peer);
    if (endpoint === null || (before[0] === own && before[1] === 'told')) return;
    const { protocol, origin } = new URL(endpoint);
    if (URL.parse(`${scheme ?? protocol.slice(0, -1)}://${host}`)?.origin !== origin) return;
    this.#told.set(server, [own, 'told']);
    this.#save(true).catch(() => {});
  }

  /** Repeats until no new round was requested in the meantime. */
  async #tellAll(): Promise<void> {
    while (this.#isWanted && !this.#ending.signal.aborted) {
      this.#isWanted = false;
      await this.#tellWhoHasNotHeard();
    }
  }

  async #tellWhoHasNotHeard(): Promise<void> {
    const { directory, keyring, log } = this.#deps;
    if (!keyring.isSetUp) return;
    // A server that just became a peer was given our address, or its owner typed it.
    const fresh = this.#peers().filter((peer) => !this.#told.has(peer.server_name));
    for (const peer of fresh) this.#told.set(peer.server_name, [this.#own(peer), 'told']);
    if (fresh.length > 0) await this.#save();
    const unheard = this.#peers().flatMap((peer) =>
      this.#isToBeTold(peer) ? [{ peer, own: this.#own(peer) }] : [],
    );
    let news = 0;
    const results = await Promise.allSettled(unheard.map(({ peer }) => this.#tell(peer)));
    for (const [i, { peer, own }] of unheard.entries()) {
      const result = results[i]!;
      if (result.status === 'rejected')
        log.error({ err: result.reason, peer: peer.server_name }, 'could not report our address');
      const how = result.status === 'fulfilled' ? result.value : null;
      // In the meantime the peer was forgotten, or called us at our address.
      if (!directory.get(peer.server_name) || this.#told.get(peer.server_name)?.[0] === own) continue;
      if (how === null) this.#failed.set(peer.server_name, attemptOf(peer, own));
      else {
        this.#told.set(peer.server_name, [own, how]);
        news++;
      }
    }
    if (this.#failed.size > 0) this.#pause();
    if (news > 0) await this.#save(true);
  }

  #pause(): void {
    if (this.#ending.signal.aborted) return;
    this.#cancelPause ??= this.#deps.clock.after(againMs, () => {
      this.#cancelPause = null;
      this.#failed.clear();
      this.announce();
    });
  }

  #isUntold(peer: PeerRow): boolean {
    return this.#told.get(peer.server_name)?.[0] !== this.#own(peer);
  }

  #isToBeTold(peer: PeerRow): boolean {
    return (
      peer.endpoint !== null &&
      this.#deps.ownAddress(peer.endpoint).endpoint !== null &&
      this.#isUntold(peer) &&
      this.#failed.get(peer.server_name) !== attemptOf(peer, this.#own(peer))
    );
  }

  /** `null` if it has to be retried. */
  async #tell(peer: PeerRow): Promise<Announcement[1] | null> {
    const { directory } = this.#deps;
    const name = peer.server_name;
    const callee = calleeOf(peer);
    // Peers that have not been checked yet will be soon.
    if (!callee || directory.isOfOurKind(name) === null) return null;
    if (!directory.answers(name, 'peers.address')) return 'by_hand';
    const { endpoint, tlsSha256 } = this.#deps.ownAddress(peer.endpoint);
    const body = JSON.stringify({ endpoint, ...(tlsSha256 === null ? {} : { tls_sha256: tlsSha256 }) });
    const { signal } = this.#ending;
    const answer = await this.#deps.client.call(callee, {
      method: 'POST',
      path: '/peers/address',
      body,
      signal,
    });
    if (answer.kind !== 'answer') return null;
    if (answer.status === 200 && fieldIn(answer.body, 'accepted') === true) {
      directory.noteAnswered(name, 'peers.address');
      return 'told';
    }
    const isUnknown = answer.status === 200 || answer.status === 404 || answer.status === 405;
    if (isUnknown) directory.noteUnanswered(name, 'peers.address');
    // The peer doesn't support the call, or doesn't accept such an address from us. A web page may be a proxy's.
    return isRefusal(answer.body) && (isUnknown || answer.status === 400) ? 'by_hand' : null;
  }

  #peers(): PeerRow[] {
    const { directory } = this.#deps;
    return directory.all().filter((peer) => directory.isAllowed(peer.server_name));
  }

  #own(peer: PeerRow): string {
    const { endpoint, tlsSha256 } = this.#deps.ownAddress(peer.endpoint);
    return `${endpoint} ${tlsSha256 ?? ''}`;
  }

  /** `isNews`: a peer now knows our address, or can't be notified. */
  async #save(isNews = false): Promise<void> {
    const { store, tell } = this.#deps;
    await store.writer.write((tx) => {
      store.meta.put(metaKey, JSON.stringify([...this.#told]));
      if (isNews) tx.afterCommit(() => tell({ fact: 'node-changed' }));
    });
  }
}

/** Identifies an attempt by our address and the peer's. */
const attemptOf = (peer: PeerRow, own: string): string => `${own} ${peer.endpoint} ${peer.tls_sha256}`;
