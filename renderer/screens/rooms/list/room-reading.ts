import { everyPage } from '../../../../shared/api/pages.ts';
import type { RoomView } from '../../../../shared/api/views/room-views.ts';
import type { Concern } from '../../../node/live.svelte.ts';
import type { News, NodeLink } from '../../../node/node-link.ts';
import { toldMs } from '../../../node/pace.ts';

/** If more have changed, one answer about all of them is less work. */
const alone = 5;

/** A room, and the channel of it. */
export interface Spot {
  readonly roomId: string;
  readonly channelId: string | undefined;
}

/**
 * Whether a change may change the rooms of a user, or what is unread in them. Somebody writes or reads all the time. `at`:
 * where the user looks.
 */
export function concernsRooms(news: News, me: string | undefined, at: Spot | null): Concern {
  if (news.topic === 'timeline') return isReadAtOnce(news, me, at) ? 'told' : 'often';
  if (news.topic === 'read') return me !== undefined && news.user_id !== me ? false : 'often';
  return ['room', 'members', 'invites'].includes(news.topic);
}

/** Once the message is marked as read, a change brings the room as it stands then. */
function isReadAtOnce(
  { item, room_id, event_id }: News & { topic: 'timeline' },
  me: string | undefined,
  at: Spot | null,
): boolean {
  const isNew = item !== undefined && item.event_id === event_id && item.sender !== me;
  return isNew && at?.roomId === room_id && (at.channelId ?? item.channel_id) === item.channel_id;
}

type Reads = Pick<NodeLink['api'], 'room' | 'rooms'>;

/** Reads the rooms of a user, and later only those in which somebody wrote or read. */
export class RoomReading {
  readonly #api: Reads;
  readonly #as: string;
  readonly #at: () => Spot | null;
  readonly #readAgain: () => void;
  /** Rooms of which a change should tell, and what happens if none does. */
  readonly #untold = new Map<string, ReturnType<typeof setTimeout>>();
  #isReading = false;
  #known: readonly RoomView[] = [];
  readonly #changed = new Set<string>();
  /** More than single rooms may have changed. */
  #isOutdated = true;

  /** `readAgain` is called once `read` has something to read that no change announces. */
  constructor(api: Reads, as: string, at: () => Spot | null, readAgain: () => void) {
    this.#api = api;
    this.#as = as;
    this.#at = at;
    this.#readAgain = readAgain;
  }

  concerns(news: News): Concern {
    const concern = concernsRooms(news, this.#as, this.#at());
    if (concern === 'told' && 'room_id' in news) {
      this.#awaitTold(news.room_id);
      return false;
    }
    if (concern !== false && news.topic === 'read' && news.now && !this.#isReading) {
      const { room } = news.now;
      clearTimeout(this.#untold.get(room.room_id));
      this.#untold.delete(room.room_id);
      this.#known = this.#known.map((each) => (each.room_id === room.room_id ? room : each));
      return true;
    }
    if (concern === 'often' && 'room_id' in news) this.#changed.add(news.room_id);
    else if (concern !== false || news.topic === 'resync') this.#isOutdated = true;
    return concern;
  }

  /** Nothing comes if the message could not be marked as read, or counts as read already. */
  #awaitTold(roomId: string): void {
    if (this.#untold.has(roomId)) return;
    const late = setTimeout(() => {
      this.#untold.delete(roomId);
      this.#changed.add(roomId);
      this.#readAgain();
    }, toldMs);
    this.#untold.set(roomId, late);
  }

  async read(): Promise<readonly RoomView[]> {
    const ids = this.#known.map(({ room_id }) => room_id).filter((id) => this.#changed.has(id));
    // A direct chat that was put away comes back with a message.
    const readsAll = this.#isOutdated || ids.length > alone || ids.length < this.#changed.size;
    // Changes announced while it reads count for the next time.
    this.#changed.clear();
    this.#isOutdated = false;
    this.#isReading = true;
    try {
      this.#known = readsAll ? await this.#all() : await this.#again(ids);
      return this.#known;
    } catch (error) {
      this.#isOutdated = true;
      throw error;
    } finally {
      this.#isReading = false;
    }
  }

  #all(): Promise<readonly RoomView[]> {
    return everyPage((page) => this.#api.rooms({ ...page, as: this.#as }));
  }

  /** A room that can't be read may no longer be on the list. */
  async #again(ids: readonly string[]): Promise<readonly RoomView[]> {
    const read = ids.map((room_id) => this.#api.room({ room_id, as: this.#as }));
    const rooms = await Promise.all(read).catch(() => null);
    if (rooms === null) return this.#all();
    const fresh = new Map(rooms.map((room) => [room.room_id, room]));
    return this.#known.map((room) => fresh.get(room.room_id) ?? room);
  }
}
