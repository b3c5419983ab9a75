import type { UnsignedEvent } from '../../../shared/protocol/events/envelope.ts';
import { type Meaning, messageKey } from '../../../shared/protocol/events/event-content.ts';
import { mayDelete } from '../../../shared/protocol/room-state.ts';
import type { Tables } from '../../store/ports.ts';
import type { EditRow } from '../../store/tables/event-store.ts';
import type { MessageRow } from '../../store/tables/message-store.ts';
import type { Erasure } from './erasure.ts';
import type { Room, RoomRegistry } from './room-registry.ts';
import { readStored, type Stored } from './stored.ts';

/** A message as it is stored. */
export interface StoredMessage extends Stored {
  readonly meaning: Meaning & { kind: 'message' };
}

/** An edit or reaction that came into force, or went out of it. */
interface Remark<K extends Meaning['kind']> {
  readonly seq: number;
  readonly event: UnsignedEvent;
  readonly meaning: Meaning & { kind: K };
  readonly inForce: boolean;
}

/**
 * The half of the projection (projection.ts) that shows messages: their newest text, their reactions. It keeps
 * what room-state.ts (`foldMessage`) makes of everything said about a message, and looks only at what decides: so
 * the thousandth reaction costs what the first did.
 */
export class MessageProjection {
  readonly #store: Tables<'events' | 'erasures' | 'messages' | 'receipts'>;
  readonly #registry: RoomRegistry;
  readonly #erasure: Erasure;

  constructor(
    store: Tables<'events' | 'erasures' | 'messages' | 'receipts'>,
    registry: RoomRegistry,
    erasure: Erasure,
  ) {
    this.#store = store;
    this.#registry = registry;
    this.#erasure = erasure;
  }

  /** A message that was stored, shown or not. `spokenOf`: something was said about it before it came. */
  add(
    room: Room,
    seq: number,
    { event, meaning, erased }: StoredMessage,
    shown: boolean,
    spokenOf: boolean,
  ): void {
    const message = {
      seq,
      room_id: event.room_id,
      channel_id: meaning.channelId,
      event_id: event.event_id,
      message_id: meaning.messageId,
      message_key: messageKey(event.origin_server, meaning.messageId),
      sender: event.sender,
      depth: event.depth,
      shown: shown ? (1 as const) : (0 as const),
    };
    // Only the room's home may have told of the delete.
    const isDeleted = erased === 'deleted' || (spokenOf && this.#erasure.isDeleted(room, message));
    const said = spokenOf && !isDeleted;
    const [latest] = said ? this.#store.events.latestEdits(event.room_id, message) : [];
    const own = isDeleted || erased !== null ? null : seq;
    this.#store.messages.add({
      ...message,
      text_seq: latest ? textOf(latest) : own,
      edited_at: latest?.origin_ts ?? null,
      deleted: isDeleted ? 1 : 0,
    });
    for (const row of said ? this.#store.events.reactionsTo(event.room_id, message) : []) {
      const { event: reaction, meaning: what, erased: gone } = readStored(row);
      // A reaction is erased only with its message.
      if (gone === null && what.kind === 'reaction') this.#react(seq, reaction, what);
    }
    if (shown) this.#forgetLater(seq, latest !== undefined);
  }

  #meant(roomId: string, target: string): readonly MessageRow[] {
    return this.#store.messages.named([target]).filter((row) => row.room_id === roomId);
  }

  /** A message came into force, or went out of it. */
  show(seq: number, shown: boolean): void {
    this.#store.messages.setShown(seq, shown);
    if (shown) this.#forgetLater(seq, this.#store.messages.bySeq(seq)?.edited_at != null);
  }

  /** It may be on its way to others in a moment, with the words that the edit replaced. */
  #forgetLater(seq: number, isEdited: boolean): void {
    if (isEdited && !this.#erasure.keepsHistory) this.#store.erasures.addDue(seq);
  }

  edited(room: Room, edit: Remark<'edit'>): void {
    const store = this.#store;
    const roomId = room.row.room_id;
    for (const message of this.#meant(roomId, edit.meaning.target)) {
      if (message.deleted === 1) continue;
      if (edit.event.sender !== message.sender) {
        store.receipts.passOver(edit.seq);
        continue;
      }
      const [latest, before] = store.events.latestEdits(roomId, message);
      this.#showText(message, latest);
      if (!edit.inForce || !latest) continue;
      const replaced = latest.seq === edit.seq ? (before?.seq ?? null) : edit.seq;
      if (replaced !== null) store.receipts.passOver(replaced);
      const at = { depth: latest.depth, eventId: latest.event_id };
      if (message.shown === 1 && !this.#erasure.keepsHistory)
        this.#erasure.forgetReplaced(room, message, replaced, at);
    }
  }

  #showText(message: MessageRow, latest: EditRow | undefined): void {
    const { events, messages } = this.#store;
    const own = latest || events.isErased(message.seq) ? null : message.seq;
    const text = latest ? textOf(latest) : own;
    messages.setText(message.seq, text, latest?.origin_ts ?? null);
  }

  /** `meant`: the messages that the reaction is about, where they are known already. */
  reacted(
    { event, meaning, inForce }: Remark<'reaction'>,
    meant = this.#meant(event.room_id, meaning.target),
  ): void {
    const { messages } = this.#store;
    for (const message of meant) {
      if (message.deleted === 1) continue;
      if (inForce) this.#react(message.seq, event, meaning);
      else if (messages.reaction(message.seq, event.sender, meaning.emoji)?.event_id === event.event_id)
        this.#reactionBefore(message, event.sender, meaning.emoji);
    }
  }

  #react(seq: number, event: UnsignedEvent, meaning: Meaning & { kind: 'reaction' }): void {
    this.#store.messages.react({
      message_seq: seq,
      user_id: event.sender,
      emoji: meaning.emoji,
      depth: event.depth,
      event_id: event.event_id,
      given: meaning.add ? 1 : 0,
    });
  }

  /** The reaction that stood is out of force: the one before it stands again. */
  #reactionBefore(message: MessageRow, userId: string, emoji: string): void {
    const { events, messages } = this.#store;
    messages.forgetReaction(message.seq, userId, emoji);
    for (const row of events.reactionsBy(message.room_id, message, userId)) {
      const { event, meaning, erased } = readStored(row);
      if (erased !== null || meaning.kind !== 'reaction' || meaning.emoji !== emoji) continue;
      this.#react(message.seq, event, meaning);
      return;
    }
  }

  /** A delete has come into force. */
  deleted(room: Room, seq: number, event: UnsignedEvent, target: string): void {
    this.#erasure.carryOut(room, seq, event, target);
    const by = { sender: event.sender, byHome: this.#registry.isByHome(room, event) };
    for (const message of this.#meant(room.row.room_id, target))
      if (message.deleted === 0 && mayDelete(by, message.sender))
        this.#store.messages.setDeleted(message.seq);
  }

  /**
   * Erases what could not be erased when it came to be due. Takes messages after `afterSeq`, some at a time; returns
   * the last one it looked at, or null when there are no more.
   */
  eraseDue(afterSeq: number, limit: number): number | null {
    const { erasures } = this.#store;
    const due = erasures.due(afterSeq, limit);
    for (const seq of due)
      if (this.#eraseOneDue(seq)) erasures.removeDue(seq);
      else erasures.waitUntilSent(seq);
    return due.at(-1) ?? null;
  }

  /** False while its first version is on its way to someone. */
  #eraseOneDue(seq: number): boolean {
    const { messages, events } = this.#store;
    const message = messages.bySeq(seq);
    const room = message && this.#registry.get(message.room_id);
    if (!room) return true;
    if (this.#erasure.isDeleted(room, message)) {
      this.#erasure.eraseMessage(room, message);
      messages.setDeleted(seq);
      return true;
    }
    const [latest] = events.latestEdits(message.room_id, message);
    if (!latest || message.shown === 0 || this.#erasure.keepsHistory) return true;
    const isDone = this.#erasure.forgetHistory(room, message, {
      depth: latest.depth,
      eventId: latest.event_id,
    });
    this.#showText(message, latest);
    return isDone;
  }
}

/** Which event holds the text of an edit; null once it is erased. */
const textOf = (edit: EditRow): number | null => (edit.erased === 1 ? null : edit.seq);
