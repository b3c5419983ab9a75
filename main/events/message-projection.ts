import { type Meaning, messageKey } from '../../shared/protocol/event-content.ts';
import {
  foldMessage,
  type MessageEffect,
  type MessageNow,
  nothingLeft,
} from '../../shared/protocol/room-state.ts';
import type { Store } from '../store/store.ts';
import type { MessageRow } from '../store/tables/message-store.ts';
import type { Erasure } from './erasure.ts';
import type { Room, RoomRegistry } from './room-registry.ts';
import { readStored, type Stored } from './stored.ts';

/** A message as it is stored. */
export interface StoredMessage extends Stored {
  readonly meaning: Meaning & { kind: 'message' };
}

interface StoredEffect extends MessageEffect {
  readonly seq: number;
}

/** Which event says what the message says now: itself, or the edit that stands. */
function textSeq(seq: number, now: MessageNow, effects: readonly StoredEffect[]): number | null {
  if (now.body === null) return null;
  return effects.find((effect) => effect.eventId === now.editedBy)?.seq ?? seq;
}

/** Only the room's home may have told of the delete; then it is not among the effects yet. */
const messageNow = (
  { event, meaning, erased }: StoredMessage,
  effects: Iterable<MessageEffect>,
): MessageNow =>
  erased === 'deleted'
    ? nothingLeft
    : foldMessage(event.sender, erased === null ? meaning.body : null, effects);

/** The half of the projection (projection.ts) that shows messages: their newest text, their reactions. */
export class MessageProjection {
  private readonly store: Store;
  private readonly registry: RoomRegistry;
  private readonly erasure: Erasure;

  constructor(store: Store, registry: RoomRegistry, erasure: Erasure) {
    this.store = store;
    this.registry = registry;
    this.erasure = erasure;
  }

  /** A stored message that is in force. */
  show(room: Room, seq: number, message: StoredMessage): void {
    const { event, meaning } = message;
    const key = messageKey(event.origin_server, meaning.messageId);
    const effects = this.effectsOn(room, event.event_id, key);
    const now = messageNow(message, effects);
    this.store.messages.put({
      seq,
      room_id: event.room_id,
      channel_id: meaning.channelId,
      event_id: event.event_id,
      message_id: meaning.messageId,
      message_key: key,
      sender: event.sender,
      depth: event.depth,
      text_seq: textSeq(seq, now, effects),
      edited_at: now.editedAt,
      deleted: now.deleted ? 1 : 0,
    });
    if (effects.length > 0) this.store.messages.setReactions(seq, now.reactions);
    // It may be on its way to others in a moment, with the words that the edit replaced.
    if (now.editedBy !== null && !this.erasure.keepsHistory) this.store.erasures.addDue(seq);
  }

  private effectsOn(room: Room, eventId: string, key: string): StoredEffect[] {
    const effects: StoredEffect[] = [];
    for (const row of this.store.events.aboutMessage(eventId, key)) {
      if (row.room_id !== room.row.room_id) continue;
      const { event, meaning, erased } = readStored(row);
      // A reaction is erased only with its message.
      if (erased !== null && meaning.kind === 'reaction') continue;
      if (meaning.kind !== 'edit' && meaning.kind !== 'delete' && meaning.kind !== 'reaction') continue;
      effects.push({
        kind: meaning.kind,
        seq: row.seq,
        depth: row.depth,
        eventId: row.event_id,
        sender: row.sender,
        byHome: this.registry.isByHome(room, event),
        originTs: row.origin_ts,
        ...(meaning.kind === 'edit' ? { body: erased === null ? meaning.body : null } : {}),
        ...(meaning.kind === 'reaction' ? { emoji: meaning.emoji, add: meaning.add } : {}),
      });
    }
    return effects;
  }

  /** Something was said about a message: shows it as it stands now. */
  refreshTarget(room: Room, target: string): void {
    for (const message of this.store.messages.byTarget(room.row.room_id, target)) this.refresh(room, message);
  }

  private refresh(room: Room, message: MessageRow): void {
    const row = this.store.events.bySeq(message.seq);
    if (!row) return;
    const stored = readStored(row);
    if (stored.meaning.kind !== 'message') return;
    const effects = this.effectsOn(room, message.event_id, message.message_key);
    const now = messageNow({ ...stored, meaning: stored.meaning }, effects);
    this.store.messages.put({
      ...message,
      text_seq: textSeq(message.seq, now, effects),
      edited_at: now.editedAt,
      deleted: now.deleted ? 1 : 0,
    });
    this.store.messages.setReactions(message.seq, now.reactions);
    for (const { kind, eventId, seq } of effects)
      if (kind === 'edit' && eventId !== now.editedBy) this.store.receipts.passOver(seq);
    if (now.editedBy !== null) this.forgetHistory(room, message.seq, now.editedBy);
  }

  /** True once nothing of the message's earlier versions is left to be erased. */
  private forgetHistory(room: Room, seq: number, latest: string): boolean {
    if (this.erasure.keepsHistory) return true;
    const row = this.store.events.bySeq(seq);
    const message = row && this.erasure.found(row);
    return !message || this.erasure.forgetHistory(room, message, latest);
  }

  /**
   * Erases what could not be erased when it came to be due. Takes messages after `afterSeq`, some at a time; returns
   * the last one it looked at, or null when there are no more.
   */
  eraseDue(afterSeq: number, limit: number): number | null {
    const due = this.store.erasures.due(afterSeq, limit);
    for (const seq of due) if (this.eraseOneDue(seq)) this.store.erasures.removeDue(seq);
    return due.at(-1) ?? null;
  }

  private eraseOneDue(seq: number): boolean {
    const row = this.store.events.bySeq(seq);
    const room = row && this.registry.get(row.room_id);
    const found = row && this.erasure.found(row);
    if (!room || !found) return true;
    const shown = this.store.messages.byEventId(row.event_id);
    if (this.erasure.isDeleted(room, found)) this.erasure.eraseMessage(room, found);
    if (!shown) return true;
    this.refresh(room, shown);
    return !this.store.outbox.isOnItsWay(seq);
  }
}
