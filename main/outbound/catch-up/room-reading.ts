import type { Redacted } from '../../../shared/protocol/events/redaction.ts';
import { SaidError } from '../../../shared/words/refusal.ts';
import { type Said, said } from '../../../shared/words/said.ts';
import type { FederationClient } from '../../client/federation-client.ts';
import { type HttpResult, isRefusal } from '../../client/http.ts';
import { answerText } from '../../client/say-network-error.ts';
import { tuning } from '../../config.ts';
import type { Intake } from '../../events/intake.ts';
import type { Clock } from '../../kernel/ports.ts';
import { type Pause, pauseBy } from '../../kernel/timers.ts';
import type { Tables } from '../../store/ports.ts';
import type { SyncCursor } from '../../store/tables/delivery/sync-store.ts';
import type { PeerRow } from '../../store/tables/peer-store.ts';
import type { Contacts } from '../../trust/contact/contacts.ts';
import type { RoomShares } from '../../trust/limits/room-shares.ts';
import type { PeerDirectory } from '../../trust/peer-directory.ts';
import { calleeOf } from '../../trust/peer-rows.ts';
import {
  depthOf,
  eventIdOf,
  isTooLarge,
  type Page,
  PageSize,
  pagesPerRoundMax,
  readPage,
  uselessPagesMax,
  whyNoEvents,
} from './catch-up-page.ts';
import {
  mayHideMore,
  nextPageDepth,
  placeAfter,
  startDepth,
  sweepEveryMs,
  Undecided,
  widerPage,
} from './catch-up-policy.ts';
import { type PatientDeps, patientCall } from './patient-call.ts';

/** The server as a whole is busy; nothing is wrong with the room. */
const busyStatuses: ReadonlySet<number> = new Set([429, 502, 503, 504]);

export interface PageResult {
  readonly more: boolean;
  /** Why a reading stopped: read to the end, has to be read again, nothing in it is for us, or enough for one round. */
  readonly end: 'read' | 'again' | 'closed' | 'paused';
  /** Events that were new here, and how many of them the asked peer wrote itself. */
  readonly inserted: number;
  readonly own: number;
  /** Events on this page, and how many the peer says come after it; null if it doesn't say. */
  readonly read: number;
  readonly left: number | null;
}

/** Why a page could not be read. */
export class ReadingFailed extends SaidError {
  /** The server doesn't answer, or not now: that says something about the server and nothing about the room. */
  readonly isPeers: boolean;

  constructor(reason: Said, isPeers: boolean) {
    super(reason);
    this.isPeers = isPeers;
  }
}

/** A running reading, from its first page to its last. */
interface RunningReading {
  /** The order of the reading: arrival (`since`, our extension) or depth (the draft). */
  by: 'arrival' | 'depth';
  token: string;
  depth: number;
  /** The place to continue from together with `depth`, if the peer named one; otherwise empty. */
  eventId: string;
  /** The highest depth seen so far. */
  highest: number;
  /** How many events the last page was requested with. */
  asked: number;
  /** How many to ask for next if more events may have the depth of the last page's events; `no`: that was too much. */
  wider: number | 'no' | null;
  /** The size of the last page that was not too large. */
  fits: number;
  /** Pages read in this round, and how many of the latest ones in a row had nothing to use. */
  pages: number;
  useless: number;
  /** The IDs of the last page, to notice a page that repeats itself. */
  ids: string;
  /** How many events come after the pages so far; null if the peer didn't say. */
  left: number | null;
  /** Something could not be verified yet, or came too fast. So the cursor stays, and the next reading brings it again. */
  held: boolean;
  /** Set if something can't be judged because a key is missing. `mayPass`: it has been retried for long enough. */
  undecided: { readonly mayPass: boolean } | null;
  /**
   * The remains of erased messages. The delete that proves one may be on a later page, so they are tried again at the
   * end.
   */
  readonly erased: Redacted[];
}

/** How many of those are kept at most. */
const erasedMax = 2_000;

interface Deps extends PatientDeps {
  readonly store: Tables<'sync' | 'writer'>;
  readonly directory: PeerDirectory;
  readonly client: FederationClient;
  readonly clock: Clock;
  readonly intake: Intake;
  readonly shares: Pick<RoomShares, 'isFull'>;
  readonly contacts: Pick<Contacts, 'letUsRead'>;
}

/**
 * Reads rooms at one server, page by page. Each of the two ways of reading has its own mark in the cursor, and only
 * that way moves it. So nothing is skipped, whichever way a peer answers next.
 */
export class RoomReading {
  readonly #server: string;
  readonly #deps: Deps;
  readonly #pause: Pause;
  /** The readings that run, by room. */
  readonly #running = new Map<string, RunningReading>();
  readonly #sizes = new Map<string, PageSize>();
  readonly #undecided = new Map<string, Undecided>();
  /** Rooms whose last reading failed or was refused. */
  readonly #away = new Set<string>();

  constructor(server: string, deps: Deps) {
    this.#server = server;
    this.#deps = deps;
    this.#pause = pauseBy(deps.clock);
  }

  /** The next reading of each room starts at its first page. */
  restart(): void {
    this.#running.clear();
  }

  /** `peer`: the server as currently known. Throws ReadingFailed. */
  async readPage(peer: PeerRow, roomId: string, signal: AbortSignal): Promise<PageResult> {
    const { store, clock, intake, shares, directory } = this.#deps;
    // A full share would store nothing of the page.
    if (shares.isFull(this.#server, roomId))
      return { more: false, end: 'paused', inserted: 0, own: 0, read: 0, left: null };
    const cursor = store.sync.get(this.#server, roomId);
    const running = this.#runningOf(roomId, cursor);
    const askedAt = clock.now();
    const page = await this.#fetch(peer, roomId, running, signal);
    // There is no such room there, or it isn't open to us (any more): nothing to catch up with.
    if (page === null) {
      this.#running.delete(roomId);
      return { more: false, end: 'closed', inserted: 0, own: 0, read: 0, left: null };
    }
    const read = page.events.length + page.erased.length;
    running.left = page.left ?? (running.left === null ? null : Math.max(0, running.left - read));
    const count = { read, left: running.left };
    const { transient, delayed, closed, inserted, known, own, unverified } = await intake.takeIn(
      peer,
      page.events,
      page.isLarge ? this.#pause : null,
    );
    // The last user here left while the page was in transit. The next one to join reads it again.
    if (closed) {
      this.#running.delete(roomId);
      return { more: false, end: 'again', inserted, own, ...count };
    }
    if (transient) running.undecided ??= { mayPass: this.#undecidedIn(roomId).met(askedAt) };
    if (delayed || running.undecided?.mayPass === false) running.held = true;
    const left = page.erased.filter(({ room_id }) => room_id === roomId);
    // The key of another server may be found yet; ours would be here.
    const lost = unverified.filter(
      ({ room_id, origin_server }) =>
        room_id === roomId && (directory.isUs(origin_server) || running.undecided?.mayPass === true),
    );
    const erased = await intake.takeErased(peer, [...left, ...lost]);
    const { next, more } = advance(cursor, running, page, askedAt);
    if (!more && running.erased.length > 0) await intake.takeErased(peer, running.erased);
    running.erased.push(...left.slice(0, erasedMax - running.erased.length));
    const ids = JSON.stringify(page.events.map(eventIdOf));
    const isUseful = inserted + erased > 0 || (known > 0 && ids !== running.ids);
    running.ids = ids;
    running.pages++;
    running.useless = isUseful ? 0 : running.useless + 1;
    if (!running.held && next !== null && !isSame(cursor, next))
      await store.writer.write(() => store.sync.put(this.#server, roomId, next));
    if (more && (running.useless >= uselessPagesMax || running.pages >= pagesPerRoundMax)) {
      const isEndless = running.useless >= uselessPagesMax;
      // The next round continues from here.
      this.#running.set(roomId, { ...running, pages: 0, useless: 0 });
      if (isEndless) throw new ReadingFailed(said('peer.asks_endless'), false);
      return { more: false, end: 'paused', inserted, own, ...count };
    }
    if (more) this.#running.set(roomId, running);
    else this.#running.delete(roomId);
    if (!more) this.#sizes.get(roomId)?.grow();
    if (!more && !running.held) this.#undecided.delete(roomId);
    return { more, end: !more && running.held ? 'again' : 'read', inserted, own, ...count };
  }

  #undecidedIn(roomId: string): Undecided {
    const undecided = this.#undecided.get(roomId) ?? new Undecided();
    this.#undecided.set(roomId, undecided);
    return undecided;
  }

  #runningOf(roomId: string, cursor: SyncCursor): RunningReading {
    const by = this.#deps.directory.answers(this.#server, 'events.since') ? 'arrival' : 'depth';
    const running = this.#running.get(roomId);
    if (running?.by === by) return running;
    const depth = startDepth(cursor, this.#deps.clock.now());
    return {
      by,
      token: cursor.token ?? '0',
      depth,
      eventId: '',
      highest: 0,
      asked: 0,
      wider: null,
      fits: 1,
      pages: 0,
      useless: 0,
      ids: '',
      left: null,
      held: false,
      undecided: null,
      erased: [],
    };
  }

  /** A peer that lists the reading by arrival but doesn't answer it is read by depth from now on. */
  async #fetch(
    peer: PeerRow,
    roomId: string,
    running: RunningReading,
    signal: AbortSignal,
  ): Promise<Page | null> {
    const { directory, contacts } = this.#deps;
    try {
      let page = await this.#ask(peer, roomId, running, signal);
      if (running.by === 'arrival' && page !== 'closed') {
        if (page !== 'unknown' && page.next !== null) directory.noteAnswered(this.#server, 'events.since');
        else {
          directory.noteUnanswered(this.#server, 'events.since');
          running.by = 'depth';
          if (page === 'unknown') page = await this.#ask(peer, roomId, running, signal);
        }
      }
      if (page === 'unknown') throw new ReadingFailed(said('peer.asks_garbled'), false);
      if (page === 'closed') {
        this.#away.add(roomId);
        return null;
      }
      contacts.letUsRead(this.#server, this.#away.delete(roomId));
      return page;
    } catch (error) {
      this.#away.add(roomId);
      throw error;
    }
  }

  /** `unknown`: the response is not an answer to a reading by arrival. */
  async #ask(
    peer: PeerRow,
    roomId: string,
    running: RunningReading,
    signal: AbortSignal,
  ): Promise<Page | 'closed' | 'unknown'> {
    const callee = calleeOf(peer);
    if (!callee) throw new ReadingFailed(said('peer.asks_no_address'), true);
    // Counted once, if there is more than one page.
    const count = running.pages === 1 ? '&count=1' : '';
    const since = running.by === 'arrival' ? `&since=${encodeURIComponent(running.token)}${count}` : '';
    const behind = running.eventId === '' ? '' : `&since_event_id=${encodeURIComponent(running.eventId)}`;
    const page = this.#sizes.get(roomId) ?? new PageSize();
    this.#sizes.set(roomId, page);
    let answer: HttpResult;
    do {
      running.asked = typeof running.wider === 'number' ? running.wider : page.size;
      answer = await patientCall(this.#deps, callee, {
        method: 'GET',
        path: `/events?room_id=${roomId}&since_depth=${running.depth}${behind}&limit=${running.asked}${since}`,
        signal,
        answerBytesMax: tuning.eventsAnswerBytesMax,
      });
    } while (isTooLarge(answer) && (narrow(running) || page.shrink()));
    // A single event that is too large is a problem of the room, not of the server.
    if (answer.kind !== 'answer' && isTooLarge(answer)) throw new ReadingFailed(answerText(answer), false);
    if (answer.kind !== 'answer') throw new ReadingFailed(answerText(answer), true);
    const isRefused = answer.status === 403 || answer.status === 404;
    if (isRefused && isRefusal(answer.body)) return 'closed';
    const read = answer.status === 200 ? await readPage(answer.body, running.asked, this.#pause) : null;
    if (read !== null) return read;
    if (busyStatuses.has(answer.status)) throw new ReadingFailed(whyNoEvents(answer), true);
    if (running.by === 'arrival') return 'unknown';
    throw new ReadingFailed(whyNoEvents(answer), false);
  }
}

/** A page with nothing new is the usual case, and isn't worth a commit. */
const isSame = (one: SyncCursor, other: SyncCursor): boolean =>
  one.token === other.token && one.depth === other.depth && one.sweptAt === other.sweptAt;

/** If a larger page for events of one depth was too large, asks for fewer. False if this wasn't such a page. */
function narrow(running: RunningReading): boolean {
  if (typeof running.wider !== 'number') return false;
  const between = Math.floor((running.fits + running.wider) / 2);
  running.wider = between > running.fits ? between : 'no';
  return true;
}

/** Moves the reading past a page; `next` is the cursor to save, if the page moves it. */
function advance(
  cursor: SyncCursor,
  running: RunningReading,
  page: Page,
  now: number,
): { readonly next: SyncCursor | null; readonly more: boolean } {
  if (running.by === 'arrival' && page.next !== null) {
    const more = page.more && page.next !== running.token;
    running.token = page.next;
    return { next: { ...cursor, token: page.next }, more };
  }
  const depths = page.events.map(depthOf);
  // An event may be ahead of our clock. Events that others write now come before it and still have to be read.
  running.highest = Math.max(running.highest, ...depths.map((depth) => Math.min(depth, now)));
  running.fits = running.asked;
  const end = placeAfter(running, page, now);
  if (end !== null) {
    running.depth = end.depth;
    running.eventId = end.eventId;
    // Events that are hidden from us count as read.
    running.highest = Math.max(running.highest, Math.min(end.depth, now));
    if (mayHideMore(page, end, running.asked)) return { next: null, more: true };
    return complete(cursor, running, now);
  }
  const wider = widerPage(depths, running.asked);
  if (wider !== null && running.wider !== 'no') {
    running.wider = wider;
    return { next: null, more: true };
  }
  running.wider = null;
  const nextDepth = nextPageDepth(running.depth, depths, running.asked);
  // The cursor moves only when the reading is complete. One that was interrupted starts again where it began.
  if (nextDepth !== null) {
    running.depth = nextDepth;
    return { next: null, more: true };
  }
  return complete(cursor, running, now);
}

function complete(
  cursor: SyncCursor,
  running: RunningReading,
  now: number,
): { next: SyncCursor; more: false } {
  const swept = cursor.depth === 0 || now - cursor.sweptAt >= sweepEveryMs;
  const depth = Math.max(cursor.depth, running.highest);
  return { next: { ...cursor, depth, sweptAt: swept ? now : cursor.sweptAt }, more: false };
}
