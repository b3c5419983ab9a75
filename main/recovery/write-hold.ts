import { refusal } from '../../shared/words/refusal.ts';
import { said } from '../../shared/words/said.ts';

const retryAfterSeconds = 5;

/**
 * Rooms on hold: what this server wrote before it lost data may still come back, and a new event must not take the
 * place of an old one.
 */
export class WriteHold {
  readonly #rooms = new Map<string, number>();

  hold(roomId: string, until: number): void {
    this.#rooms.set(roomId, until);
  }

  release(roomId: string): void {
    this.#rooms.delete(roomId);
  }

  get rooms(): readonly string[] {
    return [...this.#rooms.keys()];
  }

  /** SERVICE_UNAVAILABLE while the room is on hold. */
  check(roomId: string): void {
    const until = this.#rooms.get(roomId);
    if (until !== undefined)
      throw refusal('SERVICE_UNAVAILABLE', said('recall.room_held', { until }), { retryAfterSeconds });
  }
}
