import { buildProfile } from '../../shared/protocol/events/event-builders.ts';
import type { Profile } from '../../shared/protocol/events/event-content.ts';
import { comparePositions } from '../../shared/protocol/room-state.ts';
import { refusal } from '../../shared/words/refusal.ts';
import { said } from '../../shared/words/said.ts';
import { profileIn, readStored } from '../events/projection/stored.ts';
import type { Tell } from '../facts.ts';
import type { Log } from '../kernel/log.ts';
import { SerialQueues } from '../kernel/queue.ts';
import type { Pause } from '../kernel/timers.ts';
import type { Tables } from '../store/ports.ts';
import type { UserRow } from '../store/tables/user-store.ts';
import type { EventComposer } from './compose.ts';
import type { Uploads } from './files/uploads.ts';
import { numericUserId } from './id-generator.ts';

interface ProfilesDeps {
  readonly store: Tables<'consents' | 'events' | 'files' | 'rooms' | 'users' | 'writer'>;
  readonly composer: Pick<EventComposer, 'stamp' | 'write'>;
  readonly uploads: Pick<Uploads, 'keepPicture'>;
  readonly log: Log;
  readonly pause: Pause;
  readonly tell: Tell;
}

/** Each that is absent stays as it is. `picture`: its bytes; null for none. */
export interface ProfileChange {
  readonly display_name?: string | undefined;
  readonly about?: string | undefined;
  readonly picture?: Uint8Array | null | undefined;
}

/** After so many rooms, other work goes on. */
const toldTogether = 100;
/** A profile is the same in all rooms, up to what is on its way, so not all of them are read. */
const roomsReadMax = 50;

/**
 * Says what local users are called and show of themselves: by an event of theirs in every room that they are in, so that
 * all its servers show the same. Nobody who is called by their user name and shows nothing needs one.
 */
export class Profiles {
  readonly #deps: ProfilesDeps;
  /** Something may be left to tell. */
  #isOwed = true;
  /** One queue per room and user. */
  readonly #telling = new SerialQueues();

  constructor(deps: ProfilesDeps) {
    this.#deps = deps;
  }

  /**
   * NOT_FOUND for anybody but a local user, BAD_REQUEST for what isn't a small picture. Resolves once all their rooms here
   * have been told.
   */
  async change(userId: string, { display_name, about, picture }: ProfileChange): Promise<void> {
    const { store, uploads, tell } = this.#deps;
    if (!store.users.byUserId(userId)) throw refusal('NOT_FOUND', said('room.no_user', { user: userId }));
    const save = (putPicture: () => void) =>
      store.writer.write((tx) => {
        const before = store.users.byUserId(userId);
        if (!before) return;
        store.users.describe(userId, {
          display_name: display_name ?? before.display_name,
          about: about ?? before.about,
        });
        putPicture();
        tx.afterCommit(() => {
          tell({ fact: 'node-changed' });
          tell({ fact: 'account-changed', userId });
        });
      });
    if (picture == null) {
      await save(() => {
        if (picture === null) store.files.putPicture(userId, '', null);
      });
    } else {
      await uploads.keepPicture(userId, picture, (note) =>
        save(() => store.files.putPicture(userId, '', note)),
      );
    }
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
    for (const user of users.users()) {
      const { displayName, about, picture } = this.#own(user);
      const isPlain = displayName === user.localpart && about === '' && picture === null;
      if (!isPlain || events.profile(user.user_id, null) !== null) await this.#tellRoomsOf(user.user_id);
    }
  }

  /** The rooms in which the first meets the second, as far as they are open to the first. */
  meetingIn(reader: string, person: string): string[] {
    const { rooms, consents } = this.#deps.store;
    return rooms.ofBoth(reader, person).filter((room) => consents.waiting(reader, room) === null);
  }

  /**
   * Returns the profile of somebody for those who meet them in these rooms: the last one that their server told one of
   * them, or what a user of this server chose. Null if it is unknown, and for users elsewhere if there are no rooms.
   */
  shownIn(rooms: readonly string[], person: string): Profile | null {
    const { users, events } = this.#deps.store;
    const user = users.byUserId(person);
    if (user) return this.#own(user);
    const told = rooms.slice(0, roomsReadMax).flatMap((room) => {
      const body = events.profile(person, room);
      if (body === null) return [];
      const { meaning, event } = readStored({ body });
      return meaning.kind === 'profile'
        ? [{ meaning, at: { depth: event.depth, eventId: event.event_id } }]
        : [];
    });
    return told.sort((a, b) => comparePositions(a.at, b.at)).at(-1)?.meaning ?? null;
  }

  #own({ user_id, display_name, about }: UserRow): Profile {
    return { displayName: display_name, about, picture: this.#deps.store.files.picture(user_id, '') };
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
        await composer.write(buildProfile(stamp, numericUserId(userId), this.#own(user)));
      });
    } catch (error) {
      this.#isOwed = true;
      log.warn({ err: error, room: roomId }, 'a room could not be told what somebody shows of themselves');
    }
  }

  #isNews(roomId: string, user: UserRow): boolean {
    const own = this.#own(user);
    const told = profileIn(this.#deps.store.events.profile(user.user_id, roomId));
    return (
      own.displayName !== (told?.displayName ?? user.localpart) ||
      own.about !== (told?.about ?? '') ||
      own.picture?.hash !== told?.picture?.hash
    );
  }
}
