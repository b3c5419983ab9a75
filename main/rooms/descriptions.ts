import { buildChannelDelete, buildRoomInfo } from '../../shared/protocol/events/event-builders.ts';
import type { RoomInfo } from '../../shared/protocol/events/event-content.ts';
import { limits } from '../../shared/protocol/limits.ts';
import { refusal } from '../../shared/words/refusal.ts';
import { said } from '../../shared/words/said.ts';
import type { Room, RoomRegistry } from '../events/projection/room-registry.ts';
import type { Tables } from '../store/ports.ts';
import { pinnedIn } from '../store/tables/rooms/room-store.ts';
import type { Actors } from './actors.ts';
import type { EventComposer } from './compose.ts';
import type { Uploads } from './files/uploads.ts';
import type { RoomHome } from './home.ts';
import type { IdGenerator } from './id-generator.ts';

interface DescriptionsDeps {
  readonly store: Tables<'files' | 'messages' | 'rooms' | 'writer'>;
  readonly registry: Pick<RoomRegistry, 'directOf'>;
  readonly actors: Actors;
  readonly composer: Pick<EventComposer, 'stamp' | 'write' | 'writeAll'>;
  readonly ids: IdGenerator;
  readonly home: Pick<RoomHome, 'inTurn'>;
  readonly uploads: Pick<Uploads, 'keepPicture'>;
}

/** Each that is absent stays as it is. */
type RoomChange = {
  readonly [K in keyof Omit<RoomInfo, 'picture' | 'pinned' | 'channels' | 'direct'>]?:
    | RoomInfo[K]
    | undefined;
} & {
  /** The bytes of the picture; null for none. */
  readonly picture?: Uint8Array | null | undefined;
};

/** Describes rooms as their home: what each is called and about, its channels, and what is pinned in it. */
export class Descriptions {
  readonly #deps: DescriptionsDeps;

  constructor(deps: DescriptionsDeps) {
    this.#deps = deps;
  }

  /** BAD_REQUEST for what isn't a small picture. */
  async change(roomId: string, change: RoomChange, as: string | undefined): Promise<void> {
    const { store, uploads } = this.#deps;
    await this.#asOwner(roomId, as, async (info, user) => {
      const tell = (picture: RoomInfo['picture']) =>
        this.#tellInfo(roomId, user, {
          ...info,
          name: change.name ?? info.name,
          joinRule: change.joinRule ?? info.joinRule,
          topic: change.topic ?? info.topic,
          description: change.description ?? info.description,
          archived: change.archived ?? info.archived,
          writers: change.writers ?? info.writers,
          slowSeconds: change.slowSeconds ?? info.slowSeconds,
          picture,
        });
      if (change.picture == null) await tell(change.picture === null ? null : info.picture);
      else
        await uploads.keepPicture(user, change.picture, async (picture) => {
          await store.writer.write(() => store.files.addFetched(picture.hash, roomId));
          await tell(picture);
        });
    });
  }

  /**
   * Pins a message on top of the room, above those that are pinned, or takes it down. Those that are gone are left out.
   * Returns the ID of the event; null if nothing had to change. `user`: a moderator, of any server. NOT_FOUND for a message
   * that isn't here, CONFLICT for one that was deleted, and if no more may be pinned.
   */
  async pin(roomId: string, eventId: string, pins: boolean, user: string): Promise<string | null> {
    const { actors, store, home } = this.#deps;
    return home.inTurn(roomId, async () => {
      const room = actors.requireModerator(roomId, user);
      const info = this.#infoOf(room);
      if (info.pinned.includes(eventId) === pins) return null;
      const found = store.messages.answered(roomId, [...info.pinned, eventId]);
      const deletedOf = (id: string) => found.find(({ event_id }) => event_id === id)?.deleted;
      const others = info.pinned.filter((id) => id !== eventId && deletedOf(id) === 0);
      if (pins && deletedOf(eventId) === undefined)
        throw refusal('NOT_FOUND', said('room.no_message', { room: roomId, event: eventId }));
      if (pins && deletedOf(eventId) === 1) throw refusal('CONFLICT', said('room.deleted'));
      if (pins && others.length >= limits.pinnedMax)
        throw refusal('CONFLICT', said('room.pins_full', { max: limits.pinnedMax }));
      const pinned = pins ? [eventId, ...others] : others;
      return this.#tellInfo(roomId, actors.signerFor(room, user), { ...info, pinned });
    });
  }

  async addChannel(
    roomId: string,
    name: string,
    as: string | undefined,
  ): Promise<{ channel_id: string; name: string }> {
    return this.#asOwner(roomId, as, async (info, user) => {
      const { channels } = info;
      if (channels.some((each) => each.name === name))
        throw refusal('BAD_REQUEST', said('room.channel_exists', { name }));
      const channel = { channel_id: this.#deps.ids.id(), name };
      await this.#tellInfo(roomId, user, { ...info, channels: [...channels, channel] });
      return channel;
    });
  }

  /** NOT_FOUND for a channel that the room doesn't have; BAD_REQUEST if another has that name. */
  async renameChannel(
    roomId: string,
    channelId: string,
    name: string,
    as: string | undefined,
  ): Promise<void> {
    await this.#asOwner(roomId, as, async (info, user) => {
      const { channels } = info;
      requireChannel(roomId, channels, channelId);
      if (channels.some((each) => each.name === name && each.channel_id !== channelId))
        throw refusal('BAD_REQUEST', said('room.channel_exists', { name }));
      await this.#tellInfo(roomId, user, {
        ...info,
        channels: channels.map((each) => (each.channel_id === channelId ? { ...each, name } : each)),
      });
    });
  }

  /**
   * Deletes a channel for good, with its messages. NOT_FOUND for a channel that the room doesn't have; BAD_REQUEST for its
   * only one.
   */
  async deleteChannel(roomId: string, channelId: string, as: string | undefined): Promise<void> {
    const { composer } = this.#deps;
    await this.#asOwner(roomId, as, async (info, user) => {
      const { channels } = info;
      requireChannel(roomId, channels, channelId);
      if (channels.length === 1) throw refusal('BAD_REQUEST', said('room.last_channel'));
      // Servers that don't know of deleted channels no longer list it.
      const left = { ...info, channels: channels.filter(({ channel_id }) => channel_id !== channelId) };
      const deletion = buildChannelDelete(composer.stamp(roomId, user), channelId);
      await composer.writeAll([deletion, buildRoomInfo(composer.stamp(roomId, user), left)]);
    });
  }

  /** Adds back channels that are missing because an older `m.room.info` took the place of a newer one. */
  async addBack(
    roomId: string,
    lost: readonly { readonly channel_id: string; readonly name: string }[],
  ): Promise<void> {
    const { actors, home } = this.#deps;
    await home.inTurn(roomId, async () => {
      const room = actors.homedHere(roomId);
      const info = this.#infoOf(room);
      const { channels } = info;
      const missing = lost.filter(
        ({ channel_id }) => !channels.some((each) => each.channel_id === channel_id),
      );
      await this.#tellInfo(roomId, actors.voice(room), { ...info, channels: [...channels, ...missing] });
    });
  }

  /** Calls `decide` with the description as it is, in turn. FORBIDDEN if `as` doesn't own the room. */
  async #asOwner<T>(
    roomId: string,
    as: string | undefined,
    decide: (info: RoomInfo, user: string) => Promise<T>,
  ): Promise<T> {
    const { actors, home } = this.#deps;
    const user = actors.local(as);
    return home.inTurn(roomId, () => decide(this.#infoOf(actors.requireOwner(roomId, user)), user));
  }

  /** Repeats what the home said about the room last. */
  #infoOf(room: Room): RoomInfo {
    const { row } = room;
    return {
      name: row.name,
      joinRule: row.join_rule,
      topic: row.topic,
      description: row.description,
      pinned: pinnedIn(row),
      archived: row.archived === 1,
      picture: this.#deps.store.files.picture('', row.room_id),
      writers: row.writers,
      slowSeconds: row.slow_seconds,
      channels: this.#deps.store.rooms.channels(row.room_id),
      direct: this.#deps.registry.directOf(room),
    };
  }

  /** Returns the ID of the event. */
  async #tellInfo(roomId: string, user: string, info: RoomInfo): Promise<string> {
    const { composer } = this.#deps;
    const event = buildRoomInfo(composer.stamp(roomId, user), info);
    await composer.write(event);
    return event.event_id;
  }
}

/** NOT_FOUND for a channel that the room doesn't have. */
function requireChannel(roomId: string, channels: RoomInfo['channels'], channelId: string): void {
  if (!channels.some(({ channel_id }) => channel_id === channelId))
    throw refusal('NOT_FOUND', said('room.channel_unknown', { room: roomId, channel: channelId }));
}
