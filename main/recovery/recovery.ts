import * as v from 'valibot';
import { refusal } from '../../shared/words/refusal.ts';
import { said } from '../../shared/words/said.ts';
import type { FederationClient } from '../client/federation-client.ts';
import type { RoomRegistry } from '../events/projection/room-registry.ts';
import type { Tell } from '../facts.ts';
import type { Keyring } from '../identity/keyring.ts';
import { restoredAt } from '../identity/life.ts';
import type { Log } from '../kernel/log.ts';
import type { Clock } from '../kernel/ports.ts';
import { every } from '../kernel/timers.ts';
import type { IdGenerator } from '../rooms/id-generator.ts';
import type { Tables } from '../store/ports.ts';
import type { PeerDirectory } from '../trust/peer-directory.ts';
import { calleeOf } from '../trust/peer-rows.ts';
import type { AdoptedRoom, Adopting } from './adopting.ts';
import { type RecallAnswer, recallFrom } from './asking.ts';
import { askAgainMs, holdMsMax, type MemberServer, mayWrite, recoveryMsMax } from './judge.ts';
import type { OwnEvents } from './own-events.ts';
import { PeerAnswers } from './peer-answers.ts';
import type { WriteHold } from './write-hold.ts';

const Begun = v.object({
  at: v.number(),
  why: v.picklist(['restored', 'recovered', 'asked']),
  /** The latest time until which nothing is written in rooms on hold, unix ms; 0 once that has passed. */
  hold_until: v.number(),
  /** The last sequence number before it. */
  seq: v.number(),
  /** The owner has seen what came back, or only asked again: unix ms. */
  finished_at: v.nullable(v.number()),
});
type Begun = v.InferOutput<typeof Begun>;

const begunKey = 'recovery';
const tickMs = 5_000;
/** An older restore, from before this program could recover data, is left alone. */
const restoreMsMax = 86_400_000;
/** A discovery document that was read this long before the start counts as read since. */
const discoverySlackMs = 60_000;

export interface RecoveryDeps {
  readonly store: Tables<'meta' | 'events' | 'rooms' | 'peers' | 'recovery' | 'writer'>;
  readonly keyring: Keyring;
  readonly directory: PeerDirectory;
  readonly registry: RoomRegistry;
  readonly client: FederationClient;
  readonly adopting: Adopting;
  readonly ownEvents: OwnEvents;
  readonly hold: WriteHold;
  readonly ids: Pick<IdGenerator, 'after'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly tell: Tell;
}

interface Asking {
  running: Promise<void> | null;
  failures: number;
  dueAt: number;
}

interface Unreached {
  /** Unix ms. */
  readonly since: number;
  /** Whether the server has called us since, and was asked again because of that. */
  readonly hasCalled: boolean;
}

/**
 * Recovers from peers what this node lost, after a restore, after `keys recover`, or when the owner asks for it
 * (docs/protocol/recovery.md). Each peer says what it knows about us. Facts that our own signatures prove are restored
 * and read from the beginning. Nothing is written in a room until it has been read.
 */
export class Recovery {
  readonly #deps: RecoveryDeps;
  #begun: Begun | null = null;
  #prepared: Promise<void> | null = null;
  /** Everything has to be read again at peers that can only be read. */
  #readsOthers = false;
  #isOn = false;
  #cancelTick: () => void = () => {};
  #ending = new AbortController();
  readonly #asking = new Map<string, Asking>();
  /** When the last page of a room was requested at a server where it was read to its end, by `server room`. */
  readonly #readAt = new Map<string, number>();
  readonly #unreached = new Map<string, Unreached>();
  readonly #answers: PeerAnswers;
  /** Peers that reported a room on hold, which is read there too. */
  readonly #tellers = new Map<string, Set<string>>();

  constructor(deps: RecoveryDeps) {
    this.#deps = deps;
    this.#answers = new PeerAnswers(deps);
  }

  /** Before anything is written or received. Does its work once per run. */
  prepare(): Promise<void> {
    this.#prepared ??= this.#prepare();
    return this.#prepared;
  }

  async #prepare(): Promise<void> {
    const { store, ownEvents, clock } = this.#deps;
    await ownEvents.begin();
    const noted = store.meta.get(begunKey);
    this.#begun = noted === undefined ? null : v.parse(Begun, JSON.parse(noted));
    const restored = restoredAt(store);
    const isNew = restored !== null && restored > (this.#begun?.at ?? 0);
    if (isNew && clock.now() - restored < restoreMsMax) await this.#begin('restored');
    else if (this.#begun !== null) {
      // While this node was off, no peer could answer, so that time doesn't count.
      if (this.#begun.hold_until > 0) this.#begun = { ...this.#begun, hold_until: clock.now() + holdMsMax };
      this.#holdRooms(this.#begun);
    }
  }

  start(): void {
    this.#isOn = true;
    if (this.isOpen) this.#run();
  }

  async stop(): Promise<void> {
    this.#isOn = false;
    this.#cancelTick();
    this.#ending.abort();
    await Promise.all([...this.#asking.values()].map(({ running }) => running));
  }

  /** Asks all peers again what they know about us, and reads everything from the beginning. */
  async begin(why: Begun['why']): Promise<void> {
    await this.#begin(why);
    if (this.#isOn) this.#run();
  }

  get begun(): Begun | null {
    return this.#begun;
  }

  /** This server is back after a loss, and its owner has not finished with that yet. */
  get isUnfinished(): boolean {
    return this.#begun !== null && this.#begun.finished_at === null;
  }

  /** The owner has seen what came back. CONFLICT before every decision is confirmed. */
  async finish(): Promise<void> {
    const { store, clock, tell } = this.#deps;
    if (this.#begun === null || !this.isUnfinished) return;
    if (store.recovery.decisions().length > 0) throw refusal('CONFLICT', said('recall.confirm_first'));
    const begun: Begun = { ...this.#begun, finished_at: clock.now() };
    await store.writer.write((tx) => {
      store.meta.put(begunKey, JSON.stringify(begun));
      tx.afterCommit(() => tell({ fact: 'recovery-changed' }));
    });
    this.#begun = begun;
  }

  get isOpen(): boolean {
    return this.#begun !== null && this.#deps.clock.now() - this.#begun.at < recoveryMsMax;
  }

  async #begin(why: Begun['why']): Promise<void> {
    const { store, clock, ownEvents, directory, tell } = this.#deps;
    const at = clock.now();
    const isLost = why !== 'asked';
    const begun: Begun = {
      at,
      why,
      hold_until: at + holdMsMax,
      seq: store.events.lastSeq(),
      finished_at: isLost || this.isUnfinished ? null : at,
    };
    await store.writer.write((tx) => {
      store.recovery.clear();
      store.meta.put(begunKey, JSON.stringify(begun));
      if (isLost) ownEvents.restart();
      if (isLost)
        for (const { server_name, mode } of directory.all())
          if (mode !== 'known') store.recovery.addDecision(server_name);
      tx.afterCommit(() => tell({ fact: 'recovery-changed' }));
    });
    // A block that has expired may have been extended after the backup, so the owner decides.
    if (why === 'restored')
      for (const { server_name, mode, until } of directory.all())
        if ((mode === 'block' || mode === 'quarantine') && until !== null)
          await directory.change(server_name, { until: null });
    this.#begun = begun;
    this.#readsOthers = true;
    this.#asking.clear();
    this.#readAt.clear();
    this.#answers.forget();
    this.#holdRooms(begun);
  }

  /** Rooms that were created or joined since then have no history that could be missing. */
  #holdRooms({ at, hold_until }: Begun): void {
    const { store, hold, clock } = this.#deps;
    if (clock.now() >= hold_until) return;
    const adopted = new Set(store.recovery.finds().map(({ id }) => id));
    for (const { room_id, created_at } of store.rooms.rooms())
      if (created_at < at || adopted.has(room_id)) hold.hold(room_id, hold_until);
    this.#release();
  }

  #run(): void {
    const { clock, directory, tell, log } = this.#deps;
    this.#cancelTick();
    this.#cancelTick = every(
      clock,
      tickMs,
      async () => this.#tick(),
      (error) => log.error({ err: error }, 'recovery failed'),
    );
    // A server of another kind can only be read.
    const others = this.#readsOthers ? directory.all() : [];
    this.#readsOthers = false;
    for (const { server_name } of others)
      if (directory.isAllowed(server_name) && !directory.answers(server_name, 'recall'))
        tell({ fact: 'recalled', server: server_name, rooms: [] });
    this.#tick();
  }

  #tick(): void {
    if (!this.isOpen) {
      this.#cancelTick();
      return;
    }
    for (const { server_name } of this.#deps.directory.all()) this.consider(server_name);
    this.#release();
  }

  /** Perhaps a peer can be asked now: it is new, back, or supports other calls than before. */
  consider(server: string): void {
    const { directory, clock, keyring, log } = this.#deps;
    const peer = directory.get(server);
    if (!keyring.isSetUp || !this.#isOn || !this.isOpen) return;
    if (!peer || !directory.isAllowed(server) || !calleeOf(peer)) return;
    if (!directory.answers(server, 'recall') || this.answers().has(server)) return;
    const asking = this.#asking.get(server) ?? { running: null, failures: 0, dueAt: 0 };
    this.#asking.set(server, asking);
    if (asking.running || clock.now() < asking.dueAt) return;
    asking.running = this.#ask(server)
      .then((isTold) => {
        asking.failures = isTold ? 0 : asking.failures + 1;
        asking.dueAt = isTold ? 0 : clock.now() + askAgainMs(asking.failures);
      })
      .catch((error: Error) => {
        asking.failures += 1;
        asking.dueAt = clock.now() + askAgainMs(asking.failures);
        log.error({ peer: server, err: error }, 'the answer to recall could not be used');
      })
      .finally(() => {
        asking.running = null;
      });
  }

  /** A peer is back: asks it without waiting any longer. */
  cameBack(server: string): void {
    this.#unreached.delete(server);
    this.#askNow(server);
  }

  #askNow(server: string): void {
    const asking = this.#asking.get(server);
    if (asking) asking.dueAt = 0;
    this.consider(server);
  }

  async #ask(server: string): Promise<boolean> {
    const { directory, store, clock, adopting, tell, log } = this.#deps;
    const peer = directory.get(server);
    const begun = this.#begun;
    const told = peer ? await recallFrom(this.#deps, peer, this.#ending.signal) : null;
    if (told === null || begun === null || begun !== this.#begun) return false;
    const areKeysNew = await adopting.keys(server, told);
    const adopted = await adopting.rooms(server, told);
    for (const { roomId } of adopted) this.#deps.hold.hold(roomId, begun.hold_until);
    const toRead = [...adopted, ...this.#common(server, told, adopted)];
    const at = clock.now();
    await store.writer.write((tx) => {
      // Earlier answers of others may be proven by a key that was restored.
      if (areKeysNew) store.recovery.clearAnswers();
      this.#answers.saveWithin(server, at, toRead);
      tx.afterCommit(() => {
        if (areKeysNew) this.#answers.forget();
        this.#answers.given(server, at, toRead);
        tell({ fact: 'recalled', server, rooms: toRead });
        tell({ fact: 'recovery-changed' });
      });
    });
    log.info({ peer: server, rooms: adopted.length }, 'a peer reported what it knows about this server');
    return true;
  }

  /**
   * The rooms of ours that a peer knows, and those of the peer that we know. Neither of us may seem to be in them, now or
   * once more has been read: perhaps what shows that a member joined is lost here, and the peer has it.
   */
  #common(server: string, told: RecallAnswer, adopted: readonly AdoptedRoom[]): AdoptedRoom[] {
    const { registry, keyring, hold } = this.#deps;
    const homes = [keyring.serverName, server];
    const rooms = told.rooms
      .map(({ roomId }) => registry.get(roomId)?.row)
      .flatMap((row) => (row && homes.includes(row.home) ? row.room_id : []));
    for (const roomId of rooms)
      if (hold.rooms.includes(roomId))
        this.#tellers.set(roomId, (this.#tellers.get(roomId) ?? new Set()).add(server));
    const isAdopted = (roomId: string) => adopted.some((room) => room.roomId === roomId);
    return rooms.filter((roomId) => !isAdopted(roomId)).map((roomId) => ({ roomId, readAt: server }));
  }

  /** A room was read to its end at a server. */
  roomRead(server: string, roomId: string, askedAt: number): void {
    this.#unreached.delete(server);
    this.#answers.read(server, roomId);
    if (this.#deps.hold.rooms.length === 0) return;
    this.#readAt.set(`${server} ${roomId}`, askedAt);
    this.#release();
  }

  /** When each peer answered, unix ms. */
  answers(): ReadonlyMap<string, number> {
    return this.#answers.all();
  }

  couldNotBeReached(server: string): void {
    if (!this.#unreached.has(server))
      this.#unreached.set(server, { since: this.#deps.clock.now(), hasCalled: false });
  }

  /** Notes that a server answered a call. */
  answered(server: string): void {
    if (this.#unreached.has(server)) this.cameBack(server);
  }

  /** Notes that a server called us. Our calls may reach it again; if not, its next calls change nothing. */
  heardFrom(server: string): void {
    const unreached = this.#unreached.get(server);
    if (!unreached || unreached.hasCalled) return;
    this.#unreached.set(server, { ...unreached, hasCalled: true });
    this.#askNow(server);
  }

  /** A peer sent an event that we signed and did not have. */
  async ownEventCame(roomId: string, eventId: string, by: string): Promise<void> {
    const { store, ids, adopting, ownEvents, log } = this.#deps;
    const row = store.events.byId(eventId);
    if (!row) return;
    // A new event never gets a time, and so an ID, that was used before.
    ids.after(row.origin_ts);
    try {
      if (await ownEvents.came({ eventId, roomId, by, originTs: row.origin_ts })) return;
      if (this.isOpen) await adopting.user(row.sender, by);
    } catch (error) {
      log.error({ err: error }, 'could not save an event of this server that a peer returned');
    }
  }

  /** Lets rooms be written to that have been read wherever possible. */
  #release(): void {
    const { hold, registry, keyring, clock, tell } = this.#deps;
    const begun = this.#begun;
    // A node without its identity writes nothing, and `keys recover` begins again.
    if (begun === null || !keyring.isSetUp) return;
    const now = clock.now();
    for (const roomId of hold.rooms) {
      const room = registry.get(roomId);
      const names = new Set([...(room?.servers ?? []), ...(this.#tellers.get(roomId) ?? [])]);
      names.delete(keyring.serverName);
      const servers = [...names].map((name) => this.#memberServer(begun, name, roomId));
      const home = room?.row.home ?? '';
      if (!mayWrite({ home, servers, holdUntil: begun.hold_until, now })) continue;
      hold.release(roomId);
      tell({ fact: 'room-changed', roomId });
    }
    if (hold.rooms.length > 0) return;
    this.#tellers.clear();
    if (begun.hold_until > 0 && now >= begun.hold_until) this.#noteReleased(begun);
  }

  #noteReleased(begun: Begun): void {
    const { store, log } = this.#deps;
    begun.hold_until = 0;
    store.writer
      .write(() => store.meta.put(begunKey, JSON.stringify(begun satisfies Begun)))
      .catch((error) => log.error({ err: error }, 'could not save that no room is on hold any more'));
  }

  #memberServer(begun: Begun, name: string, roomId: string): MemberServer {
    const { directory } = this.#deps;
    const peer = directory.get(name);
    const readAt = this.#readAt.get(`${name} ${roomId}`) ?? Number.NEGATIVE_INFINITY;
    // A peer's extensions are only known after its discovery document was read.
    const isLooked = (peer?.discovered_at ?? 0) >= begun.at - discoverySlackMs;
    const toldAt = directory.answers(name, 'recall')
      ? (this.answers().get(name) ?? Number.POSITIVE_INFINITY)
      : isLooked
        ? begun.at
        : Number.POSITIVE_INFINITY;
    return {
      name,
      isAskable: peer !== undefined && directory.isAllowed(name) && peer.endpoint !== null,
      isRead: readAt >= toldAt,
      unreachedSince: this.#unreached.get(name)?.since ?? null,
    };
  }

  /** The owner decided about a server, or confirmed the trust settings of the backup. */
  async confirm(servers: readonly string[]): Promise<void> {
    const { store, tell } = this.#deps;
    const open = new Set(store.recovery.decisions());
    const confirmed = servers.filter((server) => open.has(server));
    if (confirmed.length === 0) return;
    await store.writer.write((tx) => {
      for (const server of confirmed) store.recovery.dropDecision(server);
      tx.afterCommit(() => tell({ fact: 'recovery-changed' }));
    });
  }
}
