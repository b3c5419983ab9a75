import {
  type CountedFact,
  comparePositions,
  laterOf,
  type Position,
} from '../../../shared/protocol/room-state.ts';
import type { RoomEffects } from '../../store/batch/batch-port.ts';
import { end, type Facts } from '../projection/room-reader.ts';
import type { RoomRegistry } from '../projection/room-registry.ts';
import type { Asked } from './questions.ts';

type NewFact = RoomEffects['facts'][number];

/** Membership facts as a batch sees them: those stored, plus those added by the batch. */
export class WorkingFacts implements Facts {
  readonly #ask: Asked;
  readonly #registry: Pick<RoomRegistry, 'rememberedLast'>;
  readonly #added = new Map<string, NewFact[]>();
  readonly #clearedRooms = new Set<string>();
  /** Users whose last fact is known to this batch, by room. */
  readonly #lasts = new Map<string, Map<string, CountedFact | null>>();

  constructor(ask: Asked, registry: Pick<RoomRegistry, 'rememberedLast'>) {
    this.#ask = ask;
    this.#registry = registry;
  }

  #mine(roomId: string, userId: string): readonly NewFact[] {
    return this.#added.get(`${roomId} ${userId}`) ?? [];
  }

  add(fact: NewFact): void {
    const mine = this.#mine(fact.roomId, fact.userId);
    if (mine.some(({ eventId }) => eventId === fact.eventId)) return;
    this.#added.set(`${fact.roomId} ${fact.userId}`, [...mine, fact]);
    this.#lasts.get(fact.roomId)?.delete(fact.userId);
  }

  clearRoom(roomId: string): void {
    this.#clearedRooms.add(roomId);
    for (const [key, [fact]] of this.#added) if (fact?.roomId === roomId) this.#added.delete(key);
    this.#lasts.delete(roomId);
  }

  before(roomId: string, userId: string, at: Position, change?: CountedFact['change']): CountedFact | null {
    if (at === end && change === undefined) return this.#last(roomId, userId);
    return this.#before(roomId, userId, at, change);
  }

  #before(roomId: string, userId: string, at: Position, change?: CountedFact['change']): CountedFact | null {
    const { factBefore, factOfKindBefore } = this.#ask;
    const { depth, eventId } = at;
    let stored: CountedFact | null = null;
    if (!this.#clearedRooms.has(roomId))
      stored =
        change === undefined
          ? factBefore.get(roomId, userId, depth, eventId)
          : factOfKindBefore.get(roomId, userId, depth, eventId, change);
    return this.#mine(roomId, userId)
      .filter((fact) => (change ?? fact.change) === fact.change && comparePositions(fact, at) < 0)
      .reduce<CountedFact | null>(laterOf, stored);
  }

  #last(roomId: string, userId: string): CountedFact | null {
    const known = this.#lasts.get(roomId) ?? new Map<string, CountedFact | null>();
    this.#lasts.set(roomId, known);
    let last = known.get(userId);
    if (last === undefined) {
      const stored = this.#clearedRooms.has(roomId)
        ? undefined
        : this.#registry.rememberedLast(roomId, userId);
      last =
        stored === undefined
          ? this.#before(roomId, userId, end)
          : this.#mine(roomId, userId).reduce<CountedFact | null>(laterOf, stored);
      known.set(userId, last);
    }
    return last;
  }

  after(roomId: string, userId: string, at: Position, change?: CountedFact['change']): CountedFact | null {
    const { factAfter, factOfKindAfter } = this.#ask;
    const { depth, eventId } = at;
    let stored: CountedFact | null = null;
    if (!this.#clearedRooms.has(roomId))
      stored =
        change === undefined
          ? factAfter.get(roomId, userId, depth, eventId)
          : factOfKindAfter.get(roomId, userId, depth, eventId, change);
    return this.#mine(roomId, userId)
      .filter((fact) => (change ?? fact.change) === fact.change && comparePositions(fact, at) > 0)
      .reduce<CountedFact | null>(
        (first, fact) => (first === null || comparePositions(fact, first) < 0 ? fact : first),
        stored,
      );
  }

  /** Loads what adding a fact to the user's membership at this position looks at. */
  expect(roomId: string, userId: string, { depth, eventId }: Position): void {
    const { factBefore, factAfter, factOfKindBefore, factOfKindAfter } = this.#ask;
    factBefore.want(roomId, userId, end.depth, end.eventId);
    factAfter.want(roomId, userId, -1, '');
    factAfter.want(roomId, userId, depth, eventId);
    factOfKindAfter.want(roomId, userId, depth, eventId, 'join');
    factOfKindBefore.want(roomId, userId, end.depth, end.eventId, 'join');
    for (const change of ['leave', 'remove'] as const) {
      factOfKindBefore.want(roomId, userId, end.depth, end.eventId, change);
      factOfKindBefore.want(roomId, userId, depth, eventId, change);
    }
  }

  /** The last facts known to this batch, by user; undefined if the batch changed them without looking them up again. */
  lastsIn(roomId: string): Map<string, CountedFact | null | undefined> {
    const lasts = new Map<string, CountedFact | null | undefined>();
    for (const [fact] of this.#added.values()) if (fact?.roomId === roomId) lasts.set(fact.userId, undefined);
    for (const [user, last] of this.#lasts.get(roomId) ?? []) lasts.set(user, last);
    return lasts;
  }

  /** Whether the stored facts about the room's memberships were discarded. */
  isCleared(roomId: string): boolean {
    return this.#clearedRooms.has(roomId);
  }

  effects(): Pick<RoomEffects, 'facts'> {
    return { facts: [...this.#added.values()].flat() };
  }
}
