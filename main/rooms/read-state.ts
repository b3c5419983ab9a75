import { refusal } from '../../shared/words/refusal.ts';
import { said } from '../../shared/words/said.ts';
import type { Tell } from '../facts.ts';
import type { Pause } from '../kernel/timers.ts';
import type { Tables } from '../store/ports.ts';
import type { UnreadRow } from '../store/tables/rooms/read-store.ts';
import type { Actors } from './actors.ts';

/** Rooms that are counted before other work continues: about 5 ms of work. */
const countedTogether = 100;

interface Deps {
  readonly store: Tables<'consents' | 'reads' | 'rooms' | 'writer' | 'onRollback'>;
  readonly pause: Pause;
  readonly actors: Pick<Actors, 'room' | 'isMember'>;
  readonly tell: Tell;
}

/** The unread messages of a user, in one room or in all. */
interface UnreadTotal {
  readonly unread: number;
  readonly mentions: number;
}

interface Counted {
  readonly byRoom: Map<string, UnreadTotal>;
  readonly changed: Set<string>;
  total: UnreadTotal;
}

const nothing: UnreadTotal = { unread: 0, mentions: 0 };

/** Keeps what local users have read, and which rooms they muted. Peers never learn this. */
export class ReadState {
  readonly #deps: Deps;
  /** The counts of each user who asked. Only rooms in which something changed are counted again. */
  readonly #counted = new Map<string, Counted>();

  constructor(deps: Deps) {
    this.#deps = deps;
    deps.store.onRollback(() => this.#counted.clear());
  }

  /** Counts the unread messages in each channel of a room; none in a room that is closed to the user. */
  unread(user: string, roomId: string): readonly UnreadRow[] {
    const { consents, reads } = this.#deps.store;
    return consents.waiting(user, roomId) === null ? reads.unread(user, roomId) : [];
  }

  /** Counts the unread messages of a user in all rooms. In a muted room, only mentions of the user count. */
  async totalOf(user: string): Promise<UnreadTotal> {
    let counted = this.#counted.get(user);
    if (counted === undefined) {
      const rooms = this.#deps.store.rooms.withMember(user);
      counted = { byRoom: new Map(), changed: new Set(rooms), total: nothing };
      this.#counted.set(user, counted);
    }
    while (counted.changed.size > countedTogether) {
      this.#countSome(counted, user);
      await this.#deps.pause();
    }
    return this.#countSome(counted, user);
  }

  /** The same at once; null if so much has to be counted that other work would wait. */
  totalNow(user: string): UnreadTotal | null {
    const counted = this.#counted.get(user);
    return counted === undefined || counted.changed.size > countedTogether
      ? null
      : this.#countSome(counted, user);
  }

  #countSome(counted: Counted, user: string): UnreadTotal {
    for (const roomId of counted.changed.values().take(countedTogether)) {
      this.#count(counted, user, roomId);
      counted.changed.delete(roomId);
    }
    return counted.total;
  }

  #count(counted: Counted, user: string, roomId: string): void {
    const before = counted.byRoom.get(roomId) ?? nothing;
    const rows = this.unread(user, roomId);
    const now = sumOf(rows);
    if (rows.length > 0 || this.#deps.store.rooms.member(roomId, user)?.state === 'joined')
      counted.byRoom.set(roomId, now);
    else counted.byRoom.delete(roomId);
    counted.total = {
      unread: counted.total.unread - before.unread + now.unread,
      mentions: counted.total.mentions - before.mentions + now.mentions,
    };
  }

  /** Drops the counts of a room whose members have changed; or only those of a user who has read more of it. */
  changed(roomId: string, userId?: string): void {
    if (userId === undefined) for (const { changed } of this.#counted.values()) changed.add(roomId);
    else this.#counted.get(userId)?.changed.add(roomId);
  }

  /** Drops the counts of a room in which somebody wrote: only of those who are in it, because others are many. */
  written(roomId: string): void {
    for (const { byRoom, changed } of this.#counted.values()) if (byRoom.has(roomId)) changed.add(roomId);
  }

  /**
   * The user has read a channel, or every channel of the room, up to this place in arrival order; by default,
   * everything. NOT_FOUND if this server doesn't know the room.
   */
  async markRead(roomId: string, user: string, channelId?: string, arrival?: number): Promise<void> {
    const { store, actors, tell } = this.#deps;
    actors.room(roomId);
    const channels = store.rooms.channels(roomId).map((channel) => channel.channel_id);
    const read = channelId === undefined ? channels : channels.filter((each) => each === channelId);
    await store.writer.write((tx) => {
      const moved = read.map((each) =>
        store.reads.mark(user, roomId, each, arrival ?? Number.MAX_SAFE_INTEGER),
      );
      if (moved.includes(true)) tx.afterCommit(() => tell({ fact: 'read-changed', roomId, userId: user }));
    });
  }

  /**
   * Removes a room from a user's list, or shows it again. CONFLICT while they are in it, except for a direct chat: that is
   * shown again once somebody writes there.
   */
  async hide(roomId: string, user: string, hidden: boolean): Promise<void> {
    const { store, actors, tell } = this.#deps;
    const room = actors.room(roomId);
    const isIn = actors.isMember(room, user);
    if (hidden && isIn && room.row.direct === null)
      throw refusal('CONFLICT', said('room.hide_after_leaving'));
    if (hidden && isIn) await this.markRead(roomId, user);
    await store.writer.write((tx) => {
      if (store.reads.setHidden(user, roomId, hidden))
        tx.afterCommit(() => tell({ fact: 'room-changed', roomId }));
    });
  }

  /** NOT_FOUND if this server doesn't know the room. */
  async mute(roomId: string, user: string, muted: boolean): Promise<void> {
    const { store, actors, tell } = this.#deps;
    actors.room(roomId);
    await store.writer.write((tx) => {
      if (store.reads.setMuted(user, roomId, muted))
        tx.afterCommit(() => tell({ fact: 'read-changed', roomId, userId: user }));
    });
  }
}

/** Adds up rooms. In a muted room, only mentions of the user count. */
const sumOf = (rows: readonly UnreadRow[]): UnreadTotal =>
  rows.reduce(
    (sum, { muted, unread, mentions }) => ({
      unread: sum.unread + (muted === 1 ? mentions : unread),
      mentions: sum.mentions + mentions,
    }),
    nothing,
  );
