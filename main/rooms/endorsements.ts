import { ProtocolError } from '../../shared/protocol/errors.ts';
import { buildJoin } from '../../shared/protocol/events/event-builders.ts';
import type { RoomRegistry } from '../events/projection/room-registry.ts';
import type { Keyring } from '../identity/keyring.ts';
import { BoundedMap } from '../kernel/bounded-map.ts';
import type { Log } from '../kernel/log.ts';
import type { Clock } from '../kernel/ports.ts';
import type { Tables } from '../store/ports.ts';
import type { PeerDirectory } from '../trust/peer-directory.ts';
import type { Actors } from './actors.ts';
import type { EventComposer } from './compose.ts';
import type { RoomHome } from './home.ts';
import { numericUserId } from './id-generator.ts';

/** Limits how often members are named again to one server, however often its users ask to be let in. */
const againMsMin = 10 * 60_000;
/** Each is an event of the room. In larger rooms, those who joined first are named. */
export const endorsedMax = 200;
const placesMax = 1000;

export interface EndorsementsDeps {
  readonly store: Tables<'events' | 'rooms'>;
  readonly keyring: Keyring;
  readonly directory: PeerDirectory;
  readonly registry: RoomRegistry;
  readonly actors: Actors;
  readonly composer: EventComposer;
  readonly home: Pick<RoomHome, 'inTurn'>;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Release 3 of the existing server accepts what a user of a third server writes in our room only once we, the home, have
 * named that user as a member. Every join and leave that we write for another server's user does so. But it keeps none of
 * that before its copy of the room exists, and that is made by our first message. So the joins are written again then
 * (docs/protocol/rooms.md, "Endorsements").
 */
export class Endorsements {
  readonly #deps: EndorsementsDeps;
  /** Servers that had a message of ours since they came into the room, by room. */
  readonly #written = new BoundedMap<string, Set<string>>(placesMax);
  /** When a server was told, by room and server; unix ms. */
  readonly #toldAt = new BoundedMap<string, number>(placesMax);

  constructor(deps: EndorsementsDeps) {
    this.#deps = deps;
  }

  /** A message of ours is stored, and waits for these servers. */
  async messageStored(roomId: string, eventId: string, destinations: readonly string[]): Promise<void> {
    const { store, registry, keyring } = this.#deps;
    const written = this.#written.get(roomId) ?? new Set();
    const others = destinations.filter((server) => !written.has(server) && this.#needsWord(server));
    if (others.length === 0 || registry.get(roomId)?.row.home !== keyring.serverName) return;
    const depth = store.events.byId(eventId)?.depth ?? 0;
    for (const server of others) {
      this.#written.set(roomId, written.add(server));
      const since = this.#cameIn(roomId, server);
      if (!store.events.hasMessageBy(keyring.serverName, roomId, since, depth - 1))
        await this.#tell(roomId, server);
    }
  }

  /** Somebody joined or left. A server that comes back needs to be told again. */
  membersChanged(roomId: string): void {
    this.#written.delete(roomId);
  }

  /** A server let one of its users ask to be let in, which it does only if its copy of the room exists. */
  async joinedOnRequest(roomId: string, server: string): Promise<void> {
    if (this.#needsWord(server)) await this.#tell(roomId, server);
  }

  /** A server of another kind that isn't known to be older than these rules. */
  #needsWord(server: string): boolean {
    const { directory } = this.#deps;
    return directory.isOfOurKind(server) === false && directory.get(server)?.form !== 'bare';
  }

  /** The depth of the join that brought the server into the room. */
  #cameIn(roomId: string, server: string): number {
    const { store, registry } = this.#deps;
    const room = registry.get(roomId);
    const joins = store.rooms
      .members(roomId)
      .filter((member) => member.server === server && member.state === 'joined')
      .map(({ user_id }) => (room && registry.standing(room, user_id)?.depth) ?? 0);
    return Math.min(...joins);
  }

  async #tell(roomId: string, server: string): Promise<void> {
    const { store, keyring, actors, composer, home, clock, log } = this.#deps;
    const key = `${roomId} ${server}`;
    const now = clock.now();
    const last = this.#toldAt.get(key);
    if (last !== undefined && now >= last && now - last < againMsMin) return;
    this.#toldAt.set(key, now);
    try {
      await home.inTurn(roomId, async () => {
        const room = actors.homedHere(roomId);
        const voice = actors.voice(room);
        const third = store.rooms
          .members(roomId)
          .filter((one) => one.state === 'joined' && ![keyring.serverName, server].includes(one.server))
          .sort((a, b) => a.joined_at - b.joined_at)
          .slice(0, endorsedMax);
        for (const { user_id: userId, role } of third) {
          const member = { userId, numericId: numericUserId(userId) };
          await composer.write(buildJoin(composer.stamp(roomId, voice), member, role, room.row.name));
        }
        if (third.length > 0)
          log.info({ peer: server, room: roomId, users: third.length }, 'members named again');
      });
    } catch (error) {
      if (!(error instanceof ProtocolError))
        log.error({ err: error, room: roomId }, 'members could not be named');
      // Writing is on hold, or our clock is wrong. The next message tries again.
      this.#toldAt.delete(key);
      this.#written.delete(roomId);
    }
  }
}
