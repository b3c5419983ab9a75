import type { JsonValue } from '../../../shared/protocol/json.ts';
import { type Said, said } from '../../../shared/words/said.ts';
import type { FederationClient } from '../../client/federation-client.ts';
import type { Ingest } from '../../events/ingest.ts';
import type { RoomRegistry } from '../../events/room-registry.ts';
import type { EventVerifier } from '../../events/verify.ts';
import type { Keyring } from '../../identity/keyring.ts';
import type { Clock, Random } from '../../kernel/ports.ts';
import type { Store } from '../../store/store.ts';
import type { PeerRow } from '../../store/tables/peer-store.ts';
import { calleeOf } from '../../trust/keys/key-resolver.ts';
import type { PeerDirectory } from '../../trust/peer-directory.ts';
import { pullIntervalMs } from './catch-up-policy.ts';
import { Intake } from './intake.ts';
import { QueueReading } from './queue-reading.ts';
import { RoomFailures, type UnreadRoom } from './room-failures.ts';
import { type PageResult, ReadingFailed, RoomReading } from './room-reading.ts';

/** Waking a peer's round early is done at most this often. */
const wakeGapMs = 5_000;
/** After so many rooms in a row at which nobody answers, nobody is there. */
const unreachedMax = 2;

interface PeerPull {
  quietRounds: number;
  failures: number;
  running: Promise<void> | null;
  again: boolean;
  lastRoundAt: number;
  /** Rooms that nobody answered about last time: asked for last. */
  unreached: ReadonlySet<string>;
  /** When the next round begins; infinite while none is planned. */
  dueAt: number;
  cancel: (() => void) | null;
}

/** A room was read to its end at a server. */
export interface Reading {
  readonly server: string;
  readonly roomId: string;
  /** False where nothing in it is for us. */
  readonly open: boolean;
  /** When the last of it was asked for. */
  readonly askedAt: number;
}

/** Asks each peer for what we missed in shared rooms, page by page, each event through the one door. */
export class CatchUp {
  private readonly parts: {
    readonly store: Store;
    readonly directory: PeerDirectory;
    readonly registry: RoomRegistry;
    readonly keyring: Keyring;
    readonly client: FederationClient;
    readonly verifier: EventVerifier;
    readonly ingest: Ingest;
    readonly clock: Clock;
    readonly random: Random;
    readonly onRead: (reading: Reading) => Promise<void>;
    /** A peer knew us and let us read; `back` if it was not reached, or refused us, the time before. */
    readonly onAnswered: (server: string, back: boolean) => void;
    /** Other rooms than before cannot be read at this server. */
    readonly onUnread: (server: string) => void;
    readonly log: {
      debug(details: object, message: string): void;
      info(details: object, message: string): void;
    };
  };
  private readonly pulls = new Map<string, PeerPull>();
  private readonly intake: Intake;
  private readonly queue: QueueReading;
  private readonly rooms: RoomReading;
  private readonly failures = new RoomFailures();
  private readonly besides = new Set<Promise<void>>();
  private stopped = true;

  constructor(parts: CatchUp['parts']) {
    this.parts = parts;
    this.intake = new Intake(parts);
    const { intake } = this;
    this.queue = new QueueReading({ ...parts, intake });
    this.rooms = new RoomReading({ ...parts, intake });
  }

  start(): void {
    this.stopped = false;
    for (const peer of this.parts.directory.all())
      this.schedule(peer.server_name, this.parts.random.next() * 500);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    for (const pull of this.pulls.values()) {
      pull.cancel?.();
      pull.dueAt = Number.POSITIVE_INFINITY;
    }
    await Promise.all([
      this.queue.stop(),
      this.rooms.stop(),
      ...[...this.pulls.values()].map((pull) => pull.running),
      ...this.besides,
    ]);
  }

  /** A peer is new, back, or allowed again: ask it soon. */
  wake(server: string): void {
    if (this.stopped || !this.parts.directory.isAllowed(server)) return;
    const pull = this.pull(server);
    pull.failures = 0;
    this.failures.retry(server);
    if (pull.running) {
      pull.again = true;
      return;
    }
    const now = this.parts.clock.now();
    const at = Math.max(now, pull.lastRoundAt + wakeGapMs);
    if (at < pull.dueAt) this.schedule(server, at - now);
  }

  /** A peer that did not answer is there again. */
  heardFrom(server: string): void {
    if ((this.pulls.get(server)?.failures ?? 0) > 0) this.wake(server);
  }

  /** The peer is forgotten. */
  forget(server: string): void {
    this.failures.forget(server);
    this.rooms.forget(server);
  }

  /** Reads everything shared with a peer from the beginning, soon. */
  async readAgain(server: string): Promise<void> {
    await this.pulls.get(server)?.running;
    this.rooms.forget(server);
    await this.parts.store.writer.write(() => this.parts.store.sync.forget(server));
    this.schedule(server, 0);
  }

  private pull(server: string): PeerPull {
    let pull = this.pulls.get(server);
    if (!pull) {
      pull = {
        quietRounds: 0,
        failures: 0,
        running: null,
        again: false,
        unreached: new Set(),
        lastRoundAt: Number.NEGATIVE_INFINITY,
        dueAt: Number.POSITIVE_INFINITY,
        cancel: null,
      };
      this.pulls.set(server, pull);
    }
    return pull;
  }

  private schedule(server: string, ms: number): void {
    if (this.stopped) return;
    const pull = this.pull(server);
    pull.cancel?.();
    pull.dueAt = this.parts.clock.now() + ms;
    pull.cancel = this.parts.clock.after(ms, () => {
      pull.cancel = null;
      pull.dueAt = Number.POSITIVE_INFINITY;
      if (!pull.running) void this.round(server);
    });
  }

  /** Everything shared with one peer, once. */
  async round(server: string): Promise<void> {
    const pull = this.pull(server);
    if (pull.running) return pull.running;
    pull.running = this.readShared(server, pull).finally(() => {
      pull.running = null;
    });
    await pull.running;
    const peer = this.parts.directory.get(server);
    if (this.stopped || !peer) return;
    const interval = pullIntervalMs({
      pullOnly: peer.pull_only === 1,
      pushes: peer.pushed_at !== null,
      quietRounds: pull.quietRounds,
      failures: pull.failures,
      isOfOurKind: this.parts.directory.isOfOurKind(server) === true,
    });
    const soon = pull.again;
    pull.again = false;
    this.schedule(server, soon ? wakeGapMs : interval * (0.8 + 0.4 * this.parts.random.next()));
  }

  private async readShared(server: string, pull: PeerPull): Promise<void> {
    const { directory, clock, log } = this.parts;
    const peer = directory.get(server);
    pull.lastRoundAt = clock.now();
    if (!peer || !directory.isAllowed(server) || !calleeOf(peer)) return;
    this.queue.begin(peer, () => {
      pull.quietRounds = 0;
    });
    try {
      const { inserted, own, isReached } = await this.readRooms(peer, pull);
      if (!isReached) {
        pull.failures += 1;
        return;
      }
      pull.failures = 0;
      pull.quietRounds = inserted > 0 ? 0 : pull.quietRounds + 1;
      await this.noteHabit(server, own);
    } catch (error) {
      pull.failures += 1;
      log.debug({ peer: server, err: (error as Error).message }, 'catch-up stopped half-way');
    }
  }

  /** One page of each room in turn, so that a large room does not keep the others waiting, nor does a broken one. */
  private async readRooms(
    peer: PeerRow,
    pull: PeerPull,
  ): Promise<{ inserted: number; own: number; isReached: boolean }> {
    const { clock, onRead } = this.parts;
    const server = peer.server_name;
    const total = { inserted: 0, own: 0 };
    const unreached = new Map<string, Said>();
    let isAnswered = false;
    const { unreached: before } = pull;
    const isBefore = (roomId: string) => Number(before.has(roomId));
    let rooms = this.failures
      .due(server, this.sharedRooms(server), clock.now())
      .sort((a, b) => isBefore(a) - isBefore(b));
    while (rooms.length > 0 && !this.stopped) {
      const unfinished: string[] = [];
      for (const roomId of rooms) {
        if (this.stopped) break;
        const askedAt = clock.now();
        const page = await this.readPage(peer, roomId).catch((error: Error) =>
          this.failed(peer, roomId, error),
        );
        if (page instanceof ReadingFailed) {
          if (page.isPeers) unreached.set(roomId, page.said);
          else isAnswered = true;
          if (unreached.size >= unreachedMax) break;
          continue;
        }
        isAnswered = true;
        total.inserted += page.inserted;
        total.own += page.own;
        if (page.more) unfinished.push(roomId);
        else if (page.end !== 'again') await onRead({ server, roomId, open: page.end === 'read', askedAt });
      }
      rooms = unreached.size >= unreachedMax ? [] : unfinished;
    }
    pull.unreached = new Set(unreached.keys());
    // Where others are answered, it is the room.
    if (isAnswered && !this.stopped)
      for (const [roomId, reason] of unreached) this.noteFailure(server, roomId, reason);
    return { ...total, isReached: isAnswered || unreached.size === 0 };
  }

  private async readPage(peer: PeerRow, roomId: string): Promise<PageResult> {
    const page = await this.rooms.readPage(peer, roomId);
    const isOver = page.end === 'closed' && this.isMissed(peer.server_name, roomId);
    if (isOver) this.noteFailure(peer.server_name, roomId, said('peer.asks_refused'));
    else if (this.failures.clear(peer.server_name, roomId)) this.parts.onUnread(peer.server_name);
    return page;
  }

  /** A home that lets users of ours write in a room and does not let us read it. */
  private isMissed(server: string, roomId: string): boolean {
    const room = this.parts.registry.get(roomId);
    return room?.row.home === server && room.servers.has(this.parts.keyring.serverName);
  }

  private failed(peer: PeerRow, roomId: string, error: Error): ReadingFailed {
    const { server_name } = peer;
    this.parts.log.debug({ peer: server_name, room: roomId, err: error.message }, 'a room could not be read');
    if (!(error instanceof ReadingFailed)) throw error;
    if (!error.isPeers) this.noteFailure(server_name, roomId, error.said);
    return error;
  }

  private noteFailure(server: string, roomId: string, reason: Said): void {
    if (this.failures.note(server, roomId, reason, this.parts.clock.now())) this.parts.onUnread(server);
  }

  /** Rooms that could not be read three times in a row. */
  unread(): UnreadRoom[] {
    return this.failures.told();
  }

  /** Whoever has something new of its own for us, and has not pushed lately, is a peer that only answers. */
  private async noteHabit(server: string, own: number): Promise<void> {
    const { directory, clock } = this.parts;
    const peer = directory.get(server);
    if (!peer || own === 0 || peer.pull_only === 1) return;
    if (peer.pushed_at === null || clock.now() - peer.pushed_at > 10 * 60_000)
      await directory.change(server, { pull_only: 1 });
  }

  private sharedRooms(server: string): string[] {
    const { store, registry, keyring } = this.parts;
    const self = keyring.serverName;
    return store.rooms
      .rooms()
      .filter((row) => {
        const room = registry.get(row.room_id);
        if (!room?.servers.has(server)) return false;
        return (
          row.home === self || room.servers.has(self) || store.rooms.pendingJoins(row.room_id).length > 0
        );
      })
      .map((row) => row.room_id);
  }

  /** Takes in events that a peer handed over in some other answer. */
  async takeIn(server: string, events: readonly JsonValue[]): Promise<void> {
    const peer = this.parts.directory.get(server);
    if (peer) await this.intake.takeIn(peer, events);
  }

  /** Reads one room at one peer to the end, beside its rounds: somebody here was let in just now. */
  readSoon(server: string, roomId: string): Promise<void> {
    const reading = this.readRoom(server, roomId)
      .catch((error: Error) => {
        this.parts.log.debug({ peer: server, room: roomId, err: error.message }, 'a room could not be read');
        this.wake(server);
      })
      .finally(() => this.besides.delete(reading));
    this.besides.add(reading);
    return reading;
  }

  private async readRoom(server: string, roomId: string): Promise<void> {
    const { directory, clock, onRead } = this.parts;
    for (;;) {
      const peer = directory.get(server);
      if (!peer || this.stopped) return;
      const askedAt = clock.now();
      const page = await this.readPage(peer, roomId);
      if (page.more) continue;
      if (page.end === 'again') this.wake(server);
      else await onRead({ server, roomId, open: page.end === 'read', askedAt });
      return;
    }
  }
}
