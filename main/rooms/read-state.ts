import type { Tell } from '../facts.ts';
import type { Tables } from '../store/ports.ts';
import type { UnreadRow } from '../store/tables/rooms/read-store.ts';
import type { Actors } from './actors.ts';

interface Parts {
  readonly store: Tables<'reads' | 'rooms' | 'writer'>;
  readonly actors: Pick<Actors, 'room'>;
  readonly tell: Tell;
}

interface Counted {
  readonly byRoom: Map<string, readonly UnreadRow[]>;
  readonly changed: Set<string>;
}

/** What local users have read, and which rooms they muted. Peers never learn this. */
export class ReadState {
  readonly #parts: Parts;
  /** What is new to each user who asked, by room. Counted again only where something changed. */
  readonly #counted = new Map<string, Counted>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** What is new to a user in each channel of a room. */
  unread(user: string, roomId: string): readonly UnreadRow[] {
    return this.#parts.store.reads.unread(user, roomId);
  }

  /** What is new to a user in each channel of all rooms. */
  unreadOf(user: string): readonly UnreadRow[] {
    const { store } = this.#parts;
    let counted = this.#counted.get(user);
    if (counted === undefined) {
      const byRoom = Map.groupBy(store.reads.unread(user), (row) => row.room_id);
      counted = { byRoom, changed: new Set() };
      this.#counted.set(user, counted);
    }
    for (const roomId of counted.changed) counted.byRoom.set(roomId, this.unread(user, roomId));
    counted.changed.clear();
    return [...counted.byRoom.values()].flat();
  }

  /** Its messages, its members, or what users have read of it changed. */
  changed(roomId: string): void {
    for (const { changed } of this.#counted.values()) changed.add(roomId);
  }

  /**
   * The user has read a channel, or every channel of the room, up to this place in arrival order; by default,
   * everything. NOT_FOUND if this server doesn't know the room.
   */
  async markRead(roomId: string, user: string, channelId?: string, arrival?: number): Promise<void> {
    const { store, actors, tell } = this.#parts;
    actors.room(roomId);
    const channels = store.rooms.channels(roomId).map((channel) => channel.channel_id);
    const read = channelId === undefined ? channels : channels.filter((each) => each === channelId);
    await store.writer.write((tx) => {
      const moved = read.map((each) =>
        store.reads.mark(user, roomId, each, arrival ?? Number.MAX_SAFE_INTEGER),
      );
      if (moved.includes(true)) tx.afterCommit(() => tell({ fact: 'read-changed', roomId }));
    });
  }

  /** NOT_FOUND if this server doesn't know the room. */
  async mute(roomId: string, user: string, muted: boolean): Promise<void> {
    const { store, actors, tell } = this.#parts;
    actors.room(roomId);
    await store.writer.write((tx) => {
      if (store.reads.setMuted(user, roomId, muted))
        tx.afterCommit(() => tell({ fact: 'read-changed', roomId }));
    });
  }
}
