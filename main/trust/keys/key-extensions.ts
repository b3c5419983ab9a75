import type { ServerKeys } from '../../../shared/protocol/bodies.ts';
import type { FederationClient } from '../../client/federation-client.ts';
import { tuning } from '../../config.ts';
import type { Tell } from '../../facts.ts';
import type { Log } from '../../kernel/log.ts';
import type { Clock } from '../../kernel/ports.ts';
import { every } from '../../kernel/timers.ts';
import type { Settings } from '../../settings.ts';
import type { KeyRow, PeerRow } from '../../store/tables/peer-store.ts';
import { fetchKeys } from '../discovery/discovery.ts';
import type { PeerDirectory } from '../peer-directory.ts';
import { calleeOf } from '../peer-rows.ts';
import type { KeyPins } from './key-pins.ts';
import {
  acceptedUntil,
  aheadMs,
  currentKey,
  extensionMs,
  keyToExtend,
  lineTo,
  type NotExtended,
  obstacle,
} from './key-validity.ts';

const lookMs = 10 * 60_000;

interface KeyExtensionsDeps {
  readonly directory: PeerDirectory;
  readonly pins: Pick<KeyPins, 'pin'>;
  readonly client: FederationClient;
  readonly clock: Clock;
  readonly log: Log;
  readonly settings: Pick<Settings, 'get'>;
  readonly tell: Tell;
}

/**
 * Extends keys that peers still use after they have expired, by one day at a time: shortly before they stop being
 * accepted, or when one is used that already has. `key-validity.ts` decides.
 */
export class KeyExtensions {
  readonly #deps: KeyExtensionsDeps;
  readonly #running = new Map<string, Promise<void>>();
  /** When a server was last asked about, so that made-up requests don't make us ask each time. */
  readonly #askedAt = new Map<string, number>();
  /** Why an answer last changed nothing. */
  readonly #failed = new Map<string, NotExtended | null>();
  /** Servers with something refused because of an expired key, since the last extension. */
  readonly #refused = new Set<string>();
  #cancel: (() => void) | null = null;

  constructor(deps: KeyExtensionsDeps) {
    this.#deps = deps;
  }

  start(): void {
    const { clock, log } = this.#deps;
    const onError = (error: unknown) => log.error({ err: error }, 'keys could not be extended');
    this.#cancel ??= every(clock, lookMs, () => this.look(), onError);
    this.look().catch(onError);
  }

  async stop(): Promise<void> {
    this.#cancel?.();
    this.#cancel = null;
    await Promise.allSettled(this.#running.values());
  }

  /** Extends what expires soon, for all peers. */
  async look(): Promise<void> {
    const due = this.#deps.directory.all().filter((peer) => this.#isDue(peer));
    await Promise.all(due.map((peer) => this.#attempt(peer)));
  }

  /** This peer is new, or allowed again. */
  check(server: string): void {
    const peer = this.#deps.directory.get(server);
    if (this.#cancel === null || !peer || !this.#isDue(peer)) return;
    this.#attempt(peer).catch((error: unknown) =>
      this.#deps.log.error({ err: error, peer: server }, 'its key could not be extended'),
    );
  }

  #isDue({ server_name }: PeerRow): boolean {
    const { directory, clock } = this.#deps;
    const key = currentKey(directory.keysOf(server_name));
    return key !== null && acceptedUntil(key) <= clock.now() + aheadMs && this.#isTrusted(server_name);
  }

  /** A key of this server was used that is no longer accepted. When this resolves, it may have been extended. */
  async used(server: string): Promise<void> {
    const { directory, clock } = this.#deps;
    // An attempt may be older than the expiry: the computer can have slept since it began.
    for (let running = this.#running.get(server); running; running = this.#running.get(server)) await running;
    const last = this.#askedAt.get(server) ?? Number.NEGATIVE_INFINITY;
    const peer = directory.get(server);
    if (!peer || Math.abs(clock.now() - last) < tuning.keyReadGapMs) return;
    if (this.#isTrusted(server)) await this.#attempt(peer);
  }

  /** Something of this server was refused because its key has expired. */
  noteRefused(server: string): void {
    this.#refused.add(server);
  }

  get #isOn(): boolean {
    return this.#deps.settings.get().extend_keys;
  }

  /** Why an expired key of this peer has not been extended; `null` if that is not known yet. */
  why(peer: PeerRow): NotExtended | null {
    const stop = obstacle({ isOn: this.#isOn, line: lineOf(peer) });
    return stop ?? this.#failed.get(peer.server_name) ?? null;
  }

  #isTrusted(server: string): boolean {
    const standing = this.#deps.directory.standing(server);
    return standing === 'allowed' || standing === 'quarantined';
  }

  #attempt(peer: PeerRow): Promise<void> {
    const name = peer.server_name;
    const running = this.#running.get(name);
    if (running) return running;
    const attempt = this.#tryExtend(peer).finally(() => this.#running.delete(name));
    this.#running.set(name, attempt);
    return attempt;
  }

  async #tryExtend(peer: PeerRow): Promise<void> {
    const { directory, clock, tell } = this.#deps;
    const name = peer.server_name;
    this.#askedAt.set(name, clock.now());
    const published =
      obstacle({ isOn: this.#isOn, line: lineOf(peer) }) === null ? await this.#read(peer) : null;
    const now = clock.now();
    const pinned = directory.keysOf(name);
    const withdrawn = published === null ? [] : withdrawnKeys(pinned, published, now);
    if (withdrawn.length > 0) await directory.putKeys(withdrawn);
    const key = keyToExtend({ now, isOn: this.#isOn, line: lineOf(peer), pinned, published });
    if (key === null || typeof key === 'string') {
      const isNews = withdrawn.length > 0 || this.#failed.get(name) !== key;
      this.#failed.set(name, key);
      if (isNews) tell({ fact: 'peer-changed', server: name });
      return;
    }
    this.#failed.delete(name);
    const missed = this.#refused.delete(name) || (key.extended_at === null && key.valid_until < now);
    const extended_until = Math.max(now, acceptedUntil(key)) + extensionMs;
    await directory.putKeys([{ ...key, extended_at: now, extended_until }], (tx) =>
      tx.afterCommit(() => tell({ fact: 'key-extended', server: name, missed })),
    );
  }

  /**
   * The keys its endpoint serves right now, pinned; `null` without an answer, or if the peer has been replaced since.
   */
  async #read(peer: PeerRow): Promise<ServerKeys['keys'] | null> {
    const { client, directory, pins, log } = this.#deps;
    const name = peer.server_name;
    const callee = calleeOf(peer);
    if (!callee) return null;
    try {
      const { keys: published } = await fetchKeys(client, callee, name);
      const now = directory.get(name);
      if (now?.endpoint !== peer.endpoint || now.tls_sha256 !== peer.tls_sha256) return null;
      await pins.pin(name, published);
      return published;
    } catch (error) {
      log.info({ peer: name, err: (error as Error).message }, 'its keys could not be read to extend them');
      return null;
    }
  }
}

const lineOf = ({ endpoint, tls_sha256 }: PeerRow) =>
  endpoint === null ? null : lineTo(endpoint, tls_sha256);

/** A key that was extended by the day, and is no longer served, is no longer accepted. */
const withdrawnKeys = (pinned: readonly KeyRow[], published: ServerKeys['keys'], now: number): KeyRow[] =>
  pinned
    .filter(
      ({ key_id, public_key, extended_until }) =>
        extended_until !== null &&
        extended_until > now &&
        !published.some((key) => key.key_id === key_id && key.public_key === public_key),
    )
    .map((key) => ({ ...key, extended_until: now }));
