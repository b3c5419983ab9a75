import { envelopeFrom } from '../../shared/protocol/envelope.ts';
import type { ProtocolError } from '../../shared/protocol/errors.ts';
import { isObject, type JsonValue } from '../../shared/protocol/json.ts';
import { limits } from '../../shared/protocol/limits.ts';
import type { FederationClient } from '../client/federation-client.ts';
import { tuning } from '../config.ts';
import type { Ingest } from '../events/ingest.ts';
import type { RoomRegistry } from '../events/room-registry.ts';
import type { EventVerifier, VerifiedEvent } from '../events/verify.ts';
import type { Keyring } from '../identity/keyring.ts';
import { calleeOf } from '../peers/key-resolver.ts';
import type { PeerDirectory } from '../peers/peer-directory.ts';
import type { Clock, Random } from '../ports.ts';
import type { PeerRow } from '../store/peer-store.ts';
import type { Store } from '../store/store.ts';
import type { SyncCursor } from '../store/sync-store.ts';
import { depthOf, type Page, readPage, readQueuePage } from './catch-up-page.ts';
import { nextPageDepth, pullIntervalMs, startDepth, sweepEveryMs } from './catch-up-policy.ts';

const pageSize = 200;
/** A key or a home that cannot be asked right now: the page is read again this often before it is passed. */
const transientRoundsMax = 5;
const transientReasons = new Set(['key_unknown', 'origin_unknown']);
/** A peer that knew no queue may have been brought up to date since. */
const queuelessMs = 60 * 60_000;
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

interface PageResult {
  readonly more: boolean;
  /** Where there is no more: read to the end, to be read again, or nothing there that is for us. */
  readonly end: 'read' | 'again' | 'closed';
  /** Events that were new here; of them, how many the asked peer wrote itself. */
  readonly inserted: number;
  readonly own: number;
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
  private readonly stuck = new Map<string, number>();
  /** Where the last reading failed or was refused, by `server room`. */
  private readonly away = new Set<string>();
  /** Peers of a kind that has no queue to fetch from, and until when they are not asked again. */
  private readonly queuelessUntil = new Map<string, number>();
  private stopped = true;

  constructor(parts: CatchUp['parts']) {
    this.parts = parts;
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
    for (const key of this.pages.keys()) if (key.startsWith(`${server} `)) this.pages.delete(key);
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
      inserted += await this.readQueue(peer);
      let rooms = this.sharedRooms(server);
      // One page of each room in turn, so that a large room does not keep the others waiting.
      while (rooms.length > 0 && !this.stopped) {
        const unfinished: string[] = [];
        for (const roomId of rooms) {
          const askedAt = clock.now();
          const page = await this.readPage(peer, roomId);
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

  /**
   * Fetches what waits there for us, which may be all that can reach us (`GET queue`, ours): how many were new. An
   * event that cannot be judged yet is not said to have arrived.
   */
  private async readQueue(peer: PeerRow): Promise<number> {
    const { client, clock } = this.parts;
    const callee = calleeOf(peer);
    const name = peer.server_name;
    if (!callee || clock.now() < (this.queuelessUntil.get(name) ?? 0)) return 0;
    let inserted = 0;
    let after = 0;
    for (;;) {
      const path = `/queue?after=${after}`;
      const answer = await client.call(callee, {
        method: 'GET',
        path,
        answerBytesMax: tuning.eventsAnswerBytesMax,
      });
      if (answer.kind !== 'answer') throw new Error(answer.kind === 'network' ? answer.error : 'cut short');
      if (answer.status !== 200) {
        if (answer.status === 404) this.queuelessUntil.set(name, clock.now() + queuelessMs);
        return inserted;
      }
      const page = readQueuePage(answer.body);
      if (after === 0) this.parts.onAnswered(name, false);
      const taken = await this.takeIn(peer, page.events);
      inserted += taken.inserted;
      if (page.events.length === 0 || page.next <= after || taken.transient) return inserted;
      after = page.next;
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
      do page = await this.readPage(peer, roomId);
      while (page.more);
      return page.end !== 'again';
    } catch (error) {
      this.parts.log.debug({ peer: server, err: (error as Error).message }, 'catch-up stopped half-way');
      return false;
    }
  }

  private async readPage(peer: PeerRow, roomId: string): Promise<PageResult> {
    const { store, clock } = this.parts;
    const cursor = store.sync.get(peer.server_name, roomId);
    const asked = this.continued(peer.server_name, roomId) ?? startDepth(cursor, clock.now());
    const page = await this.fetch(peer, roomId, cursor.token ?? '0', asked);
    // No such room there, or not for us (any more): nothing to catch up with, and no trouble of the peer's.
    if (page === null) return { more: false, end: 'closed', inserted: 0, own: 0 };
    const results = await this.takeIn(peer, page.events);
    const key = `${peer.server_name} ${roomId}`;
    // The last user here left while the page was on its way; whoever comes next reads it again.
    if (results.closed) return { more: false, end: 'again', inserted: results.inserted, own: results.own };
    if (results.transient && (this.stuck.get(key) ?? 0) < transientRoundsMax) {
      this.stuck.set(key, (this.stuck.get(key) ?? 0) + 1);
      return { more: false, end: 'again', inserted: results.inserted, own: results.own };
    }
    this.stuck.delete(key);
    await this.parts.ingest.adopt(
      page.erased.filter((left) => left.room_id === roomId),
      peer.server_name,
    );
    const { next, more } = this.advance(peer.server_name, roomId, cursor, page, asked);
    await store.writer.write(() => store.sync.put(peer.server_name, roomId, next));
    return { more, end: 'read', inserted: results.inserted, own: results.own };
  }

  /** Where a reading by depth goes on, page after page, within one round. */
  private readonly pages = new Map<string, number>();

  private continued(server: string, roomId: string): number | undefined {
    return this.pages.get(`${server} ${roomId}`);
  }

  private advance(
    server: string,
    roomId: string,
    cursor: SyncCursor,
    page: Page,
    asked: number,
  ): { next: SyncCursor; more: boolean } {
    const now = this.parts.clock.now();
    if (page.next !== null)
      return { next: { ...cursor, token: page.next }, more: page.more && page.next !== cursor.token };
    const depths = page.events.map(depthOf).filter((depth) => depth <= now + limits.aheadMsMax);
    const depth = Math.max(cursor.depth, ...depths);
    const nextDepth = nextPageDepth(asked, page.events.map(depthOf), pageSize);
    const key = `${server} ${roomId}`;
    if (nextDepth === null) this.pages.delete(key);
    else this.pages.set(key, nextDepth);
    // The cursor moves only when the reading is complete: one that broke off begins again where it began.
    if (nextDepth !== null) return { next: cursor, more: true };
    const swept = cursor.depth === 0 || now - cursor.sweptAt >= sweepEveryMs;
    return { next: { token: null, depth, sweptAt: swept ? now : cursor.sweptAt }, more: false };
  }

  private async fetch(peer: PeerRow, roomId: string, token: string, depth: number): Promise<Page | null> {
    const callee = calleeOf(peer);
    if (!callee) throw new Error(`${peer.server_name} cannot be called`);
    const path = `/events?room_id=${roomId}&since_depth=${depth}&limit=${pageSize}&since=${encodeURIComponent(token)}`;
    const answer = await this.parts.client.call(callee, {
      method: 'GET',
      path,
      answerBytesMax: tuning.eventsAnswerBytesMax,
    });
    const where = `${peer.server_name} ${roomId}`;
    if (answer.kind === 'answer' && answer.status === 200)
      this.parts.onAnswered(peer.server_name, this.away.delete(where));
    else this.away.add(where);
    if (answer.kind !== 'answer') throw new Error(answer.kind === 'network' ? answer.error : 'cut short');
    if (answer.status === 403 || answer.status === 404) return null;
    if (answer.status !== 200) throw new Error(`status ${answer.status}`);
    return readPage(answer.body, pageSize);
  }

  /** Whatever is wrong with one event must not keep the ones behind it. */
  private async takeIn(
    peer: PeerRow,
    events: readonly JsonValue[],
  ): Promise<{ inserted: number; own: number; transient: boolean; closed: boolean }> {
    const { verifier, ingest, store, log } = this.parts;
    let transient = false;
    let closed = false;
    const note = (error: unknown): null => {
      const { details, message } = error as ProtocolError;
      if (transientReasons.has(String(details?.reason))) transient = true;
      if (details?.reason === 'room_closed') closed = true;
      log.debug({ peer: peer.server_name, why: message }, 'an event was not taken in');
      return null;
    };
    const fresh = events.filter((event) => {
      const id = isObject(event) ? event.get('event_id') : undefined;
      return typeof id !== 'string' || !store.events.has(id);
    });
    const verified = await Promise.all(
      fresh.map(async (event): Promise<VerifiedEvent | null> => {
        try {
          return await verifier.verify(envelopeFrom(event), peer.server_name);
        } catch (error) {
          return note(error);
        }
      }),
    );
    const outcomes = await Promise.all(
      verified.map(async (event) => {
        const outcome = event && (await ingest.ingest(event));
        if (outcome?.kind === 'refused') note(outcome.error);
        return outcome;
      }),
    );
    const isNew = (_: unknown, i: number) => outcomes[i]?.kind === 'inserted';
    const taken = verified.filter(isNew);
    return {
      inserted: taken.length,
      own: taken.filter((event) => event?.envelope.origin_server === peer.server_name).length,
      transient,
      closed,
    };
  }
}
