import { limits } from '../../shared/protocol/limits.ts';
import { refusal } from '../../shared/words/refusal.ts';
import { said } from '../../shared/words/said.ts';
import type { Room, RoomRegistry } from '../events/projection/room-registry.ts';
import type { Clock } from '../kernel/ports.ts';
import type { Tables } from '../store/ports.ts';

interface SlowModeDeps {
  readonly store: Tables<'events'>;
  readonly registry: Pick<RoomRegistry, 'pauseNow'>;
  readonly clock: Clock;
}

/** Holds the users of this server to the slow mode of rooms (docs/protocol/rooms.md, "Slow mode"). */
export class SlowMode {
  readonly #deps: SlowModeDeps;
  /** When somebody wrote what isn't stored yet, by room and author. */
  readonly #writing = new Map<string, number>();

  constructor(deps: SlowModeDeps) {
    this.#deps = deps;
  }

  /** When the user may write their next message, unix ms; null for now. */
  nextAt(room: Pick<Room, 'row'>, user: string): number | null {
    const { store, registry, clock } = this.#deps;
    const pauseMs = registry.pauseNow(room, user);
    if (pauseMs === 0) return null;
    const { room_id } = room.row;
    const now = clock.now();
    // If the clock was set back a little, dates go on where they were; if it was set back more, they don't.
    const upTo = now + limits.clockLeapMsMin;
    const stored = store.events.lastSaid(room_id, user, { after: now - pauseMs, upTo });
    const last = Math.max(stored ?? -1, this.#writing.get(`${room_id} ${user}`) ?? -1);
    return last + pauseMs > now ? last + pauseMs : null;
  }

  /** Calls `write`, which gives the message its date before it waits for anything. RATE_LIMITED before its time. */
  async write<T>(room: Room, user: string, write: () => Promise<T>): Promise<T> {
    const { clock } = this.#deps;
    const at = this.nextAt(room, user);
    if (at !== null) {
      const retryAfterSeconds = Math.ceil((at - clock.now()) / 1000);
      throw refusal('RATE_LIMITED', said('room.slow', { seconds: retryAfterSeconds }), { retryAfterSeconds });
    }
    const key = `${room.row.room_id} ${user}`;
    this.#writing.set(key, clock.now());
    try {
      return await write();
    } finally {
      this.#writing.delete(key);
    }
  }
}
