import { notFound } from '../../../shared/protocol/errors.ts';
import { digestLimits } from '../../../shared/protocol/events/digest.ts';
import { redactedText } from '../../../shared/protocol/events/redaction.ts';
import { parseEventId, parseRoomId } from '../../../shared/protocol/identifiers.ts';
import { limits } from '../../../shared/protocol/limits.ts';
import { orderEnd, type Position } from '../../../shared/protocol/room-state.ts';
import { refusal } from '../../../shared/words/refusal.ts';
import { said } from '../../../shared/words/said.ts';
import { goneIfErased } from '../../events/projection/gone.ts';
import type { ReadAccess } from '../../events/projection/read-access.ts';
import type { Room, RoomRegistry } from '../../events/projection/room-registry.ts';
import { isJsonText } from '../../events/projection/stored.ts';
import { blocksOf } from '../../events/room-digest.ts';
import type { Tell } from '../../facts.ts';
import { HandedOut } from '../../kernel/handed-out.ts';
import type { Clock } from '../../kernel/ports.ts';
import { isErased, readErased } from '../../store/erased-body.ts';
import type { Tables } from '../../store/ports.ts';
import { type EventRow, isFullPage } from '../../store/tables/rooms/event-store.ts';
import type { PeerBudgets } from '../../trust/limits/peer-budgets.ts';
import { RateLimiter } from '../../trust/limits/rate-limiter.ts';
import type { PeerDirectory } from '../../trust/peer-directory.ts';
import { ByteShares, tooMuchUnderWay, underWay } from './byte-shares.ts';
import { anyWindow, DraftPages, existingWindow } from './draft-pages.ts';
import { LeftCounts } from './left-counts.ts';
import { readAfter, readDepth, readLimit } from './query.ts';
import { answer, type FederationAnswer, type FederationRequest, notRead } from './request.ts';

export interface ReadsDeps {
  readonly store: Tables<'events' | 'held' | 'outbox' | 'meta' | 'writer'>;
  readonly registry: RoomRegistry;
  readonly directory: Pick<PeerDirectory, 'get' | 'isOfOurKind' | 'serverOf'>;
  readonly budgets: Pick<PeerBudgets, 'chargeBytes' | 'chargeWork'>;
  readonly clock: Clock;
  readonly tell: Tell;
}

/** Each looks at thousands of events. */
export const digestRate = { requests_per_minute: 30, burst: 60 };

/**
 * Answers what an authenticated peer may read here. Answers can be large, so the number of bytes being sent is limited
 * per peer and in total.
 */
export class Reads {
  readonly #deps: ReadsDeps;
  readonly #answers = new ByteShares(underWay);
  readonly #digests: RateLimiter;
  readonly #leftCounts: LeftCounts;
  readonly #handedOut = new HandedOut();
  readonly #pages = new DraftPages();

  constructor(deps: ReadsDeps) {
    this.#deps = deps;
    this.#digests = new RateLimiter(deps.clock);
    this.#leftCounts = new LeftCounts(deps);
  }

  event(origin: string, request: FederationRequest): FederationAnswer {
    const { store, registry, directory } = this.#deps;
    const id = request.params.event_id ?? '';
    const { server } = parseEventId(id);
    const row = store.events.byId(id);
    // Its own server may know that nobody decides about it any more.
    if (!row && directory.serverOf(server) === origin && store.held.isDiscarded(id))
      throw refusal('GONE', said('wire.discarded', { event: id }));
    const room = row && registry.get(row.room_id);
    // The asker named no room, so it learns none that it doesn't know, nor that there is such an event.
    const access = row && room && registry.readAccessOf(room, origin);
    if (!row || !access) throw notFound(said('wire.no_event', { event: id }));
    this.#chargeRows(origin, access.rows);
    if (!access.includes(row.depth)) throw notRead(origin, row.room_id);
    const erased = goneIfErased(row);
    if (erased) throw erased;
    if (this.#sound([row]).length === 0) throw notFound(said('wire.no_event', { event: id }));
    return this.answerTo(origin, () => ({ status: 200, body: row.body }));
  }

  /**
   * Reads by depth; with `since`, by order of arrival, with `next` to continue (docs/protocol/wire.md, "GET events").
   */
  events(origin: string, request: FederationRequest): FederationAnswer {
    const roomId = request.query.get('room_id') ?? '';
    parseRoomId(roomId);
    const limit = readLimit(request.query.get('limit'));
    const sinceDepth = readDepth(request.query.get('since_depth'));
    const room = this.#deps.registry.get(roomId);
    if (!room) throw notFound(said('wire.no_room', { room: roomId }));
    const access = this.#readAccessOf(room, origin);
    const since = request.query.get('since');
    const until = request.query.get('until_depth');
    const untilDepth = until === null ? null : readDepth(until, 'until_depth');
    const asker = { origin, access };
    return this.answerTo(origin, () =>
      since === null
        ? untilDepth === null
          ? this.#byPlace(room, asker, { depth: sinceDepth, eventId: readEventId(request) }, limit)
          : this.#byDepth(room, asker, sinceDepth, untilDepth, limit)
        : this.#byArrival(room, asker, this.#seqOf(since), limit, request.query.get('count') === '1'),
    );
  }

  /** Throws FORBIDDEN for a server that never had a member in the room. */
  #readAccessOf(room: Room, origin: string): ReadAccess {
    const access = this.#deps.registry.readAccessOf(room, origin);
    if (access === null) throw notRead(origin, room.row.room_id);
    this.#chargeRows(origin, access.rows);
    return access;
  }

  /** Looking at rows is work, whatever the reader gets of them. */
  #chargeRows(origin: string, rows: number): void {
    this.#deps.budgets.chargeWork(origin, rows / limits.rowsPerWork);
  }

  /** Erased events are passed over, which is as much work. */
  #chargeStretch({ origin }: Asker, roomId: string, since: number, until: number): void {
    this.#chargeRows(origin, this.#deps.store.events.rowsBetween(roomId, since, until));
  }

  /** Returns the events that the asker may read. The others had to be read as well, so their bytes are charged, too. */
  #readable<T extends Pick<EventRow, 'depth'> & { readonly body?: string }>(
    { origin, access }: Asker,
    rows: readonly T[],
  ): T[] {
    const readable = rows.filter(({ depth }) => access.includes(depth));
    const bytes = (some: readonly T[]) => some.reduce((sum, { body }) => sum + (body?.length ?? 0), 0);
    if (readable.length < rows.length) this.#deps.budgets.chargeBytes(origin, bytes(rows) - bytes(readable));
    return readable;
  }

  #byDepth(room: Room, asker: Asker, since: number, until: number, limit: number): FederationAnswer {
    const roomId = room.row.room_id;
    const rows = this.#deps.store.events.between(roomId, since, until, limit);
    const reached = isFullPage(rows, limit) ? (rows.at(-1)?.depth ?? until) : until;
    this.#chargeStretch(asker, roomId, since, reached);
    return eventsAnswer(this.#sound(this.#readable(asker, rows)));
  }

  /** Answers as in the draft, with the place that a server of another kind continues from. */
  #byPlace(room: Room, asker: Asker, asked: Position, limit: number): FederationAnswer {
    const { store, directory, clock } = this.#deps;
    const { room_id: roomId } = room.row;
    const { origin } = asker;
    const isExisting = directory.isOfOurKind(origin) === false && directory.get(origin)?.form === 'addressed';
    const from = isExisting ? this.#pages.begin(origin, roomId, asked) : asked;
    const window = isExisting ? existingWindow(clock.now()) : anyWindow(clock.now());
    const rows = store.events.afterPlace(roomId, from, limit, window);
    const last = rows.at(-1);
    const end = last ? { depth: last.depth, eventId: last.event_id } : from;
    const reached = isFullPage(rows, limit) ? end.depth : window.latest;
    this.#chargeStretch(asker, roomId, from.depth - 1, reached);
    if (isExisting) this.#pages.answered(origin, roomId, isFullPage(rows, limit) ? end : null);
    return eventsAnswer(this.#sound(this.#readable(asker, rows)), end);
  }

  #byArrival(room: Room, asker: Asker, since: number, limit: number, counts: boolean): FederationAnswer {
    const { store } = this.#deps;
    const { origin, access } = asker;
    const roomId = room.row.room_id;
    const rows = store.events.afterSeq(roomId, since, limit);
    // The token stays before the first event that is withheld, so a server that is admitted again continues from there.
    const withheld = rows.findIndex(({ depth }) => !access.includes(depth));
    const passed = withheld < 0 ? rows : rows.slice(0, withheld);
    const last = passed.at(-1)?.seq ?? since;
    const more = withheld < 0 && isFullPage(rows, limit);
    // A server without a member in the room may not read everything that is left, so it doesn't learn how much that is.
    const mayKnow = counts && more && room.servers.has(origin);
    const page = { roomId, since, last, events: rows.length };
    const left = mayKnow ? this.#leftCounts.after(origin, page) : null;
    this.#chargeRows(origin, rows.length);
    return eventsAnswer(this.#sound(this.#readable(asker, rows)), { next: this.#token(last), more, left });
  }

  /**
   * Lists what waits here for the asker (our extension), for a server that can't be called. `after` is the `next` of an
   * earlier answer, and confirms that everything up to there has arrived. It counts only up to what was handed to this
   * asker, so that nobody can be led to confirm what they never got. Throws BAD_REQUEST beyond that; after a restart
   * the asker begins again.
   */
  async queue(origin: string, request: FederationRequest): Promise<FederationAnswer> {
    const { store, clock, tell } = this.#deps;
    const after = readAfter(request.query.get('after'));
    const limit = readLimit(request.query.get('limit'));
    this.#handedOut.check(origin, after);
    if (after > 0) {
      await store.writer.write((tx) => {
        const eventIds = store.outbox.fetched(origin, after, clock.now());
        if (eventIds.length > 0)
          tx.afterCommit(() => tell({ fact: 'events-fetched', destination: origin, eventIds }));
      });
    }
    return this.answerTo(origin, () => {
      const rows = store.outbox.waiting(origin, after, limit);
      const next = rows.at(-1)?.id ?? after;
      this.#handedOut.note(origin, next);
      const events = this.#sound(rows)
        .map((row) => row.body)
        .join(',');
      return { status: 200, body: `{"events":[${events}],"next":${next},"more":${isFullPage(rows, limit)}}` };
    });
  }

  /** Leaves out damaged rows, because one of them would spoil the whole page. */
  #sound<T extends { readonly event_id: string; readonly body: string }>(rows: readonly T[]): readonly T[] {
    if (isJsonText(`[${rows.map(({ body }) => body).join(',')}]`)) return rows;
    return rows.filter(({ event_id: eventId, body }) => {
      const isSound = isJsonText(body);
      if (!isSound) this.#deps.tell({ fact: 'event-unreadable', eventId });
      return isSound;
    });
  }

  /** A summary of what the asker may read between two depths (our extension). */
  digest(origin: string, request: FederationRequest): FederationAnswer {
    const { registry, store } = this.#deps;
    this.#digests.spend(origin, digestRate, (seconds) => said('wire.rate_digest', { seconds }));
    const roomId = request.query.get('room_id') ?? '';
    parseRoomId(roomId);
    const since = readDepth(request.query.get('since_depth'));
    const until = readDepth(request.query.get('until_depth'), 'until_depth');
    const room = registry.get(roomId);
    if (!room) throw notFound(said('wire.no_room', { room: roomId }));
    const access = this.#readAccessOf(room, origin);
    const { rows, isAll } = store.events.placed(roomId, since, until, digestLimits);
    const reached = isAll ? until : (rows.at(-1)?.depth ?? until);
    const asker = { origin, access };
    this.#chargeStretch(asker, roomId, since, reached);
    const blocks = blocksOf(this.#readable(asker, rows), reached, isAll);
    return answer(200, { blocks });
  }

  /**
   * An answer that may be large. Its reader is charged for its size, and it counts until it has been sent. Throws
   * RATE_LIMITED while too much is being sent.
   */
  answerTo(origin: string, make: () => FederationAnswer): FederationAnswer {
    if (!this.#answers.admits(origin)) throw tooMuchUnderWay(origin);
    const made = make();
    const bytes = Buffer.byteLength(made.body);
    this.#deps.budgets.chargeBytes(origin, bytes);
    this.#answers.take(origin, bytes);
    return { ...made, sent: () => this.#answers.free(origin, bytes) };
  }

  /** A token of another database (a restored backup, or a new one) means reading from the beginning. */
  #seqOf(token: string): number {
    const [epoch, seq] = token.split('.');
    return epoch === this.#epoch() && seq !== undefined && /^[0-9]{1,15}$/.test(seq) ? Number(seq) : 0;
  }

  #token(seq: number): string {
    return `${this.#epoch()}.${seq}`;
  }

  #epoch(): string {
    return this.#deps.store.meta.get('epoch') ?? '';
  }
}

interface Asker {
  readonly origin: string;
  readonly access: ReadAccess;
}

interface PageEnd {
  readonly next: string;
  readonly more: boolean;
  /** How many events come after this page, if that is known. */
  readonly left: number | null;
}

/** Writes the end of a page in the words of the existing server. */
const placeFields = ({ depth, eventId }: Position): string =>
  `"next_depth":${Math.max(depth, 0)},"next_event_id":${eventId === orderEnd.eventId ? null : JSON.stringify(eventId)}`;

/** Includes the remains of erased events if it has `next`, so that a reader can continue from every page. */
function eventsAnswer(rows: readonly EventRow[], end?: PageEnd | Position): FederationAnswer {
  const whole = `[${rows.flatMap((row) => (isErased(row) ? [] : [row.body])).join(',')}]`;
  if (end === undefined) return { status: 200, body: `{"events":${whole}}` };
  if ('depth' in end) return { status: 200, body: `{"events":${whole},${placeFields(end)}}` };
  const erased = rows.filter(isErased);
  const left = erased.map((row) => readErased(row).left).map((each) => redactedText(each, each.erased));
  const count = end.left === null ? '' : `,"left":${end.left}`;
  const tail = `"erased":[${left.join(',')}],"next":${JSON.stringify(end.next)},"more":${end.more}${count}`;
  return { status: 200, body: `{"events":${whole},${tail}}` };
}

/** The second half of a place, if the reader names it. Otherwise it has everything at its depth. */
function readEventId({ query }: FederationRequest): string {
  const id = query.get('since_event_id');
  if (id === null || id === '') return orderEnd.eventId;
  parseEventId(id);
  return id;
}
