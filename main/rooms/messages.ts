import { isLongForOthers, utf8Bytes, withNames } from '../../shared/protocol/events/body.ts';
import type { UnsignedEvent } from '../../shared/protocol/events/envelope.ts';
import {
  buildDelete,
  buildEdit,
  buildMessage,
  buildReaction,
  type MessageRef,
} from '../../shared/protocol/events/event-builders.ts';
import { mayQuote } from '../../shared/protocol/events/event-content.ts';
import { limits } from '../../shared/protocol/limits.ts';
import { refusal } from '../../shared/words/refusal.ts';
import { listed, type Said, said } from '../../shared/words/said.ts';
import type { Room } from '../events/projection/room-registry.ts';
import { readStored } from '../events/projection/stored.ts';
import type { Tables } from '../store/ports.ts';
import { type MessageRow, messageIdOf } from '../store/tables/rooms/message-store.ts';
import type { PeerDirectory } from '../trust/peer-directory.ts';
import type { Actors } from './actors.ts';
import type { ClientKeys, KeyedCall, Remember, Written } from './client-keys.ts';
import type { EventComposer } from './compose.ts';
import type { Files } from './files/files.ts';
import type { Uploads } from './files/uploads.ts';
import type { IdGenerator } from './id-generator.ts';
import { currentWords, mentionNames } from './message-words.ts';
import type { RemoteModeration } from './remote-moderation.ts';
import type { SlowMode } from './slow-mode.ts';

/** The user who writes, and the key that identifies a repeated call. */
export interface By {
  readonly as?: string | undefined;
  readonly clientKey?: string | undefined;
}

/**
 * Writing, editing, deleting and reacting, by local users. Every call resolves once it is on disk. A call repeated with
 * the same client key writes nothing and returns what the first one returned (client-keys.ts).
 */
export class Messages {
  readonly #store: Tables<'remoteUsers' | 'rooms' | 'messages' | 'writer'>;
  readonly #actors: Actors;
  readonly #composer: EventComposer;
  readonly #ids: IdGenerator;
  readonly #keys: ClientKeys;
  readonly #directory: Pick<PeerDirectory, 'isStrict'>;
  readonly #uploads: Pick<Uploads, 'attached' | 'release'>;
  readonly #files: Pick<Files, 'forward'>;
  readonly #remote: Pick<RemoteModeration, 'ask'>;
  readonly #slowMode: Pick<SlowMode, 'write'>;

  constructor(deps: {
    store: Tables<'remoteUsers' | 'rooms' | 'messages' | 'writer'>;
    actors: Actors;
    composer: EventComposer;
    ids: IdGenerator;
    keys: ClientKeys;
    directory: Pick<PeerDirectory, 'isStrict'>;
    uploads: Pick<Uploads, 'attached' | 'release'>;
    files: Pick<Files, 'forward'>;
    remote: Pick<RemoteModeration, 'ask'>;
    slowMode: Pick<SlowMode, 'write'>;
  }) {
    this.#store = deps.store;
    this.#actors = deps.actors;
    this.#composer = deps.composer;
    this.#ids = deps.ids;
    this.#keys = deps.keys;
    this.#directory = deps.directory;
    this.#uploads = deps.uploads;
    this.#files = deps.files;
    this.#remote = deps.remote;
    this.#slowMode = deps.slowMode;
  }

  async post(
    roomId: string,
    message: {
      readonly body: string;
      readonly channelId?: string | undefined;
      /** The IDs of uploads. */
      readonly uploads?: readonly string[] | undefined;
      /** The event ID of the message that it answers. */
      readonly replyTo?: string | undefined;
      /** The event ID of a message in any room of the sender, which says what this one says. */
      readonly forwards?: string | undefined;
    } & By,
  ): Promise<{ event_id: string; message_id: string }> {
    const { uploads = [], replyTo, forwards } = message;
    const isEmpty = message.body === '' && uploads.length === 0;
    if (forwards !== undefined && !(isEmpty && replyTo === undefined))
      throw refusal('BAD_REQUEST', said('room.forwards_alone'));
    if (isEmpty && forwards === undefined) throw refusal('BAD_REQUEST', said('file.nothing_said'));
    const sender = this.#actors.local(message.as);
    const target = `${message.channelId ?? ''}${replyTo ?? ''}${forwards ?? ''}`;
    const call = { procedure: 'postMessage', room_id: roomId, target };
    const written = await this.#once(sender, call, message, async (remember) => {
      const room = this.#actors.writableRoom(roomId, sender);
      const forwarded = forwards === undefined ? undefined : this.#readable(forwards, sender);
      const body = forwarded === undefined ? message.body : this.#wordsOf(forwarded);
      this.#checkLength(room, body);
      const answered = replyTo === undefined ? undefined : this.#message(roomId, replyTo);
      const channels = this.#store.rooms.channels(roomId);
      const channelId = message.channelId ?? answered?.channel_id;
      const channel =
        channelId === undefined ? channels[0] : channels.find((each) => each.channel_id === channelId);
      if (!channel) throw refusal('NOT_FOUND', noChannel(roomId, channelId, channels));
      if (answered && !mayQuote({ room_id: roomId, channel_id: channel.channel_id }, answered))
        throw refusal('BAD_REQUEST', said('room.answers_elsewhere', { event: answered.event_id }));
      const lent = forwarded && (await this.#files.forward(forwarded, roomId, sender));
      try {
        // While files were fetched, the sender may have been removed, or the room closed.
        if (lent) this.#actors.writableRoom(roomId, sender);
        const written = await this.#slowMode.write(room, sender, () => {
          const messageId = this.#ids.id();
          const event = buildMessage(this.#composer.stamp(roomId, sender), {
            messageId,
            channelId: channel.channel_id,
            body,
            channelName: channel.name,
            roomName: room.row.name,
            files: this.#uploads.attached(roomId, lent ?? uploads, sender),
            replyTo: answered && { eventId: answered.event_id, sender: answered.sender },
            forwarded: forwarded !== undefined,
          });
          return this.#write(event, remember, { message_id: messageId });
        });
        this.#uploads.release(uploads);
        return written;
      } finally {
        this.#uploads.release(lent ?? []);
      }
    });
    return { event_id: written.event_id, message_id: written.message_id ?? '' };
  }

  async edit(roomId: string, eventId: string, body: string, by: By): Promise<Written> {
    const sender = this.#actors.local(by.as);
    const call = { procedure: 'editMessage', room_id: roomId, target: eventId };
    return this.#once(sender, call, by, (remember) => {
      this.#checkLength(this.#actors.writableRoom(roomId, sender), body);
      const message = this.#message(roomId, eventId);
      if (message.sender !== sender)
        throw refusal('FORBIDDEN', said('room.only_author_edits', { user: message.sender }));
      return this.#write(buildEdit(this.#composer.stamp(roomId, sender), refOf(message), body), remember);
    });
  }

  async delete(roomId: string, eventId: string, by: By): Promise<Written> {
    const sender = this.#actors.local(by.as);
    const call = { procedure: 'deleteMessage', room_id: roomId, target: eventId };
    return this.#once(sender, call, by, (remember) => {
      const room = this.#actors.room(roomId);
      const message = this.#message(roomId, eventId);
      if (!this.#actors.moderates(room, sender)) {
        this.#actors.memberRoom(roomId, sender);
        if (message.sender !== sender) return this.#deleteElsewhere(room, message, sender, remember);
      }
      return this.#write(buildDelete(this.#composer.stamp(roomId, sender), refOf(message)), remember);
    });
  }

  /** Somebody else's message, in a room of another home. */
  async #deleteElsewhere(
    room: Room,
    { event_id, sender: author }: MessageRow,
    user: string,
    remember: Remember,
  ): Promise<Written> {
    if (this.#actors.isHomedHere(room) || this.#actors.roleIn(room, user) === 'member')
      throw refusal('FORBIDDEN', said('room.only_author_deletes', { user: author }));
    const { room_id } = room.row;
    const written = (await this.#remote.ask({ room_id, act: 'delete', event_id }, user)) ?? event_id;
    await this.#store.writer.write(() => remember({ event_id: written }));
    return { event_id: written };
  }

  /** If nothing would change, no event is written and the one that made it so is returned. */
  async react(
    roomId: string,
    eventId: string,
    reaction: { readonly emoji: string; readonly add: boolean } & By,
  ): Promise<Written> {
    const { emoji, add } = reaction;
    const sender = this.#actors.local(reaction.as);
    const procedure = add ? 'react' : 'unreact';
    const call = { procedure, room_id: roomId, target: `${eventId} ${emoji}` };
    return this.#once(sender, call, reaction, async (remember) => {
      this.#actors.writableRoom(roomId, sender, 'm.reaction.add');
      const message = this.#message(roomId, eventId);
      const last = this.#store.messages.reaction(message.seq, sender, emoji);
      if (last && (last.given === 1) === add) {
        const written = { event_id: last.event_id };
        await this.#store.writer.write(() => remember(written));
        return written;
      }
      if (!last && !add) throw refusal('NOT_FOUND', said('room.no_reaction', { user: sender, emoji }));
      return this.#write(
        buildReaction(this.#composer.stamp(roomId, sender), refOf(message), emoji, add),
        remember,
      );
    });
  }

  /** An existing server since 1.0 answers 202 to a longer text and drops it, so it would be lost for its users. */
  #checkLength(room: Room, body: string): void {
    if (!isLongForOthers(body)) return;
    const others = [...room.servers].filter((server) => this.#directory.isStrict(server));
    if (others.length === 0) return;
    const { otherBodyBytesMax: max } = limits;
    throw refusal(
      'BAD_REQUEST',
      said('room.body_too_long', { bytes: utf8Bytes(body), max, servers: listed(others.toSorted()) }),
    );
  }

  #once(
    user_id: string,
    call: Pick<KeyedCall, 'procedure' | 'room_id' | 'target'>,
    { clientKey: client_key }: By,
    act: (remember: Remember) => Promise<Written>,
  ): Promise<Written> {
    return this.#keys.once({ ...call, user_id, client_key }, async (remember) => act(remember));
  }

  async #write(
    event: UnsignedEvent,
    remember: Remember,
    more: Omit<Written, 'event_id'> = {},
  ): Promise<Written> {
    const written = { event_id: event.event_id, ...more };
    await this.#composer.write(event, () => remember(written));
    return written;
  }

  /** A message that the user may read, in whichever room it is. */
  #readable(eventId: string, user: string): MessageRow {
    const message = this.#store.messages.byEventId(eventId);
    if (!message) throw refusal('NOT_FOUND', said('event.unknown', { event: eventId }));
    this.#actors.memberRoom(message.room_id, user);
    return this.#message(message.room_id, eventId);
  }

  /** Returns a message's text as it is now. A number in it means somebody only to the server where it was written. */
  #wordsOf({ seq }: MessageRow): string {
    const row = this.#store.messages.shown(seq);
    const stored = row && readStored({ body: row.event_body });
    const words = row && stored ? currentWords(row, stored) : null;
    if (!row || !stored || words === null) return '';
    return withNames(words, mentionNames(this.#store, row, stored));
  }

  #message(roomId: string, eventId: string): MessageRow {
    return messageIn(this.#store, roomId, eventId);
  }
}

/** NOT_FOUND for a message that isn't in the room, CONFLICT for one that was deleted. */
export function messageIn({ messages }: Tables<'messages'>, roomId: string, eventId: string): MessageRow {
  const message = messages.byEventId(eventId);
  if (!message || message.room_id !== roomId)
    throw refusal('NOT_FOUND', said('room.no_message', { room: roomId, event: eventId }));
  if (message.deleted === 1) throw refusal('CONFLICT', said('room.deleted'));
  return message;
}

export const refOf = (message: MessageRow): MessageRef => ({
  eventId: message.event_id,
  messageId: messageIdOf(message),
  channelId: message.channel_id,
});

function noChannel(
  room: string,
  channel: string | undefined,
  known: readonly { readonly channel_id: string; readonly name: string }[],
): Said {
  if (channel === undefined) return said('room.no_channel_yet', { room });
  const list = known.map((each) => said('room.channel', { channel: each.channel_id, name: each.name }));
  return said('room.no_channel', {
    room,
    channel,
    list: list.length === 0 ? said('room.none_known') : listed(list),
  });
}
