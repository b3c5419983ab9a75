import {
  type CountedFact,
  comparePositions,
  type Position,
  type Writing,
} from '../../../shared/protocol/room-state.ts';
import type { Tables } from '../../store/ports.ts';
import type { PeerDirectory } from '../../trust/peer-directory.ts';
import { type ReadAccess, readAccessOf, wholeRoom } from './read-access.ts';
import { type Change, type Room, RoomPermissions } from './room-permissions.ts';
import { readStored } from './stored.ts';

export type { Room } from './room-permissions.ts';

/** Users rarely come and go more often. */
const factsMax = 8;

/** The last counted facts about a user's membership, newest first. */
interface LastFacts {
  readonly facts: readonly CountedFact[];
  /** There are no others. */
  readonly isAll: boolean;
}

/** A remembered room. */
interface Remembered extends Room {
  /** The last joins and leaves of each user who was looked up. */
  readonly lastFacts: Map<string, LastFacts>;
}

export type RegistryTables = Tables<
  'events' | 'rooms' | 'memberFacts' | 'remoteUsers' | 'meta' | 'onRollback'
>;

/** The key in `meta` that stores up to which depth a home has refused events of a room. */
export const refusedKey = (roomId: string): string => `refused_depth ${roomId}`;

/**
 * The rooms and who is in them: the only rows that are remembered, from one event to the next. A rule that changes a
 * room changes it here, too (room-writer.ts). After a rollback nothing is remembered.
 */
export class RoomRegistry extends RoomPermissions {
  readonly #store: RegistryTables;
  readonly #rooms = new Map<string, Remembered>();
  #namesLearnt = 0;

  constructor(store: RegistryTables, directory: PeerDirectory) {
    super(directory);
    this.#store = store;
    store.onRollback(() => this.#rooms.clear());
  }

  get(roomId: string): Room | undefined {
    if (this.#namesLearnt !== this.directory.namesLearnt) this.#rooms.clear();
    this.#namesLearnt = this.directory.namesLearnt;
    const known = this.#rooms.get(roomId);
    if (known) return known;
    const { rooms, events, meta } = this.#store;
    const row = rooms.room(roomId);
    if (!row) return undefined;
    const joined = rooms.joinedByServer(roomId);
    const highestDepth = Math.max(events.highestDepth(roomId), Number(meta.get(refusedKey(roomId)) ?? -1));
    const servers = new Set([row.home, ...joined.keys()]);
    const room = { row, joined, servers, highestDepth, lastFacts: new Map() };
    this.#rooms.set(roomId, room);
    return room;
  }

  /** Call it after a change to the room that the cache can't follow. */
  forget(roomId: string): void {
    this.#rooms.delete(roomId);
  }

  protected factBefore(roomId: string, userId: string, at: Position, change?: Change): CountedFact | null {
    const { facts, isAll } = this.#lastFacts(roomId, userId);
    const found = facts.find(
      (fact) => (change ?? fact.change) === fact.change && comparePositions(fact, at) < 0,
    );
    return found ?? (isAll ? null : this.#store.memberFacts.before(roomId, userId, at, change));
  }

  protected factAfter(roomId: string, userId: string, at: Position, change?: Change): CountedFact | null {
    const { facts, isAll } = this.#lastFacts(roomId, userId);
    if (!isAll) return this.#store.memberFacts.after(roomId, userId, at, change);
    const found = facts.findLast(
      (fact) => (change ?? fact.change) === fact.change && comparePositions(fact, at) > 0,
    );
    return found ?? null;
  }

  protected writingBefore(roomId: string, at: Position): Writing {
    const body = this.#store.events.infoBefore(roomId, at);
    const meaning = body === undefined ? null : readStored({ body }).meaning;
    return meaning?.kind === 'room' ? meaning : { archived: false, writers: 'everybody', slowSeconds: 0 };
  }

  protected userIn(roomId: string, remoteId: string): string | undefined {
    return this.#store.remoteUsers.userIn(roomId, remoteId);
  }

  #lastFacts(roomId: string, userId: string): LastFacts {
    const known = this.#rooms.get(roomId)?.lastFacts;
    const found = known?.get(userId) ?? lastOf(this.#store.memberFacts.last(roomId, userId, factsMax + 1));
    known?.set(userId, found);
    return found;
  }

  /** There is another fact about the user's membership. */
  protected keepFact(roomId: string, userId: string, fact: CountedFact): void {
    const known = this.#rooms.get(roomId)?.lastFacts;
    const found = known?.get(userId);
    if (!found || found.facts.some(({ eventId }) => eventId === fact.eventId)) return;
    const facts = [...found.facts, fact].sort((a, b) => comparePositions(b, a));
    known?.set(userId, lastOf(facts, found.isAll));
  }

  /** The stored facts about the room's memberships were removed. */
  protected forgetFacts(roomId: string): void {
    this.#rooms.get(roomId)?.lastFacts.clear();
  }

  /** The part of a room that a server may read: everything while it has a member. Null if it never had one. */
  readAccessOf(room: Room, server: string): ReadAccess | null {
    if (room.servers.has(server)) return wholeRoom;
    return readAccessOf(this.#store.memberFacts.ofServer(room.row.room_id, server));
  }
}

const lastOf = (facts: readonly CountedFact[], isAll = true): LastFacts => ({
  facts: facts.slice(0, factsMax),
  isAll: isAll && facts.length <= factsMax,
});
