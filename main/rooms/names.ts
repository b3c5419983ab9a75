import { buildProfile } from '../../shared/protocol/events/event-builders.ts';
import { refusal } from '../../shared/words/refusal.ts';
import { said } from '../../shared/words/said.ts';
import { nameIn } from '../events/projection/stored.ts';
import type { Tell } from '../facts.ts';
import type { Log } from '../kernel/log.ts';
import type { Tables } from '../store/ports.ts';
import type { UserRow } from '../store/tables/user-store.ts';
import type { EventComposer } from './compose.ts';
import { numericUserId } from './id-generator.ts';

interface NamesDeps {
  readonly store: Tables<'events' | 'rooms' | 'users' | 'writer'>;
  readonly composer: Pick<EventComposer, 'stamp' | 'write'>;
  readonly log: Log;
  readonly tell: Tell;
}

/**
 * What local users are called. An event of theirs says it in every room that they are in, so that all its servers show the
 * same name. There is none for a name that is only the user name.
 */
export class Names {
  readonly #deps: NamesDeps;
  /** Something may be left to tell. */
  #isOwed = true;
  /** Rooms and users that are being told. */
  readonly #telling = new Set<string>();

  constructor(deps: NamesDeps) {
    this.#deps = deps;
  }

  /** NOT_FOUND for anybody but a local user. Resolves once all their rooms here have been told. */
  async change(userId: string, displayName: string): Promise<void> {
    const { store, tell } = this.#deps;
    if (!store.users.byUserId(userId)) throw refusal('NOT_FOUND', said('room.no_user', { user: userId }));
    await store.writer.write((tx) => {
      store.users.setName(userId, displayName);
      tx.afterCommit(() => {
        tell({ fact: 'node-changed' });
        tell({ fact: 'account-changed', userId });
      });
    });
    for (const roomId of store.rooms.withMember(userId)) await this.#tellOne(roomId, userId);
  }

  /** Somebody came into a room. */
  async tellIn(roomId: string): Promise<void> {
    for (const { user_id } of this.#deps.store.users.namedIn(roomId)) await this.#tellOne(roomId, user_id);
  }

  /** All rooms, if one could not be told, perhaps before a restart. */
  async tellAgain(): Promise<void> {
    if (!this.#isOwed) return;
    this.#isOwed = false;
    for (const { room_id } of this.#deps.store.rooms.rooms()) await this.tellIn(room_id);
  }

  async #tellOne(roomId: string, userId: string): Promise<void> {
    const { store, composer, log } = this.#deps;
    const key = `${roomId} ${userId}`;
    const user = store.users.byUserId(userId);
    if (!user || this.#telling.has(key) || !this.#isNews(roomId, user)) return;
    this.#telling.add(key);
    try {
      const stamp = composer.stamp(roomId, userId);
      await composer.write(buildProfile(stamp, numericUserId(userId), user.display_name));
    } catch (error) {
      this.#isOwed = true;
      log.warn({ err: error, room: roomId }, 'a room could not be told what somebody is called');
    } finally {
      this.#telling.delete(key);
    }
  }

  #isNews(roomId: string, { user_id, localpart, display_name }: UserRow): boolean {
    const { store } = this.#deps;
    return display_name !== (nameIn(store.events.profile(user_id, roomId)) ?? localpart);
  }
}
