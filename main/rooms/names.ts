import { buildProfile } from '../../shared/protocol/events/event-builders.ts';
import { refusal } from '../../shared/words/refusal.ts';
import { said } from '../../shared/words/said.ts';
import { nameIn } from '../events/projection/stored.ts';
import type { Tell } from '../facts.ts';
import type { Log } from '../kernel/log.ts';
import { SerialQueues } from '../kernel/queue.ts';
import type { Pause } from '../kernel/timers.ts';
import type { Tables } from '../store/ports.ts';
import type { UserRow } from '../store/tables/user-store.ts';
import type { EventComposer } from './compose.ts';
import { numericUserId } from './id-generator.ts';

interface NamesDeps {
  readonly store: Tables<'events' | 'rooms' | 'users' | 'writer'>;
  readonly composer: Pick<EventComposer, 'stamp' | 'write'>;
  readonly log: Log;
  readonly pause: Pause;
  readonly tell: Tell;
}

/** After so many rooms, other work goes on. */
const toldTogether = 100;

/**
 * Says what local users are called: by an event of theirs in every room that they are in, so that all its servers show the
 * same name. Nobody who is called by their user name needs one.
 */
export class Names {
  readonly #deps: NamesDeps;
  /** Something may be left to tell. */
  #isOwed = true;
  /** One per room and user. */
  readonly #telling = new SerialQueues();

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
    await this.#tellRoomsOf(userId);
  }

  /** The user, of any server, came into the room, or left it. */
  async tellIn(roomId: string, userId: string): Promise<void> {
    const { users, rooms } = this.#deps.store;
    if (!users.byUserId(userId) || rooms.member(roomId, userId)?.state !== 'joined') return;
    await this.#tellOne(roomId, userId);
  }

  /** Tells all rooms again if one could not be told, perhaps before a restart. */
  async tellAgain(): Promise<void> {
    if (!this.#isOwed) return;
    this.#isOwed = false;
    const { users, events } = this.#deps.store;
    for (const { user_id, localpart, display_name } of users.users())
      if (display_name !== localpart || events.profile(user_id, null) !== null)
        await this.#tellRoomsOf(user_id);
  }

  async #tellRoomsOf(userId: string): Promise<void> {
    const { store, pause } = this.#deps;
    let told = 0;
    for (const roomId of store.rooms.withMember(userId)) {
      if (++told % toldTogether === 0) await pause();
      await this.#tellOne(roomId, userId);
    }
  }

  async #tellOne(roomId: string, userId: string): Promise<void> {
    const { store, composer, log } = this.#deps;
    try {
      await this.#telling.run(`${roomId} ${userId}`, async () => {
        const user = store.users.byUserId(userId);
        if (!user || !this.#isNews(roomId, user)) return;
        const stamp = composer.stamp(roomId, userId);
        await composer.write(buildProfile(stamp, numericUserId(userId), user.display_name));
      });
    } catch (error) {
      this.#isOwed = true;
      log.warn({ err: error, room: roomId }, 'a room could not be told what somebody is called');
    }
  }

  #isNews(roomId: string, { user_id, localpart, display_name }: UserRow): boolean {
    const { store } = this.#deps;
    return display_name !== (nameIn(store.events.profile(user_id, roomId)) ?? localpart);
  }
}
