import * as v from 'valibot';
import { ProtocolError } from '../../../shared/protocol/errors.ts';
import { limits } from '../../../shared/protocol/limits.ts';
import { readStored } from '../../events/projection/stored.ts';
import type { Keyring } from '../../identity/keyring.ts';
import type { Log } from '../../kernel/log.ts';
import type { Clock } from '../../kernel/ports.ts';
import { isErased } from '../../store/erased-body.ts';
import type { Tables } from '../../store/ports.ts';
import type { Descriptions } from '../descriptions.ts';

const Noted = v.array(v.object({ room_id: v.string(), channel_id: v.string(), name: v.string() }));
type Noted = Readonly<v.InferOutput<typeof Noted>>;

const metaKey = 'lost_channels';

interface LostChannelsDeps {
  readonly store: Tables<'events' | 'rooms' | 'meta' | 'writer'>;
  readonly keyring: Pick<Keyring, 'serverName'>;
  readonly descriptions: Pick<Descriptions, 'addBack'>;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Lists channels again that got lost. The newest `m.room.info` counts, and a clock that was wrong, or a lost disk, can
 * put an older one in its place that lacks a channel. Missing ones are added back, unless an event of their own deleted
 * them.
 */
export class LostChannels {
  readonly #deps: LostChannelsDeps;

  constructor(deps: LostChannelsDeps) {
    this.#deps = deps;
  }

  /** An `m.room.info` of ours was stored, or is left without effect. */
  async note(roomId: string, eventId: string): Promise<void> {
    try {
      await this.#note(roomId, eventId);
    } catch (error) {
      this.#deps.log.error({ err: error, room: roomId }, 'lost channels could not be saved');
    }
  }

  async #note(roomId: string, eventId: string): Promise<void> {
    const { store, keyring } = this.#deps;
    const row = store.events.byId(eventId);
    if (store.rooms.room(roomId)?.home !== keyring.serverName || !row || isErased(row)) return;
    const { meaning } = readStored(row);
    if (meaning.kind !== 'room') return;
    const named = meaning.channels.map((each) => ({ ...each, room_id: roomId }));
    await this.#add(this.#missing(roomId, named));
  }

  /**
   * Before events up to a depth that were ahead of our clock take effect. An `m.room.info` among them was overtaken long
   * ago, and would take away the channels that were made since.
   */
  async noteBefore(depth: number): Promise<void> {
    const { store, keyring } = this.#deps;
    const rooms = store.events
      .aheadUpTo(depth)
      .filter((row) => row.event_type === 'm.room.info' && row.origin_server === keyring.serverName)
      .map((row) => row.room_id);
    await this.#add([...new Set(rooms)].flatMap((roomId) => store.rooms.channels(roomId)));
  }

  async #add(channels: Noted): Promise<void> {
    if (channels.length === 0) return;
    await this.#deps.store.writer.write(() => {
      const noted = this.#noted();
      const isNew = (one: Noted[number]) => !noted.some((other) => isSame(one, other));
      const added = channels
        .filter(isNew)
        .map(({ room_id, channel_id, name }) => ({ room_id, channel_id, name }));
      this.#put([...noted, ...added]);
    });
  }

  /** Adds back what can be added back now. */
  async run(): Promise<void> {
    const { store, clock } = this.#deps;
    const noted = this.#noted();
    if (noted.length === 0) return;
    const left: Noted[number][] = [];
    for (const roomId of new Set(noted.map(({ room_id }) => room_id))) {
      const room = store.rooms.room(roomId);
      const missing = this.#missing(roomId, noted);
      if (!room || missing.length === 0) continue;
      // Our depth follows no event further ahead than that, and one that lies before the newest has no effect.
      const isTime = room.info_depth <= clock.now() + limits.aheadMsMax;
      if (isTime) await this.#addBack(roomId, missing);
      left.push(...this.#missing(roomId, missing));
    }
    await store.writer.write(() => {
      const since = this.#noted().filter((one) => !noted.some((other) => isSame(one, other)));
      this.#put([...left, ...since]);
    });
  }

  async #addBack(roomId: string, missing: Noted): Promise<void> {
    try {
      await this.#deps.descriptions.addBack(roomId, missing);
    } catch (error) {
      // Writing is on hold, or our clock is wrong.
      if (!(error instanceof ProtocolError)) throw error;
    }
  }

  /** Returns the channels that the room doesn't have. */
  #missing(roomId: string, channels: Noted): Noted {
    const there = new Set(this.#deps.store.rooms.channels(roomId).map(({ channel_id }) => channel_id));
    return channels.filter(
      ({ room_id, channel_id }) =>
        room_id === roomId &&
        !there.has(channel_id) &&
        !this.#deps.store.events.isChannelDeleted(room_id, channel_id),
    );
  }

  #noted(): Noted {
    const text = this.#deps.store.meta.get(metaKey);
    return text === undefined ? [] : v.parse(Noted, JSON.parse(text));
  }

  #put(noted: Noted): void {
    this.#deps.store.meta.put(metaKey, JSON.stringify(noted));
  }
}

const isSame = (one: Noted[number], other: Noted[number]): boolean =>
  one.room_id === other.room_id && one.channel_id === other.channel_id;
