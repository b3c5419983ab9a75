import { parseUserId } from '../../shared/protocol/identifiers.ts';
import { refusal } from '../../shared/words/refusal.ts';
import { said } from '../../shared/words/said.ts';
import type { Room, RoomRegistry } from '../events/projection/room-registry.ts';
import type { Keyring } from '../identity/keyring.ts';
import type { Tables } from '../store/ports.ts';
import type { Actors } from './actors.ts';
import type { Descriptions } from './descriptions.ts';
import type { RoomHome } from './home.ts';

/** Says what a moderator does to somebody in a room. */
export interface Decision {
  readonly roomId: string;
  readonly user: string;
  readonly act: 'remove' | 'ban' | 'unban';
  readonly reason?: string | undefined;
}

interface ModerationDeps {
  readonly store: Tables<'consents' | 'rooms'>;
  readonly actors: Actors;
  readonly descriptions: Pick<Descriptions, 'change'>;
  readonly home: Pick<RoomHome, 'inTurn' | 'takeOut' | 'giveRole'>;
  readonly registry: Pick<RoomRegistry, 'serverOfUser'>;
  readonly keyring: Pick<Keyring, 'serverName'>;
}

/** Carries out what moderators decide about people in rooms of this server (docs/protocol/rooms.md, "Moderators"). */
export class Moderation {
  readonly #deps: ModerationDeps;

  constructor(deps: ModerationDeps) {
    this.#deps = deps;
  }

  /**
   * Removes or bans somebody, or ends a ban. FORBIDDEN if `as` doesn't moderate the room, or the user is no ordinary member. NOT_FOUND for a user who isn't in the
   * room, was never there, or isn't banned; CONFLICT for one who is banned already.
   */
  async decide(decision: Decision, as: string | undefined): Promise<void> {
    const { actors, home } = this.#deps;
    const by = actors.local(as);
    await home.inTurn(decision.roomId, () => this.#carryOut(decision, by));
  }

  async #carryOut({ roomId, user, act, reason }: Decision, by: string): Promise<void> {
    const { actors, home, store } = this.#deps;
    const room = actors.requireModerator(roomId, by);
    // The owner of the server may have been banned from a room of somebody else here.
    if (user === by && act !== 'unban') throw refusal('BAD_REQUEST', said('room.leave_instead'));
    this.#requireBelow(room, user, by);
    const state = store.rooms.member(roomId, user)?.state;
    if (act === 'unban' ? state !== 'banned' : state !== 'joined' && (act === 'remove' || !state))
      throw refusal(
        'NOT_FOUND',
        act === 'unban'
          ? said('room.not_banned', { user })
          : said('room.not_a_member', { user, room: roomId }),
      );
    if (act === 'ban' && state === 'banned') throw refusal('CONFLICT', said('room.banned', { user }));
    await home.takeOut(
      roomId,
      user,
      act === 'unban' ? { unbannedBy: by } : { banned: act === 'ban', reason, by },
    );
  }

  /** FORBIDDEN for a moderator who decides about another one, or about an owner. An owner decides about everybody. */
  #requireBelow(room: Room, user: string, by: string): void {
    const { actors } = this.#deps;
    if (actors.owns(room, by) || actors.roleIn(room, user) === 'member') return;
    throw refusal('FORBIDDEN', said('room.moderates_too', { user }));
  }

  /**
   * Makes a member a moderator, or an ordinary member again. FORBIDDEN if `as` doesn't own the room; NOT_FOUND for somebody
   * who isn't in it; BAD_REQUEST for an owner, a child, a guest, or a user of another server, who can't sign for the home.
   */
  async setModerator(
    roomId: string,
    user: string,
    { moderates, as }: { readonly moderates: boolean; readonly as: string | undefined },
  ): Promise<void> {
    const { actors, home, store, keyring } = this.#deps;
    await this.#decideAsOwner(roomId, user, as, async (room) => {
      const role = actors.roleIn(room, user);
      if (role === 'owner') throw refusal('BAD_REQUEST', said('room.owns_already', { user }));
      if (moderates && !this.#isOurs(user))
        throw refusal('BAD_REQUEST', said('room.moderator_elsewhere', { user, home: keyring.serverName }));
      if (moderates && store.consents.isRestricted(user))
        throw refusal('BAD_REQUEST', said('room.may_not_moderate', { user }));
      if ((role === 'moderator') !== moderates)
        await home.giveRole(room, user, moderates ? 'moderator' : 'member');
    });
  }

  /** Makes a member an owner of the room. BAD_REQUEST for a user of another server; otherwise as `setModerator`. */
  async handOver(roomId: string, user: string, as: string | undefined): Promise<void> {
    const { home, keyring } = this.#deps;
    await this.#decideAsOwner(roomId, user, as, async (room) => {
      if (!this.#isOurs(user))
        throw refusal('BAD_REQUEST', said('room.owner_elsewhere', { user, home: keyring.serverName }));
      await home.giveRole(room, user, 'owner');
    });
  }

  async #decideAsOwner(
    roomId: string,
    user: string,
    as: string | undefined,
    decide: (room: Room) => Promise<void>,
  ): Promise<void> {
    const { actors, home } = this.#deps;
    const owner = actors.local(as);
    parseUserId(user);
    await home.inTurn(roomId, async () => {
      const room = actors.requireOwner(roomId, owner);
      if (!actors.isMember(room, user))
        throw refusal('NOT_FOUND', said('room.not_a_member', { user, room: roomId }));
      await decide(room);
    });
  }

  #isOurs(user: string): boolean {
    const { registry, keyring } = this.#deps;
    return registry.serverOfUser(user) === keyring.serverName;
  }

  /** Removes everybody and lets nobody in again. What was written stays on servers that have it. */
  async close(roomId: string, as: string | undefined): Promise<void> {
    const { actors, descriptions, home, store } = this.#deps;
    const moderator = actors.local(as);
    await descriptions.change(roomId, { joinRule: 'invite', picture: null }, as);
    const joined = store.rooms.members(roomId).filter(({ state }) => state === 'joined');
    const out = (user: string) =>
      home.inTurn(roomId, async () => {
        // They may have left by now. The owner of the server may never have been in, or be banned.
        if (actors.isMember(actors.homedHere(roomId), user))
          await home.takeOut(roomId, user, { by: moderator });
      });
    // The one who closes the room goes last, because only a member may decide.
    for (const { user_id } of joined) if (user_id !== moderator) await out(user_id);
    await out(moderator);
  }
}
