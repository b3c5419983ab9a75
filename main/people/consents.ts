import { refusal } from '../../shared/words/refusal.ts';
import { said } from '../../shared/words/said.ts';
import type { RoomRegistry } from '../events/projection/room-registry.ts';
import type { Tell } from '../facts.ts';
import type { Keyring } from '../identity/keyring.ts';
import type { Clock } from '../kernel/ports.ts';
import type { RoomHome } from '../rooms/home.ts';
import type { Memberships } from '../rooms/memberships.ts';
import type { Tables } from '../store/ports.ts';
import type { ContactRow, RoomConsentRow } from '../store/tables/consent-store.ts';

/**
 * Why a guardian is asked about a room. `invited`: somebody invites the child. `joins`: the child asks to join. `made`: the
 * child made it. `in`: the child is in it, and nobody allowed that. `people`: somebody new is in an allowed room.
 * `invites`: the child wants to invite somebody new into it.
 */
type AskReason = 'invited' | 'joins' | 'made' | 'in' | 'people' | 'invites';

/** A guardian decides about these at once: a room, and the people in it whom no guardian confirmed for this child. */
export interface Ask {
  readonly user_id: string;
  readonly room_id: string;
  readonly reason: AskReason;
  /** The name that the invite or the room gives. */
  readonly room_name: string;
  readonly home: string;
  readonly people: readonly string[];
  /** Nobody of this server is in the room, so who else is in it isn't known yet. */
  readonly maybe_more: boolean;
}

/** A question while it is put together. A peer may fill a room with thousands of people. */
interface Asking extends Omit<Ask, 'reason' | 'people' | 'maybe_more'> {
  reason: AskReason;
  readonly people: Set<string>;
  maybe_more: boolean;
}

interface Answer {
  readonly user_id: string;
  readonly room_id: string;
  /** People whom the guardian saw. Somebody who came since waits for another answer. */
  readonly people: readonly string[];
  readonly allow: boolean;
}

interface Deps {
  readonly store: Tables<'consents' | 'rooms' | 'writer'>;
  readonly registry: Pick<RoomRegistry, 'get'>;
  readonly keyring: Pick<Keyring, 'serverName'>;
  readonly home: Pick<RoomHome, 'invite'>;
  readonly memberships: Pick<Memberships, 'join' | 'leave' | 'decline'>;
  readonly clock: Clock;
  readonly tell: Tell;
}

/** Guardians decide for children: in which rooms they are, and with whom. */
export class Consents {
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Questions that wait for an answer, by child. */
  asks(): Ask[] {
    return this.#deps.store.consents.children().flatMap((child) => this.#asksOf(child));
  }

  #asksOf(child: string): Ask[] {
    const { store, registry, keyring } = this.#deps;
    const { consents, rooms } = store;
    const asks = new Map<string, Asking>();
    const add = (reason: AskReason, roomId: string, invite?: { room_name: string; home: string }) => {
      const known = asks.get(roomId);
      if (known) return known;
      const row = registry.get(roomId)?.row;
      const made: Asking = {
        user_id: child,
        room_id: roomId,
        reason,
        room_name: invite?.room_name ?? row?.name ?? roomId,
        home: invite?.home ?? row?.home ?? roomId.slice(roomId.indexOf(':') + 1),
        people: new Set(),
        maybe_more: false,
      };
      asks.set(roomId, made);
      return made;
    };
    for (const invite of rooms.pendingInvites())
      if (invite.user_id === child && !consents.isAllowed(child, invite.room_id)) {
        const { people } = add('invited', invite.room_id, invite);
        if (consents.isUnconfirmed(child, invite.inviter)) people.add(invite.inviter);
      }
    const direct = rooms.directInvites().filter(({ user_id }) => user_id === child);
    for (const { room_id, allowed_by } of consents.rooms(child))
      if (allowed_by === null) {
        // Only one person can be in the chat that the child asks to come into.
        const invite = direct.find((one) => one.room_id === room_id);
        const { people } = add('joins', room_id, invite);
        if (invite && consents.isUnconfirmed(child, invite.inviter)) people.add(invite.inviter);
      }
    const joined = new Set(rooms.withMember(child));
    for (const [roomId, ask] of asks) {
      if (joined.has(roomId)) continue;
      for (const person of consents.strangers(roomId, child)) ask.people.add(person);
      ask.maybe_more = rooms.joined(roomId, keyring.serverName).length === 0;
    }
    for (const roomId of joined)
      if (!consents.isAllowed(child, roomId)) add(this.#made(roomId, child) ? 'made' : 'in', roomId);
    for (const { room_id, person, wanted } of consents.unconfirmed(child)) {
      // Those in a room that the child has left count again when it comes back.
      if (!joined.has(room_id) && !asks.has(room_id)) continue;
      const ask = add(wanted === 1 ? 'invites' : 'people', room_id);
      if (ask.reason === 'invites' && wanted === 0) ask.reason = 'people';
      ask.people.add(person);
    }
    return [...asks.values()].map((ask) => ({ ...ask, people: [...ask.people] }));
  }

  /** Another server may call anybody the owner of a room. */
  #made(roomId: string, child: string): boolean {
    const { store, registry, keyring } = this.#deps;
    const isHere = registry.get(roomId)?.row.home === keyring.serverName;
    return isHere && store.rooms.member(roomId, child)?.role === 'owner';
  }

  /**
   * NOT_FOUND if nothing is asked about that room. The child's request is carried out. Without consent it leaves the
   * room, unless it only wanted to invite somebody.
   */
  async answer(by: string, { user_id: child, room_id: roomId, people, allow }: Answer): Promise<void> {
    const { store, clock, home, memberships } = this.#deps;
    const { consents } = store;
    const ask = consents.isChild(child) && this.#asksOf(child).find((one) => one.room_id === roomId);
    if (!ask) throw refusal('NOT_FOUND', said('consent.no_ask', { user: child, room: roomId }));
    if (!allow) {
      await (ask.reason === 'invites' ? this.#dropWishes(child, roomId) : this.refuse(child, roomId));
      return;
    }
    const confirmed = new Set(people);
    const known = ask.people.filter((person) => confirmed.has(person));
    const wanted = consents
      .unconfirmed(child)
      .filter((one) => one.room_id === roomId && one.wanted === 1 && known.includes(one.person));
    const via = consents.room(child, roomId)?.via ?? undefined;
    await store.writer.write((tx) => {
      const at = clock.now();
      if (!consents.isAllowed(child, roomId))
        consents.putRoom({ user_id: child, room_id: roomId, allowed_by: by, via: null, at });
      for (const person of known) consents.addContact({ user_id: child, person, allowed_by: by, at });
      tx.afterCommit(() => this.#changed(child, roomId));
    });
    // The room is allowed now. If it or its home refuses, the child can try again.
    if (ask.reason === 'joins') await memberships.join(roomId, child, via).catch(() => {});
    for (const { person } of wanted) await home.invite(roomId, person, child).catch(() => {});
  }

  async #dropWishes(child: string, roomId: string): Promise<void> {
    const { consents, writer } = this.#deps.store;
    await writer.write((tx) => {
      consents.dropWishes(child, roomId);
      tx.afterCommit(() => this.#changed(child, roomId));
    });
  }

  /**
   * Takes consent to a room back, or doesn't give it: the child leaves it, and its invites there are declined. NOT_FOUND for
   * people who need no consent.
   */
  async refuse(child: string, roomId: string): Promise<void> {
    const { store, memberships } = this.#deps;
    if (!store.consents.isRestricted(child))
      throw refusal('NOT_FOUND', said('consent.no_ask', { user: child, room: roomId }));
    await store.writer.write((tx) => {
      store.consents.dropRoom(child, roomId);
      tx.afterCommit(() => this.#changed(child, roomId));
    });
    for (const invite of store.rooms.pendingInvites())
      if (invite.user_id === child && invite.room_id === roomId) await memberships.decline(invite.event_id);
    if (store.rooms.member(roomId, child)?.state === 'joined') await memberships.leave(roomId, child);
    this.#changed(child, roomId);
  }

  /** Lists what was allowed, oldest first. */
  of(child: string): { readonly rooms: readonly RoomConsentRow[]; readonly people: readonly ContactRow[] } {
    const { consents } = this.#deps.store;
    return {
      rooms: consents.rooms(child).filter(({ allowed_by }) => allowed_by !== null),
      people: consents.contacts(child),
    };
  }

  /** Takes consent to a person back. The rooms that they share with the child are closed to it until that is decided. */
  async forget(child: string, person: string): Promise<void> {
    const { store, tell } = this.#deps;
    await store.writer.write((tx) => {
      store.consents.dropContact(child, person);
      tx.afterCommit(() => tell({ fact: 'account-changed', userId: child }));
    });
  }

  #changed(userId: string, roomId: string): void {
    const { tell } = this.#deps;
    tell({ fact: 'room-changed', roomId });
    tell({ fact: 'invite-answered' });
    tell({ fact: 'account-changed', userId });
  }
}
