import type { RoomView } from '../../../../shared/api/views/room-views.ts';

type Known = Pick<RoomView, 'room_id' | 'membership' | 'last_event_at'>;

const key = 'seen rooms';

/** Until when each room was read in this browser. The node doesn't know: each browser keeps its own. */
class Seen {
  #until: Readonly<Record<string, number>> | null = $state.raw(load());

  /** On first use, nothing counts as new. */
  begin(rooms: readonly Known[]): void {
    if (this.#until === null)
      this.#keep(Object.fromEntries(rooms.map((room) => [room.room_id, room.last_event_at ?? 0])));
  }

  see({ room_id, last_event_at }: Known): void {
    if ((this.#until?.[room_id] ?? -1) < (last_event_at ?? 0))
      this.#keep({ ...this.#until, [room_id]: last_event_at ?? 0 });
  }

  hasNew({ room_id, membership, last_event_at }: Known): boolean {
    return (
      this.#until !== null && membership === 'joined' && (last_event_at ?? 0) > (this.#until[room_id] ?? 0)
    );
  }

  #keep(until: Readonly<Record<string, number>>): void {
    this.#until = until;
    try {
      localStorage.setItem(key, JSON.stringify(until));
    } catch {
      // Without storage the marks last as long as the page.
    }
  }
}

function load(): Record<string, number> | null {
  try {
    return JSON.parse(localStorage.getItem(key) ?? 'null');
  } catch {
    return null;
  }
}

export const seen = new Seen();
