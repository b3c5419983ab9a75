import { clampInviteAge, type InviteRequest, type MemberRequest } from '../../shared/protocol/bodies.ts';
import {
  buildInvite,
  buildJoin,
  buildLeave,
  buildRoomInfo,
  buildUninvite,
  type Removal,
} from '../../shared/protocol/events/event-builders.ts';
import { roomId as makeRoomId, parseRoomId } from '../../shared/protocol/identifiers.ts';
import { type MembershipState, mayJoin, type RoomRole } from '../../shared/protocol/room-state.ts';
import { federationPrefix } from '../../shared/protocol/transport.ts';
import { refusal } from '../../shared/words/refusal.ts';
import { type Said, said } from '../../shared/words/said.ts';
import type { Pace } from '../events/pace.ts';
import type { Room, RoomRegistry } from '../events/projection/room-registry.ts';
import type { Tell } from '../facts.ts';
import type { Keyring } from '../identity/keyring.ts';
import type { Clock } from '../kernel/ports.ts';
import { SerialQueues } from '../kernel/queue.ts';
import type { Tables } from '../store/ports.ts';
import { wishesMax } from '../store/tables/consent-store.ts';
import { changeWork, type PeerBudgets } from '../trust/limits/peer-budgets.ts';
import { whyNotAllowed } from '../trust/not-a-peer.ts';
import type { PeerDirectory } from '../trust/peer-directory.ts';
import type { Actors } from './actors.ts';
import type { EventComposer } from './compose.ts';
import { type IdGenerator, numericUserId } from './id-generator.ts';
import type { PeerListings } from './peer-listings.ts';

const member = (user: string) => ({ userId: user, numericId: numericUserId(user) });

export interface RoomHomeDeps {
  readonly store: Tables<'consents' | 'events' | 'rooms' | 'users' | 'writer'>;
  readonly keyring: Keyring;
  readonly directory: PeerDirectory;
  readonly registry: RoomRegistry;
  readonly actors: Actors;
  readonly composer: EventComposer;
  readonly ids: IdGenerator;
  readonly pace: Pace;
  readonly budgets: Pick<PeerBudgets, 'chargeWork'>;
  readonly clock: Clock;
  readonly peerListings: Pick<PeerListings, 'hasUser'>;
  readonly tell: Tell;
}

/** Users who join a room together, once it is their turn. */
interface Joining {
  readonly begins: Promise<void>;
  readonly users: Map<string, Promise<Room>>;
}

/** Makes rooms, and decides as their home who is in them. */
export class RoomHome {
  readonly #deps: RoomHomeDeps;

  readonly #queues = new SerialQueues();
  /** Users who wait to join a room, until it is their turn; by room. */
  readonly #joining = new Map<string, Joining>();

  constructor(deps: RoomHomeDeps) {
    this.#deps = deps;
  }

  /** Decisions about one room are made one after another, because each depends on the one before. */
  inTurn<T>(roomId: string, decide: () => Promise<T>): Promise<T> {
    return this.#queues.run(roomId, decide);
  }

  /** Returns the new room's ID. */
  async create(room: {
    readonly name: string;
    readonly joinRule: 'invite' | 'peers';
    readonly channels: readonly string[];
    /** The two whose direct chat it is. */
    readonly direct?: readonly string[];
    readonly as: string | undefined;
  }): Promise<string> {
    const { actors, keyring, composer, ids, clock } = this.#deps;
    const owner = actors.local(room.as);
    const id = makeRoomId(ids.id(), keyring.domain);
    const channels = room.channels.map((name) => ({ channel_id: ids.id(), name }));
    const info = buildRoomInfo(composer.stamp(id, owner), {
      name: room.name,
      joinRule: room.joinRule,
      topic: '',
      description: '',
      pinned: [],
      archived: false,
      picture: null,
      writers: 'everybody',
      slowSeconds: 0,
      channels,
      direct: room.direct ?? null,
    });
    const join = buildJoin(composer.stamp(id, owner), member(owner), 'owner', room.name);
    const row = {
      room_id: id,
      home: keyring.serverName,
      name: room.name,
      join_rule: room.joinRule,
      home_announces: 1 as const,
      created_at: clock.now(),
    };
    await composer.writeRoom(row, [info, join]);
    return id;
  }

  /**
   * `joined`: the user is in already. A server of another kind ignores invites, so its users could never accept one.
   * So a member's invite admits them directly. BAD_REQUEST if the user is in, NOT_FOUND if there is no such user any more,
   * FORBIDDEN if their server isn't trusted; otherwise as `inviterTo`.
   */
  async invite(
    roomId: string,
    user: string,
    as: string | undefined,
  ): Promise<{ event_id: string; joined: boolean }> {
    const { actors, composer, directory, registry } = this.#deps;
    const inviter = actors.local(as);
    this.#invitable(roomId, user, inviter);
    await this.#requireContact(roomId, inviter, user);
    await this.requireUser(user);
    const event_id = await this.inTurn(roomId, async () => {
      // While the server of the user was asked, they may have joined, or one of the two may be out.
      const room = this.#invitable(roomId, user, inviter);
      const event = buildInvite(composer.stamp(roomId, inviter), member(user), {
        name: room.row.name,
        description: room.row.description,
        isDirect: room.row.direct !== null,
      });
      await composer.write(event);
      return event.event_id;
    });
    const joined = directory.isOfOurKind(registry.serverOfUser(user)) === false;
    if (joined) await this.join(roomId, user);
    return { event_id, joined };
  }

  /** The room, if the user is neither in it nor banned, and the inviter may invite. */
  #invitable(roomId: string, user: string, inviter: string): Room {
    const { actors, registry, store } = this.#deps;
    this.#memberOf(roomId, inviter);
    const room = actors.homedHere(roomId);
    if (!registry.isFor(room, user)) throw refusal('BAD_REQUEST', said('direct.only_two'));
    if (actors.isMember(room, user)) throw refusal('BAD_REQUEST', said('room.already_in', { user }));
    if (store.rooms.member(roomId, user)?.state === 'banned')
      throw refusal('CONFLICT', said('room.banned', { user }));
    return room;
  }

  /** NOT_FOUND if there is no such user any more, FORBIDDEN if their server isn't trusted. */
  async requireUser(user: string): Promise<void> {
    const { directory, keyring, registry, store, peerListings } = this.#deps;
    const server = registry.serverOfUser(user);
    if (server === keyring.serverName) {
      if (!store.users.byUserId(user)) throw refusal('NOT_FOUND', said('room.no_user', { user }));
      if (store.users.isRemoved(user)) throw refusal('NOT_FOUND', said('room.user_removed', { user }));
      return;
    }
    const why = whyNotAllowed(server, directory.standing(server));
    if (why !== null) throw refusal('FORBIDDEN', why);
    // If the server can't be asked now, it gets the invite when it is back.
    if ((await peerListings.hasUser(server, user)) === false)
      throw refusal('NOT_FOUND', said('room.no_user_there', { server, user }));
  }

  /** FORBIDDEN for a child who doesn't know the user; a guardian is asked. */
  async #requireContact(roomId: string, inviter: string, user: string): Promise<void> {
    const { store, tell } = this.#deps;
    const { consents } = store;
    if (!consents.isChild(inviter) || !consents.isUnconfirmed(inviter, user)) return;
    await store.writer.write((tx) => {
      if (consents.wishesOf(inviter) >= wishesMax) throw refusal('CONFLICT', said('consent.too_many'));
      consents.want(inviter, roomId, user);
      tx.afterCommit(() => tell({ fact: 'account-changed', userId: inviter }));
    });
    throw refusal('FORBIDDEN', said('consent.asked'));
  }

  /**
   * Takes an invite back. The user who gave it may do so, and a moderator, of any server; FORBIDDEN for others. NOT_FOUND if
   * the user is not invited, BAD_REQUEST if they have joined. Returns the ID of the event.
   */
  revokeInvite(roomId: string, user: string, actor: string): Promise<string> {
    const { actors, composer, store } = this.#deps;
    return this.inTurn(roomId, async () => {
      const room = actors.homedHere(roomId);
      if (actors.isMember(room, user)) throw refusal('BAD_REQUEST', said('room.already_in', { user }));
      const invite = store.events.openInvites(roomId).find(({ subject }) => subject === user);
      const moderates = actors.moderates(room, actor);
      // Someone who may not revoke the invite learns nothing about it.
      if (!moderates && invite?.sender !== actor) actors.memberRoom(roomId, actor);
      if (!invite) throw refusal('NOT_FOUND', said('room.not_invited', { user, room: roomId }));
      if (!moderates && invite.sender !== actor)
        throw refusal('FORBIDDEN', said('room.not_your_invite', { user, inviter: invite.sender }));
      const stamp = composer.stamp(roomId, actors.signerFor(room, actor));
      const event = buildUninvite(stamp, member(user));
      await composer.write(event);
      return event.event_id;
    });
  }

  /**
   * The local user in whose name others are invited: `as`, or the owner. FORBIDDEN if they may not invite, BAD_REQUEST for a
   * direct chat.
   */
  inviterTo(roomId: string, as: string | undefined): string {
    const inviter = this.#memberOf(roomId, as);
    if (this.#deps.actors.room(roomId).row.direct !== null)
      throw refusal('BAD_REQUEST', said('direct.only_two'));
    return inviter;
  }

  #memberOf(roomId: string, as: string | undefined): string {
    const { actors } = this.#deps;
    const inviter = actors.local(as);
    const room = actors.homedHere(roomId);
    if (!actors.moderates(room, inviter)) actors.memberRoom(roomId, inviter);
    return inviter;
  }

  /** Makes sure that a user may join: invites them in the name of `by`, unless they are in or may join already. */
  async welcome(roomId: string, user: string, by: string): Promise<void> {
    const { actors, registry, store } = this.#deps;
    const room = actors.homedHere(roomId);
    const now = registry.standing(room, user);
    if (mayJoin(room.row.join_rule, now, store.events.lastInvite(roomId, user))) return;
    await this.invite(roomId, user, by);
  }

  /**
   * Admits a user: a local one in their own name, a remote one in the name of the room's owner. Those who wait at the
   * same time are admitted together, because whether one may join doesn't depend on the others, and each commit waits
   * for the disk. NOT_FOUND if the room is not here, FORBIDDEN if the user may not join.
   */
  join(roomId: string, user: string): Promise<Room> {
    const { begins, users } = this.#joining.get(roomId) ?? this.#gather(roomId);
    const joined = users.get(user) ?? begins.then(() => this.#letIn(roomId, user));
    users.set(user, joined);
    return joined;
  }

  #gather(roomId: string): Joining {
    const { promise: begins, resolve: begin } = Promise.withResolvers<void>();
    const joining: Joining = { begins, users: new Map() };
    this.#joining.set(roomId, joining);
    void this.inTurn(roomId, async () => {
      this.#joining.delete(roomId);
      begin();
      await Promise.allSettled(joining.users.values());
    });
    return joining;
  }

  async #letIn(roomId: string, user: string): Promise<Room> {
    const { actors, composer } = this.#deps;
    const room = this.#open(roomId, user);
    if (actors.isMember(room, user)) return room;
    const stamp = composer.stamp(roomId, actors.signerFor(room, user));
    const role = this.#mayReturn(room, user) ? 'owner' : 'member';
    await composer.write(buildJoin(stamp, member(user), role, room.row.name));
    return room;
  }

  /** The room, if the user may join; NOT_FOUND or FORBIDDEN otherwise. */
  #open(roomId: string, user: string): Room {
    const { keyring, registry, store } = this.#deps;
    const room = registry.get(roomId);
    if (!room || room.row.home !== keyring.serverName)
      throw refusal('NOT_FOUND', said('room.not_here', { room: roomId }));
    const now = registry.standing(room, user);
    const pair = registry.directOf(room);
    // The two of a direct chat may always come back to it, and nobody else may come in.
    if (pair?.includes(user)) return room;
    if (pair !== null)
      throw refusal('FORBIDDEN', said('direct.only_two'), {
        details: { reason: 'room_closed', scope: 'event' },
      });
    const isOpen = mayJoin(room.row.join_rule, now, store.events.lastInvite(roomId, user));
    if (!isOpen && !this.#mayReturn(room, user))
      throw refusal('FORBIDDEN', whyClosed(now?.state, user), {
        details: { reason: 'room_closed', scope: 'event' },
      });
    return room;
  }

  /** A local owner of the room who left it. Nobody else could let them in again. */
  #mayReturn(room: Room, user: string): boolean {
    const { keyring, registry } = this.#deps;
    const now = registry.standing(room, user);
    const isLocal = registry.serverOfUser(user) === keyring.serverName;
    return isLocal && now?.state === 'left' && now.role === 'owner';
  }

  /** Repeats a member's join, in the name of the room's owner, because a role is part of it. */
  async giveRole({ row }: Pick<Room, 'row'>, user: string, role: RoomRole): Promise<void> {
    const { actors, composer } = this.#deps;
    const stamp = composer.stamp(row.room_id, actors.voice({ row }));
    await composer.write(buildJoin(stamp, member(user), role, row.name));
  }

  /** Lets a user out who asked for it. False if they were not in. */
  leave(roomId: string, user: string): Promise<boolean> {
    return this.inTurn(roomId, async () => {
      const { actors, composer, keyring, registry } = this.#deps;
      if (!actors.isMember(actors.homedHere(roomId), user)) return false;
      const local = registry.serverOfUser(user) === keyring.serverName;
      const stamp = composer.stamp(roomId, local ? user : actors.homeActor());
      await composer.write(buildLeave(stamp, member(user), null));
      return true;
    });
  }

  /**
   * Writes that a user is removed or banned, or not banned any more, whether they are in or not. Returns the ID of the
   * event.
   */
  async takeOut(roomId: string, user: string, removal: Removal): Promise<string> {
    const { actors, composer } = this.#deps;
    const event = buildLeave(composer.stamp(roomId, actors.homeActor()), member(user), removal);
    await composer.write(event);
    return event.event_id;
  }

  /** `POST invite`: a peer asks whether its user would be admitted. */
  answerInvite(origin: string, request: InviteRequest): Record<string, unknown> {
    const { store } = this.#deps;
    this.#checkBelongs(request.sender, origin);
    const { guildId } = parseRoomId(request.room_id);
    const room = this.#open(request.room_id, request.sender);
    return {
      accepted: true,
      room_id: request.room_id,
      guild_id: guildId,
      guild_name: room.row.name,
      default_channel_id: store.rooms.channels(request.room_id)[0]?.channel_id ?? null,
      join_endpoint: `${federationPrefix}/join`,
      expires_in_seconds: clampInviteAge(request.max_age_seconds),
    };
  }

  /**
   * `POST join`; joining twice succeeds. The answer contains the events that describe the room and admit the user, so
   * that the user's server needn't read the room or wait for a delivery.
   */
  async answerJoin(
    origin: string,
    request: MemberRequest,
  ): Promise<{ readonly told: Record<string, unknown>; readonly events: readonly string[] }> {
    this.#checkBelongs(request.user_id, origin);
    const { guildId } = parseRoomId(request.room_id);
    const { registry, store, actors, tell } = this.#deps;
    const known = registry.get(request.room_id);
    if (known && !actors.isMember(known, request.user_id)) this.#slow(origin, known, request.user_id);
    await this.join(request.room_id, request.user_id);
    tell({ fact: 'joined-on-request', roomId: request.room_id, server: origin });
    const room = registry.get(request.room_id);
    const step = room && registry.standing(room, request.user_id);
    const bodies = [room?.row.info_event_id, step?.eventId].map((id) => id && store.events.byId(id)?.body);
    const told = {
      joined: true,
      room_id: request.room_id,
      guild_id: guildId,
      local_user_id: numericUserId(request.user_id),
    };
    return { told, events: bodies.filter((body) => body !== undefined) };
  }

  /** `POST leave`; `left` is false if the user was not in. */
  async answerLeave(origin: string, request: MemberRequest): Promise<Record<string, unknown>> {
    const { keyring, registry, actors } = this.#deps;
    this.#checkBelongs(request.user_id, origin);
    const { guildId } = parseRoomId(request.room_id);
    const room = registry.get(request.room_id);
    if (!room || room.row.home !== keyring.serverName)
      throw refusal('NOT_FOUND', said('room.not_here', { room: request.room_id }));
    if (actors.isMember(room, request.user_id)) this.#slow(origin, room, request.user_id);
    const left = await this.leave(request.room_id, request.user_id);
    return { left, room_id: request.room_id, guild_id: guildId };
  }

  /**
   * A user of that server wants to come or go. That makes one event in our own name for each server in the room, so the
   * server is charged for all of them, before the next request is accepted. Throws RATE_LIMITED.
   */
  #slow(origin: string, room: Room, user: string): void {
    const { store, pace, budgets } = this.#deps;
    const roomId = room.row.room_id;
    pace.membership(origin, roomId, user);
    if (store.rooms.member(roomId, user) === undefined) pace.newUser(origin, roomId);
    budgets.chargeWork(origin, changeWork + room.servers.size);
  }

  #checkBelongs(user: string, origin: string): void {
    if (this.#deps.registry.serverOfUser(user) !== origin)
      throw refusal('FORBIDDEN', said('room.not_users_server', { user, server: origin }));
  }
}

function whyClosed(state: MembershipState | undefined, user: string): Said {
  if (state === 'banned') return said('room.banned', { user });
  return state === 'removed' ? said('room.needs_invite', { user }) : said('room.invite_only', { user });
}
