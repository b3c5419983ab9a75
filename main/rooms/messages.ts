import {
  buildDelete,
  buildEdit,
  buildMessage,
  buildReaction,
  type MessageRef,
} from '../../shared/protocol/event-builders.ts';
import { comparePositions } from '../../shared/protocol/room-state.ts';
import { refusal } from '../../shared/words/refusal.ts';
import { listed, type Said, said } from '../../shared/words/said.ts';
import { readStored } from '../events/stored.ts';
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
    if (!channel) throw refusal('NOT_FOUND', noChannel(roomId, message.channelId, channels));
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
      throw refusal('FORBIDDEN', said('room.only_author_edits', { user: message.sender }));
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
        throw refusal('FORBIDDEN', said('room.only_author_deletes', { user: message.sender }));
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
    const last = this.lastReaction(message, sender, reaction.emoji);
    if (last?.add === reaction.add) return { event_id: last.eventId };
    if (!last && !reaction.add)
      throw refusal('NOT_FOUND', said('room.no_reaction', { user: sender, emoji: reaction.emoji }));
    const stamp = this.composer.stamp(roomId, sender);
    const event = buildReaction(stamp, ref(message), reaction.emoji, reaction.add);
    await this.composer.write(event);
    return { event_id: event.event_id };
  }

  private lastReaction(
    message: MessageRow,
    sender: string,
    emoji: string,
  ): { add: boolean; eventId: string } | null {
    let last: { add: boolean; eventId: string; depth: number } | null = null;
    for (const row of this.store.events.aboutMessage(message.event_id, message.message_key)) {
      if (row.sender !== sender || !row.event_type.startsWith('m.reaction.')) continue;
      const { meaning } = readStored(row);
      if (meaning.kind !== 'reaction' || meaning.emoji !== emoji) continue;
      const here = { depth: row.depth, eventId: row.event_id };
      if (last === null || comparePositions(here, last) > 0) last = { ...here, add: meaning.add };
    }
    return last;
  }

  private message(roomId: string, eventId: string): MessageRow {
    const message = this.store.messages.byEventId(eventId);
    if (!message || message.room_id !== roomId)
      throw refusal('NOT_FOUND', said('room.no_message', { room: roomId, event: eventId }));
    if (message.deleted === 1) throw refusal('CONFLICT', said('room.deleted'));
    return message;
  }
}

const ref = (message: MessageRow): MessageRef => ({
  eventId: message.event_id,
  messageId: message.message_id,
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
