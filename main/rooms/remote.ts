import type * as v from 'valibot';
import {
  InviteAnswer,
  JoinAnswer,
  readBody,
  writeInviteRequest,
  writeMemberRequest,
} from '../../shared/protocol/bodies.ts';
import { buildJoin, buildLeave } from '../../shared/protocol/events/event-builders.ts';
import { limits } from '../../shared/protocol/limits.ts';
import { refusal } from '../../shared/words/refusal.ts';
import { said } from '../../shared/words/said.ts';
import type { RoomRegistry } from '../events/projection/room-registry.ts';
import type { Upkeep } from '../events/upkeep.ts';
import type { Tell } from '../facts.ts';
import type { Keyring } from '../identity/keyring.ts';
import type { Clock } from '../kernel/ports.ts';
import type { Tables } from '../store/ports.ts';
import type { PeerRow } from '../store/tables/peer-store.ts';
import type { PeerDirectory } from '../trust/peer-directory.ts';
import type { Actors } from './actors.ts';
import type { EventComposer } from './compose.ts';
import { type HomeCalls, Unanswered } from './home-calls.ts';
import { numericUserId } from './id-generator.ts';
import type { RemoteLeaves } from './remote-leaves.ts';

/** How long a join may take, whatever the home does. */
const joinMsMax = 30_000;
/** How long a join waits for the room to be read, if only that shows whether the user is in. */
const readFirstMsMax = 3_000;

interface RemoteRoomsDeps {
  readonly store: Tables<'consents' | 'events' | 'files' | 'rooms' | 'remoteUsers' | 'writer'>;
  readonly keyring: Keyring;
  readonly directory: PeerDirectory;
  readonly registry: RoomRegistry;
  readonly actors: Actors;
  readonly composer: EventComposer;
  readonly calls: HomeCalls;
  readonly leaves: RemoteLeaves;
  readonly clock: Clock;
  readonly upkeep: Pick<Upkeep, 'bringUpToDate'>;
  readonly tell: Tell;
}

/** Local users in rooms that are homed elsewhere. */
export class RemoteRooms {
  readonly #deps: RemoteRoomsDeps;
  /** Users admitted by a home that announces members, until the room has been read; by room. */
  readonly #unread = new Map<string, Set<string>>();
  /** The callers who wait for the next reading of a room to end, by room. */
  readonly #waiting = new Map<string, (() => void)[]>();
  /** The time until which a requested join may still happen, by `room user`. */
  readonly #askedUntil = new Map<string, number>();

  constructor(deps: RemoteRoomsDeps) {
    this.#deps = deps;
  }

  /**
   * Asks the home to admit a local user. Once it has, the user is a member and may write; the room is read after that,
   * however long it takes. The room exists here before the first call, so that events the home pushes in the meantime
   * have a place; if the home refuses, nothing is left behind. If no answer came, the user may be in: the next reading
   * of the room shows it (`settle`). Rejects with SERVICE_UNAVAILABLE then, with BAD_REQUEST if the home may not be
   * asked, and with the home's refusal.
   */
  async join(roomId: string, user: string, via: string | undefined): Promise<void> {
    const { store, actors, registry, clock, leaves, calls, keyring } = this.#deps;
    const peer = calls.peer(roomId, via);
    const known = registry.get(roomId);
    if (known && actors.isMember(known, user)) return;
    // Asked before, with an unknown result.
    let mayBeIn = store.rooms.pendingJoins(roomId).includes(user);
    await this.#begin(roomId, user, peer);
    const key = `${roomId} ${user}`;
    this.#askedUntil.set(key, Number.POSITIVE_INFINITY);
    let answer: string;
    const deadline = calls.deadline(joinMsMax);
    const late = said('room.home_late', { server: peer.server_name, seconds: joinMsMax / 1000 });
    const waits = { signal: deadline.signal, late };
    const origin_server = keyring.serverName;
    try {
      const unreached = await leaves.handOver(peer, roomId, user, deadline.signal);
      if (unreached) throw new Unanswered(peer.server_name, unreached, late);
      const asked = await calls.ask(peer, {
        path: '/invite',
        body: writeInviteRequest({ origin_server, room_id: roomId, sender: user, max_age_seconds: null }),
        ...waits,
      });
      const invite = readBody(InviteAnswer, asked);
      checkRoom(peer.server_name, roomId, invite.room_id);
      if (!invite.accepted)
        throw refusal(
          'FORBIDDEN',
          said('room.home_refused', { server: peer.server_name, user, room: roomId }),
        );
      mayBeIn = true;
      answer = await calls.ask(peer, {
        path: '/join',
        body: writeMemberRequest({ origin_server, room_id: roomId, user_id: user }),
        ...waits,
      });
      const joined = readBody(JoinAnswer, answer);
      checkRoom(peer.server_name, roomId, joined.room_id);
      if (!joined.joined)
        throw refusal(
          'FORBIDDEN',
          said('room.home_refused', { server: peer.server_name, user, room: roomId }),
        );
      await this.#learn(roomId, user, invite, joined.local_user_id);
    } catch (error) {
      if (!mayBeIn || !(error instanceof Unanswered)) await this.#giveUp(roomId, user);
      throw error;
    } finally {
      // The home may still accept a request that we got no answer to, as long as its timestamp is valid.
      this.#askedUntil.set(key, clock.now() + 2 * limits.clockSkewMsMax);
      deadline.cancel();
    }
    await this.#comeIn(peer.server_name, roomId, user, answer);
  }

  /**
   * A Paracord Node sends the event that admitted the user. A home that announces no members leaves it to us to
   * announce the user. Only a home that announces members but sends no event has to be read first, for a moment.
   */
  async #comeIn(home: string, roomId: string, user: string, answer: string): Promise<void> {
    const { directory, registry, actors, calls, tell } = this.#deps;
    const peer = directory.get(home);
    if (peer) await calls.takeIn(peer, answer);
    const room = registry.get(roomId);
    const announces = room?.row.home_announces === 1 || directory.isOfOurKind(home) === true;
    const isIn = room !== undefined && actors.isMember(room, user);
    if (announces && !isIn) {
      const waiting = this.#unread.get(roomId) ?? new Set();
      this.#unread.set(roomId, waiting.add(user));
      const read = this.nextReading(roomId);
      tell({ fact: 'admitted', home, roomId, user });
      await read;
      return;
    }
    await this.#announce(roomId, user);
    tell({ fact: 'admitted', home, roomId, user });
  }

  /** Resolves when this room has been read, or could not be, or after a moment. */
  nextReading(roomId: string): Promise<void> {
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(roomId) ?? [];
      this.#waiting.set(roomId, [...waiting, resolve]);
      this.#deps.clock.after(readFirstMsMax, resolve);
    });
  }

  /** A requested reading of this room ended, with whatever result. */
  readingEnded(roomId: string): void {
    for (const wake of this.#waiting.get(roomId) ?? []) wake();
    this.#waiting.delete(roomId);
  }

  /** The room was read at its home, so we know now whether the users who asked are in. */
  async settle(reading: {
    readonly server: string;
    readonly roomId: string;
    readonly open: boolean;
    readonly askedAt: number;
  }): Promise<void> {
    const { store, registry, actors, tell } = this.#deps;
    const { roomId, open } = reading;
    const room = registry.get(roomId);
    if (!room || room.row.home !== reading.server) return;
    if (open && store.consents.isUnread(roomId))
      await store.writer.write((tx) => {
        store.consents.read(roomId);
        tx.afterCommit(() => tell({ fact: 'room-changed', roomId }));
      });
    const letIn = this.#unread.get(roomId);
    for (const user of store.rooms.pendingJoins(roomId)) {
      const key = `${roomId} ${user}`;
      const overAt = this.#askedUntil.get(key) ?? Number.NEGATIVE_INFINITY;
      // If the home announces members, that is all there is to know; if it doesn't, a refusal counts.
      const isTold = !open || room.row.home_announces === 1;
      if (open && (letIn?.has(user) || actors.isMember(room, user))) await this.#announce(roomId, user);
      else if (isTold && !letIn?.has(user) && reading.askedAt > overAt) await this.#giveUp(roomId, user);
    }
  }

  /** The join failed; forgets the room if it was known only because of the join. */
  async #giveUp(roomId: string, user: string): Promise<void> {
    const { store, registry } = this.#deps;
    await store.writer.write(() => {
      store.rooms.dropPendingJoin(roomId, user);
      const needed = store.rooms.pendingJoins(roomId).length > 0 || store.rooms.members(roomId).length > 0;
      if (needed || store.events.isReported(roomId)) return;
      store.rooms.remove(roomId);
      store.files.putPicture('', roomId, null);
    });
    this.#askedUntil.delete(`${roomId} ${user}`);
    registry.forget(roomId);
  }

  async #begin(roomId: string, user: string, peer: PeerRow): Promise<void> {
    const { store, registry, clock } = this.#deps;
    const now = clock.now();
    await store.writer.write(() => {
      store.rooms.insert({
        room_id: roomId,
        home: peer.server_name,
        name: roomId,
        join_rule: 'invite',
        created_at: now,
      });
      store.rooms.addPendingJoin(roomId, user);
    });
    registry.forget(roomId);
  }

  /** Name, first channel and the user's number there, from the answers, until an event of the home says more. */
  async #learn(
    roomId: string,
    user: string,
    invite: v.InferOutput<typeof InviteAnswer>,
    remoteId: string,
  ): Promise<void> {
    const { store, registry, clock, upkeep } = this.#deps;
    // The existing server dates its messages to the start of their second.
    const depth = Math.floor(clock.now() / 1000) * 1000;
    await store.writer.write(() => {
      const row = store.rooms.room(roomId);
      // Events that arrived before may turn out to be about this user.
      if (row && store.remoteUsers.put(row, remoteId, user)) store.rooms.setOutdated(roomId);
      if (!row || row.info_depth >= 0) return;
      store.rooms.nameAt(roomId, invite.guild_name, { depth, eventId: '' });
      const channelId = invite.default_channel_id;
      if (channelId && store.rooms.channels(roomId).length === 0)
        store.rooms.putChannel({
          room_id: roomId,
          channel_id: channelId,
          name: 'general',
          position: 0,
          depth: -1,
          event_id: '',
        });
    });
    registry.forget(roomId);
    await upkeep.bringUpToDate();
  }

  /**
   * A Paracord Node has notified everybody by now. The existing server notifies nobody, so the user's own server does
   * (docs/protocol/rooms.md, "Joining a room of another server").
   */
  async #announce(roomId: string, user: string): Promise<void> {
    const { store, composer, actors, registry } = this.#deps;
    const room = registry.get(roomId);
    if (room && !actors.isMember(room, user) && room.row.home_announces === 0)
      await composer.write(
        buildJoin(composer.stamp(roomId, user), { userId: user, numericId: numericUserId(user) }, 'member'),
      );
    this.#unread.get(roomId)?.delete(user);
    this.#askedUntil.delete(`${roomId} ${user}`);
    await store.writer.write(() => {
      store.rooms.dropPendingJoin(roomId, user);
      store.rooms.answerInvites(roomId, user, 'accepted');
    });
  }

  /**
   * Announced by our own signed event, so that it works while the home is away: it waits in the outbox like a message.
   */
  async leave(roomId: string, user: string): Promise<void> {
    const { actors, composer } = this.#deps;
    actors.memberRoom(roomId, user);
    const who = { userId: user, numericId: numericUserId(user) };
    await composer.write(buildLeave(composer.stamp(roomId, user), who, null));
  }
}

/** BAD_REQUEST if a home answers about another room than the one it was asked about. */
function checkRoom(server: string, room: string, found: string): void {
  if (found !== room) throw refusal('BAD_REQUEST', said('room.other_answered', { server, room, found }));
}
