import { SvelteMap } from 'svelte/reactivity';
import { limits } from '../../../../shared/protocol/limits.ts';
import type { News } from '../../../node/node-link.ts';

/** Outlasts the pause until somebody who writes on is reported again. */
const shownMs = 2 * limits.typing.everyMs + 2_000;

/** The others who are writing in a room, for a few seconds after each report. */
export class Typists {
  readonly #roomId: string;
  readonly #me: string;
  readonly #ends = new SvelteMap<string, ReturnType<typeof setTimeout>>();

  constructor(roomId: string, me: string) {
    this.#roomId = roomId;
    this.#me = me;
  }

  /** Lists them in the order in which they began. Reactive. */
  get users(): readonly string[] {
    return [...this.#ends.keys()];
  }

  hear(news: News): void {
    if (news.topic === 'timeline' && news.room_id === this.#roomId && news.item?.event_id === news.event_id)
      this.#end(news.item.sender);
    if (news.topic !== 'typing' || news.room_id !== this.#roomId) return;
    for (const user of news.users) {
      if (user === this.#me) continue;
      clearTimeout(this.#ends.get(user));
      this.#ends.set(
        user,
        setTimeout(() => this.#end(user), shownMs),
      );
    }
  }

  #end(user: string): void {
    clearTimeout(this.#ends.get(user));
    this.#ends.delete(user);
  }

  stop(): void {
    for (const user of this.users) this.#end(user);
  }
}
