import { conflict, forbidden, notFound } from '../../shared/protocol/errors.ts';
import {
  buildDelete,
  buildEdit,
  buildMessage,
  buildReaction,
  type MessageRef,
} from '../../shared/protocol/event-builders.ts';
import type { Store } from '../store/store.ts';
import type { MessageRow } from '../store/tables/message-store.ts';
import type { Actors } from './actors.ts';
import type { Composer } from './compose.ts';
import type { Mint } from './mint.ts';

/** Writing, editing, deleting and reacting, by local users. Every call resolves once it is on disk. */
export class Messages {
  private readonly store: Store;
  private readonly actors: Actors;
  private readonly composer: Composer;
  private readonly mint: Mint;

  constructor(parts: { store: Store; actors: Actors; composer: Composer; mint: Mint }) {
    this.store = parts.store;
    this.actors = parts.actors;
    this.composer = parts.composer;
    this.mint = parts.mint;
  }

  async post(
    roomId: string,
    message: {
      readonly body: string;
      readonly channelId?: string | undefined;
      readonly as?: string | undefined;
    },
  ): Promise<{ event_id: string; message_id: string }> {
    const sender = this.actors.local(message.as);
    const room = this.actors.memberRoom(roomId, sender);
    const channels = this.store.rooms.channels(roomId);
    const channel =
      message.channelId === undefined
        ? channels[0]
        : channels.find((each) => each.channel_id === message.channelId);
    if (!channel)
      throw notFound(
        message.channelId === undefined
          ? `No channel of ${roomId} is known here yet. Name one with channel_id.`
          : `The room ${roomId} has no channel ${message.channelId}. It has ${channels.map((each) => `${each.channel_id} (${each.name})`).join(', ') || 'none known here'}.`,
      );
    const messageId = this.mint.id();
    const event = buildMessage(this.composer.stamp(roomId, sender), {
      messageId,
      channelId: channel.channel_id,
      body: message.body,
      channelName: channel.name,
      roomName: room.row.name,
    });
    await this.composer.write(event);
    return { event_id: event.event_id, message_id: messageId };
  }

  async edit(
    roomId: string,
    eventId: string,
    body: string,
    as: string | undefined,
  ): Promise<{ event_id: string }> {
    const sender = this.actors.local(as);
    this.actors.memberRoom(roomId, sender);
    const message = this.message(roomId, eventId);
    if (message.sender !== sender)
      throw forbidden(`Only ${message.sender}, who wrote it, may edit this message.`);
    const event = buildEdit(this.composer.stamp(roomId, sender), ref(message), body);
    await this.composer.write(event);
    return { event_id: event.event_id };
  }

  async delete(roomId: string, eventId: string, as: string | undefined): Promise<{ event_id: string }> {
    const sender = this.actors.local(as);
    const room = this.actors.room(roomId);
    const message = this.message(roomId, eventId);
    if (!this.actors.moderates(room, sender)) {
      this.actors.memberRoom(roomId, sender);
      if (message.sender !== sender)
        throw forbidden(
          `Only ${message.sender}, who wrote it, or the owner of the room may delete this message.`,
        );
    }
    const event = buildDelete(this.composer.stamp(roomId, sender), ref(message));
    await this.composer.write(event);
    return { event_id: event.event_id };
  }

  /** Asking for what is so already writes nothing and tells the event that made it so. */
  async react(
    roomId: string,
    eventId: string,
    reaction: { readonly emoji: string; readonly add: boolean; readonly as?: string | undefined },
  ): Promise<{ event_id: string }> {
    const sender = this.actors.local(reaction.as);
    this.actors.memberRoom(roomId, sender);
    const message = this.message(roomId, eventId);
    const last = this.store.messages.reaction(message.seq, sender, reaction.emoji);
    if (last && (last.given === 1) === reaction.add) return { event_id: last.event_id };
    if (!last && !reaction.add)
      throw notFound(`${sender} has not reacted with ${reaction.emoji}, so there is nothing to take back.`);
    const stamp = this.composer.stamp(roomId, sender);
    const event = buildReaction(stamp, ref(message), reaction.emoji, reaction.add);
    await this.composer.write(event);
    return { event_id: event.event_id };
  }

  private message(roomId: string, eventId: string): MessageRow {
    const message = this.store.messages.byEventId(eventId);
    if (!message || message.room_id !== roomId)
      throw notFound(`The room ${roomId} has no message ${eventId}.`);
    if (message.deleted === 1) throw conflict('This message was deleted.');
    return message;
  }
}

const ref = (message: MessageRow): MessageRef => ({
  eventId: message.event_id,
  messageId: message.message_id,
  channelId: message.channel_id,
});
