import type { Tell } from '../facts.ts';
import type { Tables } from '../store/ports.ts';
import type { Actors } from './actors.ts';

interface Parts {
  readonly store: Tables<'reads' | 'rooms' | 'writer'>;
  readonly actors: Pick<Actors, 'room'>;
  readonly tell: Tell;
}

/** What local users have read, and which rooms they muted. Peers never learn this. */
export class ReadState {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
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
