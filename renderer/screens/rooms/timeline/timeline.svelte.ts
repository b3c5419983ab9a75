import type { TimelineItem } from '../../../../shared/api/views/room-views.ts';
import { type Failure, failureOf } from '../../../node/failure.ts';
import type { News, NodeLink } from '../../../node/node-link.ts';
import { changedAbove, type Row } from './rows.ts';
import { TimelinePages } from './timeline-pages.ts';

/** Changes come in bursts. One read a moment later covers all of them. */
const gatherMs = 60;

/** One channel's timeline on the screen: created for each, so no answer for one can show in another. */
export class Timeline {
  /** `shift`: the list keeps its distance from the end, because rows came or went above what is in view. */
  list: { readonly rows: readonly Row[]; readonly shift: boolean } = $state.raw({ rows: [], shift: false });
  opened = $state(false);
  complete = $state(false);
  loadingOlder = $state(false);
  failure: Failure | null = $state.raw(null);
  /** Called before rows come or go above what is in view. */
  beforeShift: () => void = () => {};
  readonly #node: NodeLink;
  readonly #roomId: string;
  readonly #channelId: string | undefined;
  readonly #pages: TimelinePages;
  readonly #arrived: (items: readonly TimelineItem[]) => void;
  #firstInView = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #touched = new Set<string>();
  #allTouched = false;

  /** `arrived` gets the messages that are newer than all before. */
  constructor(
    node: NodeLink,
    about: { readonly roomId: string; readonly channelId: string | undefined; readonly as: string },
    arrived: (items: readonly TimelineItem[]) => void,
  ) {
    const { roomId, channelId, as } = about;
    this.#node = node;
    this.#roomId = roomId;
    this.#channelId = channelId;
    this.#arrived = arrived;
    this.#pages = new TimelinePages(
      (page) =>
        node.api.timeline({
          room_id: roomId,
          ...(channelId === undefined ? {} : { channel_id: channelId }),
          ...page,
          as,
        }),
      (items) => this.#show(items),
    );
  }

  /** Reads, and reads again at each change, until the returned function is called. */
  start(): () => void {
    void this.#pages.refresh();
    const leave = this.#node.onNews((news) => this.#hear(news));
    return () => {
      leave();
      clearTimeout(this.#timer);
      this.#pages.close();
    };
  }

  look(first: number, last: number): void {
    this.#firstInView = first;
    this.#pages.look(first, last);
    this.loadingOlder = this.#pages.loadingOlder;
  }

  /** Reads back to a message. False if a reading failed, or the message isn't there. */
  async loadTo(id: string): Promise<boolean> {
    const found = this.#pages.loadTo(id);
    this.loadingOlder = this.#pages.loadingOlder;
    return found;
  }

  retry(): void {
    void (this.#pages.opened && !this.#pages.complete ? this.#pages.loadOlder() : this.#pages.refresh());
  }

  #hear(news: News): void {
    if ((news.topic === 'timeline' || news.topic === 'delivery') && news.item) {
      const isNews = news.topic === 'timeline' && news.room_id === this.#roomId;
      const isOfChannel = this.#channelId === undefined || news.item.channel_id === this.#channelId;
      if (isOfChannel && (isNews || news.topic === 'delivery')) void this.#pages.put(news.item, isNews);
      return;
    }
    if (news.topic === 'delivery') this.#touched.add(news.event_id);
    else if (news.topic === 'resync' || isAboutRoom(news, this.#roomId)) this.#allTouched = true;
    else return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const touched = this.#touched;
      this.#touched = new Set();
      if (this.#allTouched) void this.#pages.refresh();
      else for (const id of touched) void this.#pages.touch(id);
      this.#allTouched = false;
    }, gatherMs);
  }

  #show(arrived: readonly TimelineItem[]): void {
    const { rows } = this.#pages;
    if (rows !== this.list.rows) {
      const shift = changedAbove(this.list.rows, rows, this.#firstInView);
      if (shift) this.beforeShift();
      this.list = { rows, shift };
    }
    this.opened = this.#pages.opened;
    this.complete = this.#pages.complete;
    this.loadingOlder = this.#pages.loadingOlder;
    this.failure = this.#pages.failure === null ? null : failureOf(this.#pages.failure);
    if (arrived.length > 0) this.#arrived(arrived);
  }
}

const isAboutRoom = (news: News, roomId: string): boolean =>
  (news.topic === 'timeline' || news.topic === 'members' || news.topic === 'room') && news.room_id === roomId;
