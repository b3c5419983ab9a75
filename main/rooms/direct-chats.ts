import { compareCodePoints } from '../../shared/protocol/coding/canonical-json.ts';
import { ProtocolError } from '../../shared/protocol/errors.ts';
import { parseUserId } from '../../shared/protocol/identifiers.ts';
import { newestRoom } from '../../shared/protocol/room-state.ts';
import { refusal } from '../../shared/words/refusal.ts';
import { said } from '../../shared/words/said.ts';
import type { Keyring } from '../identity/keyring.ts';
import type { Log } from '../kernel/log.ts';
import { SerialQueues } from '../kernel/queue.ts';
import type { Tables } from '../store/ports.ts';
import type { InviteRow, RoomRow } from '../store/tables/rooms/room-store.ts';
import type { RoomHome } from './home.ts';
import type { Memberships } from './memberships.ts';
import type { ReadState } from './read-state.ts';

interface Deps {
  readonly store: Tables<'consents' | 'events' | 'rooms'>;
  readonly keyring: Pick<Keyring, 'serverName'>;
  readonly home: Pick<RoomHome, 'create' | 'invite' | 'requireUser'>;
  readonly memberships: Pick<Memberships, 'join' | 'leave'>;
  readonly readState: Pick<ReadState, 'hide'>;
  readonly log: Log;
}

interface Start {
  readonly me: string;
  readonly other: string;
  /** The name of the chat on servers that know no direct chats. */
  readonly name: string;
}

/** Nobody sees it, except on servers that know no direct chats. */
const channel = 'general';

const textOf = (...users: readonly string[]): string => users.toSorted(compareCodePoints).join(' ');

/** Starts direct chats: one for each two users, wherever they are and whichever of them starts it. */
export class DirectChats {
  readonly #deps: Deps;
  /** One start at a time for each two, so that two devices don't start two chats. */
  readonly #starting = new SerialQueues();
  #settling: Promise<void> | null = null;
  #isNews = false;
  #isStopped = false;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  stop(): void {
    this.#isStopped = true;
  }

  /**
   * Returns the direct chat that a user is shown as theirs with somebody: the newest that they are in. Otherwise the home
   * of a newer one could shut them out of it, and the one that works would look old.
   */
  of(me: string, other: string): RoomRow | undefined {
    const chats = this.#deps.store.rooms.directOf(textOf(me, other));
    return this.#newestOf(me, chats) ?? newestRoom(chats);
  }

  #newestOf(me: string, chats: readonly RoomRow[]): RoomRow | undefined {
    return newestRoom(chats.filter(({ room_id }) => this.#isIn(room_id, me)));
  }

  /**
   * Opens the direct chat of a local user and somebody else, and makes one if they have none. Returns its ID. BAD_REQUEST
   * for a chat with oneself, FORBIDDEN for one with a guest; otherwise as `RoomHome.invite` and `Memberships.join`.
   */
  async start({ me, other, name }: Start): Promise<string> {
    const { consents } = this.#deps.store;
    parseUserId(other);
    if (other === me) throw refusal('BAD_REQUEST', said('direct.not_yourself'));
    if (consents.isRestricted(other) && !consents.isChild(other))
      throw refusal('FORBIDDEN', said('direct.guest', { user: other }));
    return this.#starting.run(textOf(me, other), async () => {
      const known = await this.#existing(me, other);
      const roomId = known ?? (await this.#make({ me, other, name }));
      await this.#deps.readState.hide(roomId, me, false);
      // An old chat can be read, even if nobody can be invited now.
      const isOptional = known !== null && !consents.isChild(me);
      await this.#inviteTo(roomId, me, other).catch((error) => {
        if (!isOptional || !(error instanceof ProtocolError)) throw error;
      });
      if (known === null) void this.settle();
      return roomId;
    });
  }

  /** Brings the user into the chat that they have, or are invited to; null if a new one has to be made. */
  async #existing(me: string, other: string): Promise<string | null> {
    const { store } = this.#deps;
    const chats = store.rooms.directOf(textOf(me, other));
    const invites = store.rooms.directInvites().filter((one) => one.user_id === me && one.inviter === other);
    const newest = newestRoom<Pick<RoomRow, 'room_id' | 'home'>>([...chats, ...invites]);
    const mine = this.#newestOf(me, chats);
    if (newest !== undefined && newest.room_id !== mine?.room_id) {
      try {
        if (await this.#enter(newest, me, other)) return newest.room_id;
      } catch (error) {
        // Its home doesn't answer, or doesn't know it any more. A child has to ask first.
        if (store.consents.isChild(me) || !(error instanceof ProtocolError)) throw error;
        const wasIn = chats.some(({ room_id }) => room_id === newest.room_id);
        if (wasIn && mine === undefined && error.code === 'SERVICE_UNAVAILABLE') throw error;
      }
    }
    // If the other one has left, only its home could invite them again.
    const isOver =
      mine && !this.#isHere(mine.home) && store.rooms.member(mine.room_id, other)?.state === 'left';
    return isOver ? null : (mine?.room_id ?? null);
  }

  /** Comes into a chat. False if it turns out to be another room: then the user leaves it, and doesn't see it. */
  async #enter(
    { room_id, home }: Pick<RoomRow, 'room_id' | 'home'>,
    me: string,
    other: string,
  ): Promise<boolean> {
    const { store, memberships, readState } = this.#deps;
    await memberships.join(room_id, me, home);
    const room = store.rooms.room(room_id);
    if (room === undefined || room.info_depth < 0 || room.direct === textOf(me, other)) return true;
    if (this.#isIn(room_id, me)) await memberships.leave(room_id, me);
    await readState.hide(room_id, me, true);
    return false;
  }

  async #make({ me, other, name }: Start): Promise<string> {
    const { home } = this.#deps;
    await home.requireUser(other);
    const direct = [me, other];
    return home.create({ name, joinRule: 'invite', channels: [channel], direct, as: me });
  }

  async #inviteTo(roomId: string, me: string, other: string): Promise<void> {
    const { store, home } = this.#deps;
    if (!this.#isHere(store.rooms.room(roomId)?.home) || this.#isIn(roomId, other)) return;
    if (store.events.openInvites(roomId).some(({ subject }) => subject === other)) return;
    await home.invite(roomId, other, me);
  }

  /**
   * Comes into the chats that others started at the same time as somebody here, so that all servers know both and show the
   * same one. One for each two and server, or a peer could bring somebody into as many rooms as it likes.
   */
  settle(): Promise<void> {
    this.#isNews = true;
    this.#settling ??= this.#settleAll().finally(() => {
      this.#settling = null;
    });
    return this.#settling;
  }

  async #settleAll(): Promise<void> {
    const { store, log } = this.#deps;
    while (this.#isNews && !this.#isStopped) {
      this.#isNews = false;
      for (const invite of store.rooms.directInvites()) {
        if (this.#isStopped) return;
        if (!this.#isCrossing(invite)) continue;
        await this.#enter(invite, invite.user_id, invite.inviter).catch((error) =>
          log.debug({ err: error, room: invite.room_id }, 'a direct chat could not be joined yet'),
        );
      }
    }
  }

  /** The user has a chat with the inviter that began here, and came into none that began there. */
  #isCrossing({ user_id, inviter, home }: InviteRow): boolean {
    const { rooms, consents } = this.#deps.store;
    if (this.#isHere(home) || consents.isRestricted(user_id)) return false;
    if (rooms.hasUsedDirectInvite(user_id, inviter, home)) return false;
    const chats = rooms.directOf(textOf(user_id, inviter));
    const isMine = (chat: RoomRow) => this.#isHere(chat.home) && this.#isIn(chat.room_id, user_id);
    return chats.some(isMine) && !chats.some((chat) => chat.home === home);
  }

  #isHere(home: string | undefined): boolean {
    return home === this.#deps.keyring.serverName;
  }

  #isIn(roomId: string, user: string): boolean {
    return this.#deps.store.rooms.member(roomId, user)?.state === 'joined';
  }
}
