import { refusal } from '../../shared/words/refusal.ts';
import { said } from '../../shared/words/said.ts';
import type { RoomRegistry } from '../events/projection/room-registry.ts';
import type { Tell } from '../facts.ts';
import type { Keyring } from '../identity/keyring.ts';
import type { Clock } from '../kernel/ports.ts';
import type { Tables } from '../store/ports.ts';
import { wishesMax } from '../store/tables/consent-store.ts';
import type { InviteRow } from '../store/tables/rooms/room-store.ts';
import type { PeerDirectory } from '../trust/peer-directory.ts';
import type { Actors } from './actors.ts';
import type { RoomHome } from './home.ts';
import type { ReadState } from './read-state.ts';
import type { RemoteRooms } from './remote.ts';

interface Deps {
  readonly store: Tables<'consents' | 'rooms' | 'writer'>;
  readonly clock: Clock;
  readonly keyring: Pick<Keyring, 'serverName'>;
  readonly directory: Pick<PeerDirectory, 'isOfOurKind' | 'serverOf'>;
  readonly registry: Pick<RoomRegistry, 'get'>;
  readonly actors: Pick<Actors, 'memberRoom'>;
  readonly home: Pick<RoomHome, 'join' | 'leave'>;
  readonly remote: Pick<RemoteRooms, 'join' | 'leave' | 'nextReading'>;
  readonly readState: Pick<ReadState, 'hide'>;
  readonly tell: Tell;
}

/** How local users join and leave rooms, wherever the room's home is. */
export class Memberships {
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** `via`: the server that was named as the room's home. BAD_REQUEST if the room's ID names another. */
  async join(roomId: string, user: string, via: string | undefined): Promise<void> {
    const { registry, keyring, directory, home, remote, readState, tell } = this.#deps;
    await this.#requireConsent(roomId, user, via);
    const known = registry.get(roomId);
    const homeName = known?.row.home ?? directory.serverOf(roomId.slice(roomId.indexOf(':') + 1));
    if (homeName === keyring.serverName) await home.join(roomId, user);
    else {
      const { consents, writer } = this.#deps.store;
      // An existing server's members are known only once they write.
      const isUnread = consents.isChild(user) && directory.isOfOurKind(homeName) === true;
      if (isUnread) await writer.write(() => consents.unread(user, roomId));
      await remote.join(roomId, user, via);
      if (isUnread && consents.isUnread(roomId)) await remote.nextReading(roomId);
    }
    await readState.hide(roomId, user, false);
    tell({ fact: 'room-changed', roomId });
  }

  /** FORBIDDEN for a guest outside the rooms of its link, and for a child whose guardian has to be asked first. */
  async #requireConsent(roomId: string, user: string, via: string | undefined): Promise<void> {
    const { store, clock, tell } = this.#deps;
    const { consents } = store;
    if (!consents.isRestricted(user) || consents.isAllowed(user, roomId)) return;
    if (!consents.isChild(user)) throw refusal('FORBIDDEN', said('consent.guest'));
    await store.writer.write((tx) => {
      if (consents.wishesOf(user) >= wishesMax) throw refusal('CONFLICT', said('consent.too_many'));
      consents.putRoom({
        user_id: user,
        room_id: roomId,
        allowed_by: null,
        via: via ?? null,
        at: clock.now(),
      });
      tx.afterCommit(() => tell({ fact: 'account-changed', userId: user }));
    });
    throw refusal('FORBIDDEN', said('consent.asked'));
  }

  async leave(roomId: string, user: string): Promise<void> {
    const { actors, keyring, home, remote } = this.#deps;
    const { row } = actors.memberRoom(roomId, user);
    if (row.home === keyring.serverName) await home.leave(roomId, user);
    else await remote.leave(roomId, user);
  }

  /**
   * Joins the room of an invite. NOT_FOUND for an unknown ID, CONFLICT if it was answered or revoked before; otherwise
   * as `join`.
   */
  async accept(inviteId: string): Promise<InviteRow> {
    const invite = this.#pending(inviteId);
    await this.join(invite.room_id, invite.user_id, invite.home);
    return this.#answer(invite, 'accepted');
  }

  /** NOT_FOUND and CONFLICT as in `accept`. */
  async decline(inviteId: string): Promise<InviteRow> {
    return this.#answer(this.#pending(inviteId), 'declined');
  }

  async #answer(invite: InviteRow, status: 'accepted' | 'declined'): Promise<InviteRow> {
    const { store, tell } = this.#deps;
    await store.writer.write((tx) => {
      store.rooms.answerInvites(invite.room_id, invite.user_id, status);
      tx.afterCommit(() => tell({ fact: 'invite-answered' }));
    });
    return { ...invite, status };
  }

  #pending(id: string): InviteRow {
    const invite = this.#deps.store.rooms.invite(id);
    if (!invite) throw refusal('NOT_FOUND', said('room.invite_unknown', { id }));
    if (invite.status !== 'pending')
      throw refusal('CONFLICT', said('room.invite_over', { status: invite.status }));
    return invite;
  }
}
