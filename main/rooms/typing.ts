import { forbidden } from '../../shared/protocol/errors.ts';
import { limits } from '../../shared/protocol/limits.ts';
import { parseTyping, writeTyping } from '../../shared/protocol/typing.ts';
import { said } from '../../shared/words/said.ts';
import type { FederationClient } from '../client/federation-client.ts';
import type { RoomRegistry } from '../events/projection/room-registry.ts';
import type { Tell } from '../facts.ts';
import { BoundedMap } from '../kernel/bounded-map.ts';
import type { Clock } from '../kernel/ports.ts';
import type { Settings } from '../settings.ts';
import type { Tables } from '../store/ports.ts';
import type { Contacts } from '../trust/contact/contacts.ts';
import type { PeerDirectory } from '../trust/peer-directory.ts';
import { calleeOf } from '../trust/peer-rows.ts';
import type { Actors } from './actors.ts';

const { everyMs, serversMax, usersMax } = limits.typing;
/** How many rooms are remembered in which somebody here writes, and how many reports of peers. */
const roomsMax = 1_000;
/** A peer that doesn't answer in this time isn't waited for: the next call says the same. */
const timeoutMs = 5_000;

interface Writing {
  /** When this room was last reported. */
  readonly at: number;
  /** When each user was last writing. */
  readonly users: ReadonlyMap<string, number>;
}

interface TypingDeps {
  readonly store: Tables<'rooms'>;
  readonly actors: Pick<Actors, 'isMember' | 'local' | 'writableRoom'>;
  readonly registry: Pick<RoomRegistry, 'get' | 'closedNow'>;
  readonly directory: Pick<PeerDirectory, 'get' | 'isAllowed' | 'isUs' | 'answers'>;
  readonly contacts: Pick<Contacts, 'isAwake'>;
  readonly client: Pick<FederationClient, 'call'>;
  readonly settings: Pick<Settings, 'get'>;
  readonly clock: Clock;
  readonly tell: Tell;
}

/** Reports who is writing, to screens and to servers that are awake. Nothing of it is stored, and nothing waits. */
export class Typing {
  readonly #deps: TypingDeps;
  readonly #rooms = new BoundedMap<string, Writing>(roomsMax);
  /** When a server last reported about a room. */
  readonly #taken = new BoundedMap<string, number>(roomsMax);
  readonly #calling = new Set<string>();
  #ending = new AbortController();

  constructor(deps: TypingDeps) {
    this.#deps = deps;
  }

  stop(): void {
    this.#ending.abort();
    this.#ending = new AbortController();
  }

  /** Reports that a user here is writing. FORBIDDEN in a room that they aren't in, or where they may not write. */
  writes(roomId: string, as: string | undefined): void {
    const { actors, clock, tell } = this.#deps;
    const user = actors.local(as);
    const room = actors.writableRoom(roomId, user);
    const now = clock.now();
    const before = this.#rooms.get(roomId);
    // Somebody may have been banned since.
    const isWriting = ([other, at]: readonly [string, number]) =>
      now - at < 2 * everyMs && actors.isMember(room, other);
    const users = new Map([...(before?.users ?? [])].filter(isWriting)).set(user, now);
    const isDue = before === undefined || now - before.at >= everyMs;
    this.#rooms.set(roomId, { at: isDue ? now : before.at, users });
    if (!isDue) return;
    const names = [...users.keys()].slice(-usersMax);
    tell({ fact: 'typing', roomId, users: names });
    this.#send(roomId, room.servers, names);
  }

  #send(room_id: string, members: ReadonlySet<string>, user_ids: string[]): void {
    const { directory, contacts, client, settings } = this.#deps;
    const servers = [...members].filter((server) => !directory.isUs(server));
    if (settings.get().paused || servers.length > serversMax) return;
    const body = writeTyping({ room_id, user_ids });
    for (const server of servers) {
      const peer = directory.get(server);
      const callee = peer && calleeOf(peer);
      const isThere =
        directory.isAllowed(server) && directory.answers(server, 'typing') && contacts.isAwake(server);
      if (!callee || !isThere || this.#calling.has(server)) continue;
      this.#calling.add(server);
      const { signal } = this.#ending;
      void client
        .call(callee, { method: 'POST', path: '/typing', body, timeoutMs, signal })
        .catch(() => {})
        .finally(() => this.#calling.delete(server));
    }
  }

  /**
   * Takes a peer's report of who is writing there. Users who aren't in the room from that server, or may not write
   * in it, are left out. FORBIDDEN if the peer has no member in the room.
   */
  take(server: string, text: string): void {
    const { store, registry, clock, tell } = this.#deps;
    const { room_id: roomId, user_ids } = parseTyping(text);
    const room = registry.get(roomId);
    if (!room?.servers.has(server))
      throw forbidden(said('wire.no_member', { server, room: roomId }), { reason: 'room_closed' });
    const key = `${server} ${roomId}`;
    const now = clock.now();
    if (now - (this.#taken.get(key) ?? Number.NEGATIVE_INFINITY) < everyMs / 2) return;
    this.#taken.set(key, now);
    const users = [...new Set(user_ids)].filter((user) => {
      const member = store.rooms.member(roomId, user);
      return (
        member?.state === 'joined' && member.server === server && registry.closedNow(room, user) === null
      );
    });
    if (users.length > 0) tell({ fact: 'typing', roomId, users });
  }
}
