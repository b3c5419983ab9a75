import { type Said, said } from '../../../shared/words/said.ts';
import type { FederationClient } from '../../client/federation-client.ts';
import type { Intake } from '../../events/intake.ts';
import type { RoomRegistry } from '../../events/projection/room-registry.ts';
import type { Tell } from '../../facts.ts';
import type { Keyring } from '../../identity/keyring.ts';
import type { Clock, Random } from '../../kernel/ports.ts';
import type { Tables } from '../../store/ports.ts';
import type { PeerRow } from '../../store/tables/peer-store.ts';
import type { Contacts } from '../../trust/contact/contacts.ts';
import type { RoomShares } from '../../trust/limits/room-shares.ts';
import type { PeerDirectory } from '../../trust/peer-directory.ts';
import { calleeOf } from '../../trust/peer-rows.ts';
import type { Start, Work } from '../../work.ts';
import { pullIntervalMs } from './catch-up-policy.ts';
import { Comparing } from './comparing.ts';
import type { PatientDeps } from './patient-call.ts';
import { QueueReading } from './queue-reading.ts';
import { ReadingProgress } from './reading-progress.ts';
import { RoomFailures, type UnreadableRoom } from './room-failures.ts';
import { type PageResult, ReadingFailed, RoomReading } from './room-reading.ts';

/** A room was read to its end at a server. */
interface Reading {
  readonly server: string;
  readonly roomId: string;
  /** False if nothing in it is for us. */
  readonly open: boolean;
  /** When its last page was requested. */
  readonly askedAt: number;
}

export interface ReaderDeps extends PatientDeps {
  readonly store: Tables<'events' | 'rooms' | 'sync' | 'writer'>;
  readonly directory: PeerDirectory;
  readonly registry: RoomRegistry;
  readonly keyring: Pick<Keyring, 'serverName'>;
  readonly client: FederationClient;
  readonly intake: Intake;
  readonly shares: Pick<RoomShares, 'isFull'>;
  readonly contacts: Pick<Contacts, 'letUsRead' | 'callsUs'>;
  /** Learns from a reading which users are in a room. */
  readonly rooms: { settle(reading: Reading): Promise<void>; readingEnded(roomId: string): void };
  readonly work: Pick<Work, 'begin'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly tell: Tell;
  readonly log: {
    debug(details: object, message: string): void;
    info(details: object, message: string): void;
    error(details: object, message: string): void;
  };
}

/** A round is started early at most this often. */
const wakeGapMs = 5_000;
/** A round ends after this many rooms without an answer. */
const unreachedMax = 2;

/**
 * Asks one server, round after round, for what we missed in the rooms we share with it, and for what waits for us
 * there.
 */
export class Reader {
  readonly server: string;
  readonly #deps: ReaderDeps;
  readonly #rooms: RoomReading;
  readonly #queueReading: QueueReading;
  readonly #comparing: Comparing;
  readonly #failed = new RoomFailures();
  #isOn = false;
  #ending = new AbortController();
  #round: Promise<void> | null = null;
  #queue: Promise<void> | null = null;
  /** Readings of single rooms outside the rounds. */
  readonly #besides = new Set<Promise<void>>();
  /** Rooms that were requested and are not read yet. Until then it may be unknown that we share them. */
  readonly #requested = new Set<string>();
  /** Rounds in a row that returned nothing new. */
  #quietRounds = 0;
  /** Rounds in a row that failed. */
  #failures = 0;
  #again = false;
  #lastRoundAt = Number.NEGATIVE_INFINITY;
  /** Rooms without an answer in the last round, which are asked for last. */
  #unreached: ReadonlySet<string> = new Set();
  /** When the next round begins; infinite if none is planned. */
  #dueAt = Number.POSITIVE_INFINITY;
  #cancel: (() => void) | null = null;

  constructor(server: string, deps: ReaderDeps) {
    this.server = server;
    this.#deps = deps;
    this.#rooms = new RoomReading(server, deps);
    this.#queueReading = new QueueReading(deps);
    this.#comparing = new Comparing(server, deps);
  }

  /** Starts the next round in `ms`, or (`null`) when something wakes it. */
  start(ms: number | null): void {
    if (!this.#isOn) this.#ending = new AbortController();
    this.#isOn = true;
    if (ms !== null) this.#schedule(ms);
  }

  /** Stops the current reading; resolves when that is done. */
  async stop(): Promise<void> {
    this.#isOn = false;
    this.#cancel?.();
    this.#dueAt = Number.POSITIVE_INFINITY;
    this.#ending.abort();
    await Promise.all([this.#round, this.#queue, ...this.#besides]);
  }

  /** The server is new, back, or allowed again: soon asks it for everything. */
  wake(): void {
    if (!this.#isOn) return;
    this.#failures = 0;
    this.#failed.retry();
    if (this.#round) {
      this.#again = true;
      return;
    }
    const now = this.#deps.clock.now();
    const at = Math.max(now, this.#lastRoundAt + wakeGapMs);
    if (at < this.#dueAt) this.#schedule(at - now);
  }

  /** There was a sign of life from it. */
  heardFrom(): void {
    if (this.#failures > 0) this.wake();
  }

  /** Soon reads everything from the beginning, and these rooms, even if they don't seem to be shared. */
  async readAgain(rooms: readonly string[]): Promise<void> {
    const { store, log } = this.#deps;
    await this.#round;
    for (const roomId of rooms) this.#requested.add(roomId);
    this.#rooms.restart();
    this.#comparing.restart();
    try {
      await store.writer.write(() => store.sync.forget(this.server));
    } catch (error) {
      log.error({ err: error, peer: this.server }, 'could not start reading from the beginning');
    }
    this.#schedule(0);
  }

  /**
   * Reads one room to its end, outside the rounds, or in the next ones if that fails. `leave`, if its home just admitted
   * a local user: what cancels that join.
   */
  readSoon(roomId: string, leave?: () => Promise<void>): void {
    this.#requested.add(roomId);
    const room = this.#deps.registry.get(roomId)?.row.name ?? roomId;
    const title = said('work.join', { room });
    const progress = leave
      ? new ReadingProgress(this.#deps.work, { kind: 'join', about: roomId, title, cancel: leave })
      : this.#catchUpProgress();
    if (leave) progress.begin();
    progress.eachAsked();
    const reading = this.#readRoom(roomId, progress)
      .catch((error: Error) => {
        this.#deps.log.debug(
          { peer: this.server, room: roomId, err: error.message },
          'a room could not be read',
        );
        this.wake();
      })
      .finally(() => {
        progress.end();
        this.#besides.delete(reading);
        this.#deps.rooms.readingEnded(roomId);
      });
    this.#besides.add(reading);
  }

  /** Rooms, and the queue, that could not be read three times in a row. */
  unreadable(): UnreadableRoom[] {
    return this.#failed.told().map((one) => ({ server: this.server, ...one }));
  }

  #schedule(ms: number): void {
    if (!this.#isOn) return;
    this.#cancel?.();
    this.#dueAt = this.#deps.clock.now() + ms;
    this.#cancel = this.#deps.clock.after(ms, () => {
      this.#cancel = null;
      this.#dueAt = Number.POSITIVE_INFINITY;
      if (!this.#round) void this.#beginRound();
    });
  }

  async #beginRound(): Promise<void> {
    this.#round = this.#readShared().finally(() => {
      this.#round = null;
    });
    await this.#round;
    const { directory, contacts, random } = this.#deps;
    const peer = directory.get(this.server);
    if (!this.#isOn || !peer) return;
    const interval = pullIntervalMs({
      pullOnly: peer.pull_only === 1,
      pushes: peer.pushed_at !== null || contacts.callsUs(this.server),
      quietRounds: this.#quietRounds,
      failures: this.#failures,
      isOfOurKind: directory.isOfOurKind(this.server) === true,
    });
    const soon = this.#again;
    this.#again = false;
    this.#schedule(soon ? wakeGapMs : interval * (0.8 + 0.4 * random.next()));
  }

  async #readShared(): Promise<void> {
    const { directory, clock, log } = this.#deps;
    const peer = directory.get(this.server);
    this.#lastRoundAt = clock.now();
    if (!peer || !directory.isAllowed(this.server) || !calleeOf(peer)) return;
    this.#beginQueue(peer);
    try {
      const progress = this.#catchUpProgress();
      const { own, isReached, ...read } = await this.#readRooms(peer, progress).finally(() => progress.end());
      if (!isReached) {
        this.#failures += 1;
        return;
      }
      this.#failures = 0;
      const { signal } = this.#ending;
      const compared = await this.#comparing.step(peer, this.#comparableRooms(), signal);
      const invites = await this.#comparing.invites(peer, signal);
      const inserted = read.inserted + compared + invites;
      this.#quietRounds = inserted > 0 ? 0 : this.#quietRounds + 1;
      await this.#noteHabit(own);
    } catch (error) {
      this.#failures += 1;
      log.debug({ peer: this.server, err: (error as Error).message }, 'catch-up stopped before the end');
    }
  }

  #catchUpProgress(): ReadingProgress {
    const start: Start = {
      kind: 'catch-up',
      about: this.server,
      title: said('work.catch_up', { server: this.server }),
    };
    return new ReadingProgress(this.#deps.work, start);
  }

  /**
   * The queue is read at the same time as the rooms, because nothing depends on it. One that fails is retried less and
   * less often: its answers may be large, and rooms share the limit of what is read from the server.
   */
  #beginQueue(peer: PeerRow): void {
    const { clock, directory, log } = this.#deps;
    if (this.#queue || !directory.answers(this.server, 'queue')) return;
    if (!this.#failed.isDue(null, clock.now())) return;
    this.#queue = this.#queueReading
      .read(peer, this.#ending.signal)
      .then((inserted) => {
        if (inserted > 0) this.#quietRounds = 0;
        if (this.#failed.clear(null)) this.#tellUnread();
      })
      .catch((error: Error) => {
        log.debug({ peer: this.server, err: error.message }, 'the queue could not be read');
        if (error instanceof ReadingFailed) this.#noteFailure(null, error.said);
      })
      .finally(() => {
        this.#queue = null;
      });
  }

  /** One page of each room in turn, so that neither a large nor a broken room delays the others. */
  async #readRooms(
    peer: PeerRow,
    progress: ReadingProgress,
  ): Promise<{ inserted: number; own: number; isReached: boolean }> {
    const { clock } = this.#deps;
    const total = { inserted: 0, own: 0 };
    const unreached = new Map<string, Said>();
    let isAnswered = false;
    const before = this.#unreached;
    const wasUnreached = (roomId: string) => Number(before.has(roomId));
    let rooms = this.#failed
      .due(this.#sharedRooms(), clock.now())
      .sort((a, b) => wasUnreached(a) - wasUnreached(b));
    while (rooms.length > 0 && this.#isOn) {
      const unfinished: string[] = [];
      for (const roomId of rooms) {
        if (!this.#isOn) break;
        const askedAt = clock.now();
        const page = await this.#readPage(peer, roomId).catch((error: Error) =>
          this.#failedAt(roomId, error),
        );
        if (page instanceof ReadingFailed) {
          progress.leave(roomId);
          if (page.isPeers) unreached.set(roomId, page.said);
          else isAnswered = true;
          if (unreached.size >= unreachedMax) break;
          continue;
        }
        isAnswered = true;
        progress.page(roomId, page);
        total.inserted += page.inserted;
        total.own += page.own;
        if (page.more) unfinished.push(roomId);
        else if (page.end === 'read' || page.end === 'closed')
          await this.#settle({ server: this.server, roomId, open: page.end === 'read', askedAt });
      }
      progress.eachAsked();
      rooms = unreached.size >= unreachedMax ? [] : unfinished;
    }
    this.#unreached = new Set(unreached.keys());
    // If others are answered, the problem is this room.
    if (isAnswered && this.#isOn) for (const [roomId, reason] of unreached) this.#noteFailure(roomId, reason);
    return { ...total, isReached: isAnswered || unreached.size === 0 };
  }

  async #readRoom(roomId: string, progress: ReadingProgress): Promise<void> {
    const { directory, clock } = this.#deps;
    for (;;) {
      const peer = directory.get(this.server);
      if (!peer || !this.#isOn) return;
      const askedAt = clock.now();
      const page = await this.#readPage(peer, roomId);
      progress.page(roomId, page);
      if (page.more) continue;
      if (page.end === 'again') this.wake();
      else if (page.end !== 'paused')
        await this.#settle({ server: this.server, roomId, open: page.end === 'read', askedAt });
      return;
    }
  }

  async #settle(reading: Reading): Promise<void> {
    await this.#deps.rooms.settle(reading);
    const { server, roomId, askedAt } = reading;
    this.#requested.delete(roomId);
    this.#deps.tell({ fact: 'room-read', server, roomId, askedAt });
  }

  async #readPage(peer: PeerRow, roomId: string): Promise<PageResult> {
    const page = await this.#rooms.readPage(peer, roomId, this.#ending.signal);
    if (page.end === 'closed' && this.#isMissed(roomId)) this.#noteFailure(roomId, said('peer.asks_refused'));
    // If a later page fails, the room has not been read, even if its first pages were fine.
    else if (!page.more && page.end !== 'paused' && this.#failed.clear(roomId)) this.#tellUnread();
    return page;
  }

  /** A home that lets users of ours write in a room, but doesn't let us read it. */
  #isMissed(roomId: string): boolean {
    const room = this.#deps.registry.get(roomId);
    return room?.row.home === this.server && room.servers.has(this.#deps.keyring.serverName);
  }

  #failedAt(roomId: string, error: Error): ReadingFailed {
    this.#deps.log.debug({ peer: this.server, room: roomId, err: error.message }, 'a room could not be read');
    if (!(error instanceof ReadingFailed)) throw error;
    if (!error.isPeers) this.#noteFailure(roomId, error.said);
    return error;
  }

  #noteFailure(roomId: string | null, reason: Said): void {
    if (this.#failed.note(roomId, reason, this.#deps.clock.now())) this.#tellUnread();
  }

  #tellUnread(): void {
    this.#deps.tell({ fact: 'peer-changed', server: this.server });
  }

  /** A server that has new events of its own for us, but has not pushed lately, only answers. */
  async #noteHabit(own: number): Promise<void> {
    const { directory, clock } = this.#deps;
    const peer = directory.get(this.server);
    if (!peer || own === 0 || peer.pull_only === 1) return;
    if (peer.pushed_at === null || clock.now() - peer.pushed_at > 10 * 60_000)
      await directory.change(this.server, { pull_only: 1 });
  }

  /** The home has the events that count, so only a home and a member compare. */
  #comparableRooms(): string[] {
    const { registry, keyring } = this.#deps;
    return this.#sharedRooms().filter((roomId) => {
      const home = registry.get(roomId)?.row.home;
      return home === this.server || home === keyring.serverName;
    });
  }

  #sharedRooms(): string[] {
    const { store, registry, keyring } = this.#deps;
    const self = keyring.serverName;
    const shared = store.rooms.sharedWith(this.server).filter((roomId) => {
      const room = registry.get(roomId);
      if (!room?.servers.has(this.server)) return false;
      const { home } = room.row;
      return home === self || room.servers.has(self) || store.rooms.pendingJoins(roomId).length > 0;
    });
    const requested = [...this.#requested].filter((roomId) => registry.get(roomId) !== undefined);
    return [...new Set([...shared, ...requested])];
  }
}
