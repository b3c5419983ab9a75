import { said } from '../../../shared/words/said.ts';
import type { Job, Start, Work } from '../../work.ts';
import type { PageResult } from './room-reading.ts';

/** Shows how much of one or more rooms of a server has been read. */
export class ReadingProgress {
  readonly #work: Pick<Work, 'begin'>;
  readonly #start: Start;
  #job: Job | null = null;
  #read = 0;
  /** The events that are left, by room that has another page; null if the peer doesn't say. */
  readonly #left = new Map<string, number | null>();
  /** Rooms that haven't been asked yet may have more. */
  #isEachAsked = false;

  constructor(work: Pick<Work, 'begin'>, start: Start) {
    this.#work = work;
    this.#start = start;
  }

  /** Shows the reading before a room has a second page. Most rounds bring little or nothing, and show nothing. */
  begin(): void {
    this.#job ??= this.#work.begin(this.#start);
  }

  page(roomId: string, { read, more, left }: Pick<PageResult, 'read' | 'more' | 'left'>): void {
    this.#read += read;
    if (more) this.#left.set(roomId, left);
    else this.#left.delete(roomId);
    if (more) this.begin();
    this.#advance();
  }

  /** Ends the reading of this room. */
  leave(roomId: string): void {
    this.#left.delete(roomId);
  }

  /** Notes that all rooms have been asked, so what they have left is all that is left. */
  eachAsked(): void {
    this.#isEachAsked = true;
    if (this.#read > 0) this.#advance();
  }

  end(): void {
    this.#job?.end();
  }

  #advance(): void {
    const total = this.#total();
    const done = this.#read;
    const text = total === null ? said('work.events', { done }) : said('work.events_of', { done, total });
    this.#job?.advance({ done, total, text });
  }

  #total(): number | null {
    if (!this.#isEachAsked) return null;
    let total = this.#read;
    for (const left of this.#left.values()) {
      if (left === null) return null;
      total += left;
    }
    return total;
  }
}
