import type { CountedFact } from '../../../shared/protocol/room-state.ts';
import type { RoomFound } from '../../store/batch/batch-port.ts';
import type { Tables } from '../../store/ports.ts';
import type { PeerDirectory } from '../../trust/peer-directory.ts';
import { type Reading, readingOf, wholeRoom } from './reading.ts';
import { end, type Room, RoomReader } from './room-reader.ts';

export type { Room } from './room-reader.ts';

/** A cached room. */
interface Remembered extends Room {
  /** The last counted fact about each user's membership, as far as it was looked up. */
  readonly lastFacts: Map<string, CountedFact | null>;
}

type RegistryTables = Tables<'events' | 'rooms' | 'memberFacts' | 'remoteUsers' | 'meta' | 'onRollback'>;

/** The key in `meta` that stores up to which depth a home has refused events of a room. */
export const refusedKey = (roomId: string): string => `refused_depth ${roomId}`;

/** A room as loaded, with its highest depth including `refusedDepth`. */
export const roomOf = ({ row, joined, highestDepth }: RoomFound, refusedDepth: number): Room => ({
  row,
  joined,
  servers: new Set([row.home, ...joined.keys()]),
  highestDepth: Math.max(highestDepth, refusedDepth),
});

/** The rooms as they are on disk, read once and cached until something about them changes. */
export class RoomRegistry extends RoomReader {
  readonly #store: RegistryTables;
  readonly #directory: PeerDirectory;
  readonly #rooms = new Map<string, Remembered>();
  #namesLearnt = 0;

  constructor(store: RegistryTables, directory: PeerDirectory) {
    const facts = store.memberFacts;
    super(
      {
        before: (roomId, userId, at, change) =>
          at === end && change === undefined
            ? this.#lastFact(roomId, userId)
            : facts.before(roomId, userId, at, change),
        after: (roomId, userId, at, change) => facts.after(roomId, userId, at, change),
      },
      directory,
      (roomId, remoteId) => store.remoteUsers.userIn(roomId, remoteId),
    );
    this.#store = store;
    this.#directory = directory;
    store.onRollback(() => this.#rooms.clear());
  }

  /** The room, if it is cached. */
  remembered(roomId: string): Room | undefined {
    if (this.#namesLearnt !== this.#directory.namesLearnt) this.#rooms.clear();
    this.#namesLearnt = this.#directory.namesLearnt;
    return this.#rooms.get(roomId);
  }

  get(roomId: string): Room | undefined {
    const known = this.remembered(roomId);
    if (known) return known;
    const { rooms, events, meta } = this.#store;
    const row = rooms.room(roomId);
    if (!row) return undefined;
    const found = { row, joined: rooms.joinedByServer(roomId), highestDepth: events.highestDepth(roomId) };
    const room = { ...roomOf(found, Number(meta.get(refusedKey(roomId)) ?? -1)), lastFacts: new Map() };
    this.#rooms.set(roomId, room);
    return room;
  }

  /** Call it after a change to the room that the cache can't follow. */
  forget(roomId: string): void {
    this.#rooms.delete(roomId);
  }

  /**
   * Updates the cache after a batch. `lastFacts`: the last facts about users that the batch knows; undefined if they
   * must be looked up again. Call it inside the batch's transaction.
   */
  keep(room: Room, lastFacts: Iterable<readonly [string, CountedFact | null | undefined]>): void {
    const { row, highestDepth, servers, joined } = room;
    const known = this.#rooms.get(row.room_id) ?? { ...room, lastFacts: new Map() };
    this.#rooms.set(row.room_id, Object.assign(known, { row, highestDepth, servers, joined }));
    for (const [user, fact] of lastFacts)
      if (fact === undefined) known.lastFacts.delete(user);
      else known.lastFacts.set(user, fact);
  }

  /** The cached last fact about a user; undefined if not known. */
  rememberedLast(roomId: string, userId: string): CountedFact | null | undefined {
    return this.#rooms.get(roomId)?.lastFacts.get(userId);
  }

  #lastFact(roomId: string, userId: string): CountedFact | null {
    const facts = this.#rooms.get(roomId)?.lastFacts;
    let last = facts?.get(userId);
    if (last === undefined) {
      last = this.#store.memberFacts.before(roomId, userId, end);
      facts?.set(userId, last);
    }
    return last;
  }

  /** What a server may read of a room: everything while it has a member. Null if it never had one. */
  readingOf(room: Room, server: string): Reading | null {
    if (room.servers.has(server)) return wholeRoom;
    return readingOf(this.#store.memberFacts.ofServer(room.row.room_id, server));
  }
}
