import type { TimelineItem } from '../../../../shared/api/views/room-views.ts';
import { comparePositions, type Position } from '../../../../shared/protocol/room-state.ts';
import { keptRow, type Row, rowOf, rowsOf } from './rows.ts';

export interface TimelineAnswer {
  /** Newest first. */
  readonly items: readonly TimelineItem[];
  readonly next: string | null;
}
export type ReadTimeline = (input: { limit: number; cursor?: string }) => Promise<TimelineAnswer>;

interface Sizes {
  /** The first reading: what fills a window. */
  readonly first: number;
  readonly page: number;
  /** The size of a page while one message is looked for. */
  readonly seek: number;
  /** A page that grew beyond this is read in two from then on. */
  readonly pageMax: number;
  /** A newest page that grew beyond this without being read is read from scratch. */
  readonly grownMax: number;
  /** Messages at hand; beyond this, those farthest from the view are let go and read again when needed. */
  readonly keptMax: number;
  /** Reading on begins when this few rows are left above the view. */
  readonly ahead: number;
}
const readMax = 500;
const usualSizes: Sizes = {
  first: 50,
  page: 100,
  seek: readMax,
  pageMax: 150,
  grownMax: 500,
  keptMax: 1500,
  ahead: 40,
};
/** How many pages of the largest size are read to find one message. */
const seekPagesMax = 200;

/** A stretch of the timeline. Its bounds are places in the room's order, so they hold whatever comes and goes. */
interface Page {
  /** The beginning of the page, as the node said it; the newest page begins at the end of the timeline. */
  readonly cursor: string | undefined;
  /** The oldest place; `null` where it reaches back to the first message. */
  readonly floor: Position | null;
  /** Oldest first. */
  rows: readonly Row[];
  atHand: boolean;
  /** When its reading began, and when something about it changed last, both counted in changes. */
  readonly readAt: number;
  changedAt: number;
}

/**
 * One channel's timeline, read backwards page by page. What the node says has changed is read again: the newest page
 * and those in view at once, the others when they come into view. One reading runs at a time.
 */
export class TimelinePages {
  rows: readonly Row[] = [];
  /** Whether the first message is among the rows. */
  complete = false;
  loadingOlder = false;
  failure: unknown = null;
  /** After the first answer. */
  opened = false;
  readonly #read: ReadTimeline;
  readonly #changed: (arrived: readonly TimelineItem[]) => void;
  readonly #sizes: Sizes;
  /** Newest first. */
  #pages: Page[] = [];
  #older: string | undefined;
  #view = { first: 0, last: 0 };
  #turn: Promise<void> = Promise.resolve();
  #refreshWaits = false;
  #closed = false;
  /** Changes heard of; and which of them was about everything. */
  #changes = 0;
  #allChangedAt = 0;

  /** `changed` is called after each reading, with the messages that are newer than all before. */
  constructor(
    read: ReadTimeline,
    changed: (arrived: readonly TimelineItem[]) => void,
    sizes: Partial<Sizes> = {},
  ) {
    this.#read = read;
    this.#changed = changed;
    this.#sizes = { ...usualSizes, ...sizes };
  }

  /** Answers that arrive later are ignored. */
  close(): void {
    this.#closed = true;
  }

  /** Something changed: reads the newest page and what is in view again. */
  refresh(): Promise<void> {
    this.#allChangedAt = ++this.#changes;
    return this.#readStale();
  }

  /** Reads a message again that looks different now; nothing to do where it is not at hand. */
  touch(id: string): Promise<void> {
    const page = this.#pages.find(({ rows, atHand }) => atHand && rows.some((row) => row.id === id));
    if (!page) return Promise.resolve();
    page.changedAt = ++this.#changes;
    return this.#readStale();
  }

  /**
   * A message as it stands now. If it isn't at hand, it is added at the end where it is newer than all others of the
   * channel (`isNews`), and otherwise read where it belongs. Replies to it are read again.
   */
  put(item: TimelineItem, isNews: boolean): Promise<void> {
    const { event_id } = item;
    return this.#inTurn(async () => {
      const newest = this.#pages[0];
      if (newest === undefined) return this.#open();
      const page = this.#pages.find(({ rows }) => rows.some((row) => row.id === event_id));
      const isAfter = this.newest === null || comparePositions(positionOf(item), this.newest) > 0;
      const quotes = this.#touchQuotes(event_id);
      if (page) this.#replace(page, item);
      else if (!isNews) return;
      else if (isAfter) this.#fill(newest, [...newest.rows.flatMap((row) => row.item ?? []), item]);
      else if (reaches(item, this.#pages.at(-1)?.floor ?? null)) return void this.refresh();
      else return;
      this.#letGo();
      this.#rebuild();
      this.#changed(isAfter && !page ? [item] : []);
      if (quotes) void this.#readStale();
      // Only the node can say where a part of it begins, so what is above the view is let go as a whole.
      const isAtEnd = this.#view.last >= this.rows.length - this.#sizes.ahead;
      if (newest.rows.length > this.#sizes.grownMax && isAtEnd) await this.#open();
    });
  }

  /** Whether there are any at hand. */
  #touchQuotes(id: string): boolean {
    const pages = this.#pages.filter(({ rows }) => rows.some(({ item }) => item?.reply_to?.event_id === id));
    for (const page of pages) page.changedAt = ++this.#changes;
    return pages.length > 0;
  }

  /** Replaces a message in a page at hand; another page is read when it comes into view. */
  #replace(page: Page, item: TimelineItem): void {
    if (!page.atHand) return;
    const items = page.rows.flatMap((row) => row.item ?? []);
    this.#fill(
      page,
      items.map((each) => (each.event_id === item.event_id ? item : each)),
    );
  }

  #fill(page: Page, items: readonly TimelineItem[]): void {
    page.rows = keptRows(page.rows, rowsOf(items, null));
  }

  /** These rows are in view now. */
  look(first: number, last: number): void {
    this.#view = { first, last };
    if (!this.opened || this.#closed) return;
    if (this.#inView().some((page) => this.#isStale(page))) void this.#readStale();
    if (first < this.#sizes.ahead && !this.complete && this.failure === null) void this.loadOlder();
  }

  /** Once the last try failed, only someone's asking or a refresh tries again. */
  loadOlder(limit = this.#sizes.page): Promise<void> {
    if (this.complete || this.loadingOlder || !this.opened) return Promise.resolve();
    this.loadingOlder = true;
    return this.#inTurn(async () => {
      const cursor = this.#older;
      if (cursor === undefined) return;
      const readAt = this.#changes;
      const { items, next } = await this.#read({ limit, cursor });
      if (this.#closed) return;
      this.loadingOlder = false;
      const known = this.#pages.at(-1)!;
      this.#pages.push(pageOf(cursor, items, next === null ? null : floorOf(items, known.floor), readAt));
      this.#reachesTo(next);
      this.#view = { first: this.#view.first + items.length, last: this.#view.last + items.length };
      this.#letGo();
      this.#rebuild();
      this.#changed([]);
    });
  }

  /**
   * Reads back page by page until the message is among the rows. False if a reading failed, or the message isn't there.
   */
  async loadTo(id: string): Promise<boolean> {
    for (let page = 0; ; page++) {
      if (this.rows.some((row) => row.id === id)) return true;
      if (page === seekPagesMax || this.complete || !this.opened || this.#closed) return false;
      await (this.loadingOlder ? this.#turn : this.loadOlder(this.#sizes.seek));
      if (this.failure !== null) return false;
    }
  }

  /** Position of the newest message known. */
  get newest(): Position | null {
    const item = this.rows.at(-1)?.item;
    return item ? positionOf(item) : null;
  }

  #readStale(): Promise<void> {
    if (this.#refreshWaits) return this.#turn;
    this.#refreshWaits = true;
    return this.#inTurn(async () => {
      this.#refreshWaits = false;
      if (!this.opened) return this.#open();
      const before = this.newest;
      const newest = this.#pages[0]!;
      for (const page of new Set([newest, ...this.#inView()]))
        if (this.#isStale(page)) await this.#readAgain(page);
      if (this.#closed) return;
      this.#letGo();
      this.#rebuild();
      this.#changed(before === null ? this.#items() : this.#itemsAfter(before));
    });
  }

  async #open(): Promise<void> {
    const readAt = this.#changes;
    const { items, next } = await this.#read({ limit: this.#sizes.first });
    if (this.#closed) return;
    this.opened = true;
    this.#view = { first: 0, last: items.length };
    this.#pages = [pageOf(undefined, items, next === null ? null : floorOf(items, null), readAt)];
    this.#reachesTo(next);
    this.#rebuild();
    this.#changed([]);
  }

  async #readAgain(page: Page): Promise<void> {
    const { pageMax, first } = this.#sizes;
    const readAt = this.#changes;
    const parts: Page[] = [];
    let cursor = page.cursor;
    let limit = page.rows.length > pageMax ? first : Math.min(readMax, page.rows.length + first);
    for (;;) {
      const { items, next } = await this.#read({ limit, ...(cursor === undefined ? {} : { cursor }) });
      if (this.#closed) return;
      const own = items.filter((item) => reaches(item, page.floor));
      const last = own.at(-1);
      const over = next === null || own.length < items.length || isAt(last, page.floor);
      parts.push(pageOf(cursor, own, over || !last ? page.floor : positionOf(last), readAt));
      if (over) break;
      cursor = next;
      limit = readMax;
    }
    for (const part of parts) {
      part.changedAt = page.changedAt;
      part.rows = keptRows(page.rows, part.rows);
    }
    const at = this.#pages.indexOf(page);
    if (at >= 0) this.#pages.splice(at, 1, ...parts);
  }

  #reachesTo(next: string | null): void {
    this.complete = next === null;
    this.#older = next ?? undefined;
  }

  /** Builds all pages again: the edge of each depends on the page before it, as far as that one is at hand. */
  #rebuild(): void {
    let before: TimelineItem | null = null;
    let isKnown = true;
    for (const page of this.#pages.toReversed()) {
      const edge = page.rows[0];
      if (edge === undefined) continue;
      if (edge.item && isKnown) {
        const row = rowOf(edge.item, before);
        const isSame = row.startsDay === edge.startsDay && row.startsGroup === edge.startsGroup;
        if (!isSame) page.rows = [row, ...page.rows.slice(1)];
      }
      before = page.rows.at(-1)?.item ?? null;
      isKnown = before !== null;
    }
    this.rows = this.#pages.toReversed().flatMap(({ rows }) => rows);
  }

  #isStale(page: Page): boolean {
    return !page.atHand || page.readAt < Math.max(page.changedAt, this.#allChangedAt);
  }

  #inView(): Page[] {
    return this.#spans()
      .filter(({ from, to }) => from <= this.#view.last && to > this.#view.first - this.#sizes.ahead)
      .map(({ page }) => page);
  }

  #letGo(): void {
    const distance = ({ from, to }: Span): number =>
      Math.max(0, from - this.#view.last, this.#view.first - to);
    let kept = 0;
    for (const span of this.#spans().sort((a, b) => distance(a) - distance(b))) {
      kept += span.to - span.from;
      const { page } = span;
      if (kept <= this.#sizes.keptMax || page === this.#pages[0] || distance(span) === 0) continue;
      if (!page.atHand) continue;
      page.atHand = false;
      page.rows = page.rows.map((row) => ({ ...row, item: null }));
    }
  }

  #spans(): Span[] {
    let from = 0;
    return this.#pages.toReversed().map((page) => {
      const span = { page, from, to: from + page.rows.length };
      from = span.to;
      return span;
    });
  }

  #items(): TimelineItem[] {
    return this.#pages[0]?.rows.flatMap(({ item }) => item ?? []) ?? [];
  }

  #itemsAfter(place: Position): TimelineItem[] {
    const after: TimelineItem[] = [];
    for (const { item } of this.rows.toReversed()) {
      if (item === null || comparePositions(positionOf(item), place) <= 0) break;
      after.unshift(item);
    }
    return after;
  }

  #inTurn(read: () => Promise<void>): Promise<void> {
    this.#turn = this.#turn.then(async () => {
      if (this.#closed) return;
      try {
        this.failure = null;
        await read();
      } catch (error) {
        this.failure = error;
        if (!this.#closed) this.#changed([]);
      } finally {
        this.loadingOlder = false;
      }
    });
    return this.#turn;
  }
}

function keptRows(before: readonly Row[], rows: readonly Row[]): Row[] {
  const old = new Map(before.map((row) => [row.id, row]));
  return rows.map((row, at) => keptRow(old.get(row.id), row, at === 0));
}

interface Span {
  readonly page: Page;
  readonly from: number;
  readonly to: number;
}

function pageOf(
  cursor: string | undefined,
  newestFirst: readonly TimelineItem[],
  floor: Position | null,
  readAt: number,
): Page {
  const rows = rowsOf(newestFirst.toReversed(), null);
  return { cursor, floor, rows, atHand: true, readAt, changedAt: 0 };
}

const positionOf = (item: TimelineItem): Position => ({ depth: item.depth, eventId: item.event_id });

function floorOf(items: readonly TimelineItem[], otherwise: Position | null): Position | null {
  const last = items.at(-1);
  return last ? positionOf(last) : otherwise;
}

const reaches = (item: TimelineItem, floor: Position | null): boolean =>
  floor === null || comparePositions(positionOf(item), floor) >= 0;

const isAt = (item: TimelineItem | undefined, floor: Position | null): boolean =>
  item !== undefined && floor !== null && comparePositions(positionOf(item), floor) === 0;
