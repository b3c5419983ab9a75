import type { FederationClient } from '../client/federation-client.ts';
import type { Ingest } from '../events/ingest.ts';
import type { RoomRegistry } from '../events/room-registry.ts';
import type { EventVerifier } from '../events/verify.ts';
import type { Keyring } from '../identity/keyring.ts';
import { calleeOf } from '../peers/key-resolver.ts';
import type { PeerDirectory } from '../peers/peer-directory.ts';
import type { Clock, Random } from '../ports.ts';
import type { Store } from '../store/store.ts';
import { pullIntervalMs } from './catch-up-policy.ts';
import { Intake } from './intake.ts';
import { QueueReading } from './queue-reading.ts';
import { type PageResult, RoomReading } from './room-reading.ts';

/** Waking a peer's round early is done at most this often. */
const wakeGapMs = 5_000;

interface PeerPull {
  quietRounds: number;
  failures: number;
  running: Promise<void> | null;
  again: boolean;
  lastRoundAt: number;
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
    readonly log: {
      debug(details: object, message: string): void;
      info(details: object, message: string): void;
    };
  };
  private readonly pulls = new Map<string, PeerPull>();
  private readonly queue: QueueReading;
  private readonly rooms: RoomReading;
  private stopped = true;

  constructor(parts: CatchUp['parts']) {
    this.parts = parts;
    const intake = new Intake(parts);
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
    for (const pull of this.pulls.values()) pull.cancel?.();
    await Promise.all([...this.pulls.values()].map((pull) => pull.running));
  }

  /** A peer is new, back, or allowed again: ask it soon. */
  wake(server: string): void {
    if (this.stopped || !this.parts.directory.isAllowed(server)) return;
    const pull = this.pull(server);
    pull.failures = 0;
    if (pull.running) {
      pull.again = true;
      return;
    }
    if (this.parts.clock.now() - pull.lastRoundAt >= wakeGapMs) this.schedule(server, 0);
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
        lastRoundAt: Number.NEGATIVE_INFINITY,
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
    pull.cancel = this.parts.clock.after(ms, () => {
      pull.cancel = null;
      if (!pull.running) void this.round(server);
    });
  }

  /** Everything shared with one peer, once. */
  async round(server: string): Promise<void> {
    const pull = this.pull(server);
    if (pull.running) return pull.running;
    pull.running = this.readRooms(server, pull).finally(() => {
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
    });
    const soon = pull.again;
    pull.again = false;
    this.schedule(server, soon ? wakeGapMs : interval * (0.8 + 0.4 * this.parts.random.next()));
  }

  private async readRooms(server: string, pull: PeerPull): Promise<void> {
    const { directory, clock, log } = this.parts;
    const peer = directory.get(server);
    pull.lastRoundAt = clock.now();
    if (!peer || !directory.isAllowed(server) || !calleeOf(peer)) return;
    let inserted = 0;
    let own = 0;
    try {
      inserted += await this.queue.readQueue(peer);
      let rooms = this.sharedRooms(server);
      // One page of each room in turn, so that a large room does not keep the others waiting.
      while (rooms.length > 0 && !this.stopped) {
        const unfinished: string[] = [];
        for (const roomId of rooms) {
          const askedAt = clock.now();
          const page = await this.rooms.readPage(peer, roomId);
          inserted += page.inserted;
          own += page.own;
          if (page.more) unfinished.push(roomId);
          else if (page.end !== 'again')
            await this.parts.onRead({ server, roomId, open: page.end === 'read', askedAt });
        }
        rooms = unfinished;
      }
      pull.failures = 0;
      pull.quietRounds = inserted > 0 ? 0 : pull.quietRounds + 1;
      await this.noteHabit(server, own);
    } catch (error) {
      pull.failures += 1;
      log.debug({ peer: server, err: (error as Error).message }, 'catch-up stopped half-way');
    }
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

  /** Reads one room at one peer to the end, now: what a join waits for. False if that is left to the next round. */
  async readRoom(server: string, roomId: string): Promise<boolean> {
    const peer = this.parts.directory.get(server);
    if (!peer) return false;
    try {
      let page: PageResult;
      do page = await this.rooms.readPage(peer, roomId);
      while (page.more);
      return page.end !== 'again';
    } catch (error) {
      this.parts.log.debug({ peer: server, err: (error as Error).message }, 'catch-up stopped half-way');
      return false;
    }
  }
}
