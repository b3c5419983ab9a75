import { ProtocolError } from '../../shared/protocol/errors.ts';
import { buildDelete } from '../../shared/protocol/events/event-builders.ts';
import { parseUserId } from '../../shared/protocol/identifiers.ts';
import { type Decision, parseModerate } from '../../shared/protocol/moderating.ts';
import { refusal } from '../../shared/words/refusal.ts';
import { said } from '../../shared/words/said.ts';
import type { Pace } from '../events/pace.ts';
import type { Room, RoomRegistry } from '../events/projection/room-registry.ts';
import type { Keyring } from '../identity/keyring.ts';
import type { Tables } from '../store/ports.ts';
import { changeWork, type PeerBudgets } from '../trust/limits/peer-budgets.ts';
import type { PeerDirectory } from '../trust/peer-directory.ts';
import type { Actors } from './actors.ts';
import type { EventComposer } from './compose.ts';
import type { Descriptions } from './descriptions.ts';
import type { RoomHome } from './home.ts';
import { messageIn, refOf } from './messages.ts';
import type { RemoteModeration } from './remote-moderation.ts';

interface ModerationDeps {
  readonly store: Tables<'consents' | 'events' | 'messages' | 'rooms'>;
  readonly actors: Actors;
  readonly composer: Pick<EventComposer, 'stamp' | 'write'>;
  readonly descriptions: Pick<Descriptions, 'change' | 'pin'>;
  readonly home: Pick<RoomHome, 'inTurn' | 'takeOut' | 'giveRole' | 'revokeInvite'>;
  readonly remote: Pick<RemoteModeration, 'ask'>;
  readonly registry: Pick<RoomRegistry, 'get' | 'serverOfUser'>;
  readonly directory: Pick<PeerDirectory, 'answers'>;
  readonly keyring: Pick<Keyring, 'serverName'>;
  readonly pace: Pick<Pace, 'moderation'>;
  readonly budgets: Pick<PeerBudgets, 'chargeWork'>;
}

/** Carries out what moderators decide, in rooms of this server and of others (docs/protocol/rooms.md, "Moderators"). */
export class Moderation {
  readonly #deps: ModerationDeps;

  constructor(deps: ModerationDeps) {
    this.#deps = deps;
  }

  /**
   * Does what a local user decides, here or by asking the room's home. FORBIDDEN if `as` doesn't moderate the room, or the
   * user whom it is about is no ordinary member. NOT_FOUND for a user who isn't in the room, was never there, or isn't banned
   * or invited, and for a message that isn't here; CONFLICT for what is done already. Otherwise as `RemoteModeration.ask`.
   */
  async decide(decision: Decision, as: string | undefined): Promise<void> {
    const { actors, remote } = this.#deps;
    const by = actors.local(as);
    if (actors.isHomedHere(actors.room(decision.room_id))) await this.#carryOut(decision, by);
    else await remote.ask(decision, by);
  }

  /**
   * `POST moderate`: a server asks for what its user decides in a room of ours. Returns the event that carries it out, if
   * something had to change. FORBIDDEN, with the same answer for a room that doesn't exist, if the user doesn't moderate it.
   */
  async answer(
    origin: string,
    text: string,
  ): Promise<{ event_id: string | null; events: readonly string[] }> {
    const { actors, registry, store, pace, budgets } = this.#deps;
    const { moderator, ...decision } = parseModerate(text);
    if (registry.serverOfUser(moderator) !== origin)
      throw refusal('FORBIDDEN', said('room.not_users_server', { user: moderator, server: origin }));
    const { room_id: roomId } = decision;
    const room = registry.get(roomId);
    if (!room || !actors.moderates(room, moderator))
      throw refusal('FORBIDDEN', said('room.not_moderator', { room: roomId, user: moderator }), {
        details: { reason: 'not_a_moderator' },
      });
    pace.moderation(origin, roomId);
    budgets.chargeWork(origin, changeWork + room.servers.size);
    const event_id = await this.#carryOut(decision, moderator).catch((error) => {
      // Only a server that doesn't know this call answers it with 404.
      const isMissing = error instanceof ProtocolError && error.code === 'NOT_FOUND' && error.said;
      throw isMissing ? refusal('CONFLICT', isMissing) : error;
    });
    const body = event_id === null ? undefined : store.events.byId(event_id)?.body;
    return { event_id, events: body === undefined ? [] : [body] };
  }

  /** Returns the ID of the event; null if nothing had to change. */
  #carryOut(decision: Decision, by: string): Promise<string | null> {
    const { descriptions, home } = this.#deps;
    const { room_id: roomId } = decision;
    switch (decision.act) {
      case 'remove':
      case 'ban':
      case 'unban':
        return home.inTurn(roomId, () => this.#takeOut(decision, by));
      case 'uninvite':
        return home.revokeInvite(roomId, decision.user_id, by);
      case 'delete':
        return home.inTurn(roomId, () => this.#delete(roomId, decision.event_id, by));
      case 'pin':
      case 'unpin':
        return descriptions.pin(roomId, decision.event_id, decision.act === 'pin', by);
    }
  }

  async #takeOut(
    decision: Extract<Decision, { act: 'remove' | 'ban' } | { act: 'unban' }>,
    by: string,
  ): Promise<string> {
    const { actors, home, store } = this.#deps;
    const { room_id: roomId, user_id: user, act } = decision;
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
    const reason = 'reason' in decision ? decision.reason : undefined;
    const removal = act === 'unban' ? { unbannedBy: by } : { banned: act === 'ban', reason, by };
    return home.takeOut(roomId, user, removal);
  }

  /** For moderators elsewhere: those here write it themselves (messages.ts). */
  async #delete(roomId: string, eventId: string, by: string): Promise<string> {
    const { actors, composer, store } = this.#deps;
    const room = actors.requireModerator(roomId, by);
    const message = messageIn(store, roomId, eventId);
    const event = buildDelete(composer.stamp(roomId, actors.signerFor(room, by)), refOf(message), by);
    await composer.write(event);
    return event.event_id;
  }

  /** FORBIDDEN for a moderator who decides about another one, or about an owner. An owner decides about everybody. */
  #requireBelow(room: Room, user: string, by: string): void {
    const { actors } = this.#deps;
    if (actors.owns(room, by) || actors.roleIn(room, user) === 'member') return;
    throw refusal('FORBIDDEN', said('room.moderates_too', { user }));
  }

  /**
   * Makes a member a moderator, or an ordinary member again. FORBIDDEN if `as` doesn't own the room; NOT_FOUND for somebody
   * who isn't in it; BAD_REQUEST for an owner, a child, a guest, or a user of a server that can't ask the home.
   */
  async setModerator(
    roomId: string,
    user: string,
    { moderates, as }: { readonly moderates: boolean; readonly as: string | undefined },
  ): Promise<void> {
    const { actors, directory, home, registry, store } = this.#deps;
    await this.#decideAsOwner(roomId, user, as, async (room) => {
      const role = actors.roleIn(room, user);
      if (role === 'owner') throw refusal('BAD_REQUEST', said('room.owns_already', { user }));
      const server = registry.serverOfUser(user);
      if (moderates && !this.#isOurs(user) && !directory.answers(server, 'moderate'))
        throw refusal('BAD_REQUEST', said('room.moderator_elsewhere', { user, server }));
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

  /** Removes everybody and lets nobody in again. Messages stay on servers that have them. */
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
