import type { FileNote } from '../../../shared/protocol/events/attachments.ts';
import { listedMentions, mentionedIds, namesCalled } from '../../../shared/protocol/events/body.ts';
import type { UnsignedEvent } from '../../../shared/protocol/events/envelope.ts';
import { type Meaning, messageKey } from '../../../shared/protocol/events/event-content.ts';
import { mayDelete } from '../../../shared/protocol/room-state.ts';
import type { EditRow } from '../../store/tables/rooms/event-store.ts';
import type { MessageRow } from '../../store/tables/rooms/message-store.ts';
import type { Erasure } from './erasure.ts';
import { react, takeBack } from './reactions.ts';
import type { Room } from './room-permissions.ts';
import type { RuleTables } from './room-writer.ts';
import { readStored, type Stored } from './stored.ts';

/** A message as it is stored. */
export interface StoredMessage extends Stored {
  /** Says that no event about the message came before it, so none has to be looked up. */
  readonly isUnheardOf?: boolean;
  readonly meaning: Meaning & { kind: 'message' };
}

/** An edit or reaction that now applies, or no longer does. */
interface Remark<K extends Meaning['kind']> {
  readonly seq: number;
  readonly event: UnsignedEvent;
  readonly meaning: Meaning & { kind: K };
  readonly inForce: boolean;
}

/**
 * The half of the projection (projection.ts) that shows messages: their newest text and their reactions. It stores what
 * `foldMessage` (room-state.ts) computes from all events about a message, but looks only at the events that matter, so
 * the thousandth reaction costs no more than the first.
 */
export class MessageProjection {
  readonly #tables: RuleTables;
  readonly #erasure: Erasure;

  constructor(tables: RuleTables, erasure: Erasure) {
    this.#tables = tables;
    this.#erasure = erasure;
  }

  /** A message was stored, shown or not. */
  add(
    room: Room,
    seq: number,
    { event, meaning, erased, isUnheardOf = false }: StoredMessage,
    shown: boolean,
  ): void {
    const { events, messages } = this.#tables;
    const message = {
      seq,
      room_id: event.room_id,
      channel_id: meaning.channelId,
      event_id: event.event_id,
      message_key: messageKey(event.origin_server, meaning.messageId),
      sender: event.sender,
      depth: event.depth,
      shown: shown ? (1 as const) : (0 as const),
    };
    const isSpokenOf = !isUnheardOf && events.isSpokenOf(message);
    const isGone = erased === 'deleted' || events.isChannelDeleted(event.room_id, meaning.channelId);
    const own = erased === null ? seq : null;
    if (erased === null)
      messages.mention(
        message,
        new Set([
          ...namesCalled(meaning.body),
          ...listedMentions(event.content).map((user) => user.slice(1)),
          ...(event.origin_server === room.row.home ? mentionedIds(meaning.body).map((id) => `#${id}`) : []),
        ]),
      );
    const { files } = meaning;
    if (isSpokenOf) this.#addSpokenOf(room, { ...message, text_seq: own }, files, isGone);
    else {
      const stands = {
        text_seq: isGone ? null : own,
        edited_at: null,
        deleted: isGone ? (1 as const) : (0 as const),
      };
      messages.add({ ...message, ...stands }, files);
    }
  }

  /** There are events about the message that arrived before it. */
  #addSpokenOf(
    room: Room,
    message: Omit<MessageRow, 'edited_at' | 'deleted'>,
    files: readonly FileNote[],
    isGone: boolean,
  ): void {
    const { events, messages } = this.#tables;
    const { seq, room_id } = message;
    // The delete may be known from the room's home alone.
    const isDeleted = isGone || this.#erasure.isDeleted(room, message);
    const [latest] = isDeleted ? [] : events.latestEdits(room_id, message);
    const own = isDeleted ? null : message.text_seq;
    const stands = {
      text_seq: latest ? textOf(latest) : own,
      edited_at: latest?.origin_ts ?? null,
      deleted: isDeleted ? (1 as const) : (0 as const),
    };
    messages.add({ ...message, ...stands }, files);
    for (const row of isDeleted ? [] : events.reactionsTo(room_id, message)) {
      const { event: reaction, meaning: what, erased: gone } = readStored(row);
      // A reaction is erased only with its message.
      if (gone === null && what.kind === 'reaction') react(this.#tables, seq, reaction, what);
    }
    if (message.shown === 1) this.#forgetLater(seq, latest !== undefined);
  }

  /** A message now applies, or no longer does. */
  show(seq: number, shown: boolean): void {
    const { messages } = this.#tables;
    const message = messages.bySeq(seq);
    if (!message) return;
    messages.setShown(seq, shown);
    if (shown) this.#forgetLater(seq, message.edited_at !== null);
  }

  /** Erases the replaced text later, because the message may be sent to others shortly with that text. */
  #forgetLater(seq: number, isEdited: boolean): void {
    if (isEdited && !this.#erasure.keepsHistory) this.#tables.queues.addDue(seq);
  }

  edited(room: Room, edit: Remark<'edit'>): void {
    const { messages } = this.#tables;
    for (const message of messages.named(room.row.room_id, edit.meaning.target))
      this.#editedOne(room, edit, message);
  }

  #editedOne(room: Room, edit: Remark<'edit'>, message: MessageRow): void {
    const { events, queues } = this.#tables;
    if (message.deleted === 1) return;
    if (edit.event.sender !== message.sender) {
      queues.passOver(edit.seq);
      return;
    }
    const [latest, before] = events.latestEdits(room.row.room_id, message);
    this.#showText(message, latest);
    if (!edit.inForce || !latest) return;
    const replaced = latest.seq === edit.seq ? (before?.seq ?? null) : edit.seq;
    if (replaced !== null) queues.passOver(replaced);
    const at = { depth: latest.depth, eventId: latest.event_id };
    if (message.shown === 1 && !this.#erasure.keepsHistory)
      this.#erasure.forgetReplaced(room, message, replaced, at);
  }

  #showText(message: MessageRow, latest: EditRow | undefined): void {
    const { events, messages } = this.#tables;
    const own = latest || events.isErased(message.seq) ? null : message.seq;
    const text = latest ? textOf(latest) : own;
    messages.setText(message.seq, text, latest?.origin_ts ?? null);
  }

  reacted({ event, meaning, inForce }: Remark<'reaction'>): void {
    const { messages } = this.#tables;
    for (const message of messages.named(event.room_id, meaning.target)) {
      if (message.deleted === 1) continue;
      if (inForce) react(this.#tables, message.seq, event, meaning);
      else takeBack(this.#tables, message, event, meaning);
    }
  }

  /** A delete was applied. */
  deleted(room: Room, seq: number, event: UnsignedEvent, target: string): void {
    const { messages, rooms } = this.#tables;
    this.#erasure.carryOut(room, seq, event, target);
    const by = { sender: event.sender, byHome: rooms.isByHome(room, event) };
    for (const message of messages.named(room.row.room_id, target))
      if (message.deleted === 0 && mayDelete(by, message.sender)) messages.setDeleted(message.seq);
  }

  /** Hides everything of the channel. At most `limit` messages are erased now, and the others soon. */
  channelDeleted(room: Room, channelId: string, limit: number): void {
    const { messages, queues } = this.#tables;
    for (const [at, message] of messages.inChannel(room.row.room_id, channelId).entries()) {
      if (at < limit) {
        messages.setDeleted(message.seq);
        this.#erasure.eraseMessage(room, message);
      } else {
        messages.setDeletedForNow(message.seq);
        queues.addDueNow(message.seq);
      }
    }
    this.#erasure.eraseHeldIn(room, channelId);
  }

  /** Erases texts that had to wait until they could be erased. */
  eraseDue(due: readonly number[]): void {
    const { queues } = this.#tables;
    for (const seq of due) {
      if (this.#eraseOneDue(seq)) queues.removeDue(seq);
      else queues.waitUntilSent(seq);
    }
  }

  /** False while its first version waits for delivery to anyone. */
  #eraseOneDue(seq: number): boolean {
    const { messages, events, rooms } = this.#tables;
    const message = messages.bySeq(seq);
    const room = message && rooms.get(message.room_id);
    if (!room) return true;
    if (this.#erasure.isDeleted(room, message)) {
      this.#erasure.eraseMessage(room, message);
      messages.setDeleted(seq);
      return true;
    }
    const [latest] = events.latestEdits(message.room_id, message);
    if (!latest || message.shown === 0 || this.#erasure.keepsHistory) return true;
    return this.#erasure.forgetHistory(room, message, { depth: latest.depth, eventId: latest.event_id });
  }
}

/** The event that holds the text of an edit; null once it is erased. */
const textOf = (edit: EditRow): number | null => (edit.erased === 1 ? null : edit.seq);
