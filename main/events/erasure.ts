import { createHash } from 'node:crypto';
import { signedText } from '../../shared/protocol/attachments.ts';
import { type Envelope, parseEnvelope, type UnsignedEvent } from '../../shared/protocol/envelope.ts';
import { type Meaning, meaningOf, messageKey } from '../../shared/protocol/event-content.ts';
import type { ErasedReason } from '../../shared/protocol/redaction.ts';
import { comparePositions, mayDelete, type Position } from '../../shared/protocol/room-state.ts';
import type { Clock } from '../kernel/ports.ts';
import { isErased, readErased } from '../store/erased-body.ts';
import type { Store } from '../store/store.ts';
import { type EventRow, eventState } from '../store/tables/event-store.ts';
import type { HeldRow } from '../store/tables/held-store.ts';
import type { Room, RoomRegistry } from './room-registry.ts';
import { readStored } from './stored.ts';

/** The two names of a message, and who wrote it. */
interface Named {
  readonly eventId: string;
  readonly key: string;
  readonly sender: string;
}

interface FoundMessage extends Named {
  readonly row: EventRow;
}

/** sha256 of what was signed: tells a repeat of an erased event from a changed copy. */
export const hashOf = (event: Envelope, filesUnsigned: boolean): string =>
  createHash('sha256').update(signedText(event, filesUnsigned)).digest('hex');

const isEdit = (type: string): boolean => type === 'm.message.edit';
const isReaction = (type: string): boolean => type === 'm.reaction.add' || type === 'm.reaction.remove';

/**
 * Takes words out of the database: those of deleted messages, of what was said about them, and, where the owner keeps
 * no history, those that an edit replaced. Which events a delete erases is a function of the set of stored events,
 * like all rules of a room: a delete that counts once counts for good (room-state.ts, `mayDelete`), because neither
 * who wrote a message nor a room's home ever changes. Everything here runs inside a transaction.
 */
export class Erasure {
  private readonly parts: {
    readonly store: Store;
    readonly registry: RoomRegistry;
    readonly clock: Clock;
    /** Whether earlier versions of edited messages stay. */
    readonly keepsHistory: () => boolean;
  };
  private readonly withdrawnFrom = new Set<string>();

  constructor(parts: Erasure['parts']) {
    this.parts = parts;
  }

  /** Destinations from whose queue something was withdrawn since this was last asked: to be read again. */
  takeWithdrawn(): string[] {
    const servers = [...this.withdrawnFrom];
    this.withdrawnFrom.clear();
    return servers;
  }

  get keepsHistory(): boolean {
    return this.parts.keepsHistory();
  }

  /** Whether an event that arrives was deleted before: its words are then not stored at all. */
  isDeletedAlready(room: Room, event: UnsignedEvent, meaning: Meaning): boolean {
    if (meaning.kind === 'message')
      return this.isDeleted(room, {
        eventId: event.event_id,
        key: messageKey(event.origin_server, meaning.messageId),
        sender: event.sender,
      });
    if (meaning.kind !== 'edit' && meaning.kind !== 'reaction') return false;
    const { target } = meaning;
    const byName = this.deletesAbout(room, target, target).some(
      (by) => by.byHome || (meaning.kind === 'edit' && by.sender === event.sender),
    );
    return byName || this.messagesMeant(room, target, event).some((message) => this.isDeleted(room, message));
  }

  isDeleted(room: Room, { eventId, key, sender }: Named): boolean {
    return this.deletesAbout(room, eventId, key).some((by) => mayDelete(by, sender));
  }

  private deletesAbout(room: Room, eventId: string, key: string): { sender: string; byHome: boolean }[] {
    return this.parts.store.erasures
      .deletesAbout(eventId, key)
      .filter((row) => row.room_id === room.row.room_id)
      .map((row) => ({ sender: row.sender, byHome: this.parts.registry.isByHome(room, row) }));
  }

  /** A delete has come into force: erases what it may. */
  carryOut(room: Room, event: UnsignedEvent, target: string): void {
    const by = { sender: event.sender, byHome: this.parts.registry.isByHome(room, event) };
    for (const message of this.messagesMeant(room, target, event))
      if (mayDelete(by, message.sender)) this.eraseMessage(room, message);
    // The message may be unknown here. Who deletes takes back all they said about it; the home, what anybody said.
    for (const row of this.parts.store.erasures.effectsOn(target, target))
      if (
        row.room_id === room.row.room_id &&
        (by.byHome || (isEdit(row.event_type) && row.sender === by.sender))
      )
        this.eraseEffect(row, 'deleted');
    this.eraseHeld(room, by, target);
  }

  /** A message that was deleted, and everything said about it. */
  eraseMessage(room: Room, message: FoundMessage): void {
    this.eraseRow(message.row, 'deleted');
    this.eraseEffectsOn(room, message);
  }

  eraseEffectsOn(room: Room, { eventId, key }: Pick<Named, 'eventId' | 'key'>): void {
    for (const row of this.parts.store.erasures.effectsOn(eventId, key))
      if (row.room_id === room.row.room_id) this.eraseEffect(row, 'deleted');
  }

  private eraseEffect(row: EventRow, why: ErasedReason): void {
    if (isEdit(row.event_type) || isReaction(row.event_type)) this.eraseRow(row, why);
  }

  /**
   * Where the owner keeps no history: erases what the edit `latest` replaced. The first version stays while somebody
   * still waits for it, because an edit alone says nothing to a server that lacks its message; false if it does.
   */
  forgetHistory(room: Room, message: FoundMessage, latest: string): boolean {
    const { store } = this.parts;
    const winner = store.events.byId(latest);
    if (!winner) return true;
    const at: Position = { depth: winner.depth, eventId: latest };
    for (const row of store.erasures.effectsOn(message.eventId, message.key)) {
      const isEarlier = comparePositions({ depth: row.depth, eventId: row.event_id }, at) < 0;
      const isVersion = isEdit(row.event_type) && row.sender === message.sender;
      if (row.room_id === room.row.room_id && isVersion && isEarlier && row.state !== eventState.ahead)
        this.eraseRow(row, 'edited');
    }
    if (store.outbox.isOnItsWay(message.row.seq)) {
      store.erasures.addDue(message.row.seq);
      return false;
    }
    this.eraseRow(message.row, 'edited');
    return true;
  }

  private eraseRow(row: EventRow, why: ErasedReason): void {
    const { store, clock } = this.parts;
    if (isErased(row)) {
      const { left, at, hash } = readErased(row);
      if (left.erased === 'edited' && why === 'deleted') store.erasures.erase(row, left, { why, at, hash });
      return;
    }
    const event = parseEnvelope(row.body);
    store.erasures.erase(row, event, { why, at: clock.now(), hash: hashOf(event, row.files_unsigned === 1) });
    store.receipts.forget(row.seq);
    for (const server of store.outbox.withdrawEvent(row.seq)) this.withdrawnFrom.add(server);
  }

  /** The messages of a room that an event of `by` means, whether or not they have their effect. */
  private messagesMeant(
    room: Room,
    target: string,
    by: Pick<UnsignedEvent, 'origin_server'>,
  ): FoundMessage[] {
    const { store } = this.parts;
    const roomId = room.row.room_id;
    const rows = new Map<number, EventRow>();
    const take = (row: EventRow | undefined): void => {
      if (row && row.room_id === roomId && row.event_type === 'm.message') rows.set(row.seq, row);
    };
    if (target.startsWith('$')) take(store.events.byId(target));
    else {
      for (const message of store.messages.byTarget(roomId, target)) take(store.events.bySeq(message.seq));
      for (const row of store.erasures.messagesWithoutEffect(roomId, by.origin_server)) take(row);
    }
    return [...rows.values()]
      .flatMap((row) => this.found(row) ?? [])
      .filter((message) => message.eventId === target || message.key === target);
  }

  /** A stored message with its names; null if the row is not a message. */
  found(row: EventRow): FoundMessage | null {
    const { meaning } = readStored(row);
    if (meaning.kind !== 'message') return null;
    const key = messageKey(row.origin_server, meaning.messageId);
    return { row, eventId: row.event_id, key, sender: row.sender };
  }

  /** Copies that wait for the owner's decision go as well. */
  private eraseHeld(room: Room, by: { sender: string; byHome: boolean }, target: string): void {
    const { held } = this.parts.store;
    const ofHeld = held.inRoom(room.row.room_id).map((row) => ({ row, ...readHeld(row) }));
    if (ofHeld.length === 0) return;
    const names = new Set([target]);
    let messageGone = false;
    const drop = (row: HeldRow): void => held.remove(row.event_id);
    for (const { row, event, meaning } of ofHeld) {
      if (meaning.kind !== 'message') continue;
      const key = messageKey(event.origin_server, meaning.messageId);
      if ((row.event_id !== target && key !== target) || !mayDelete(by, row.sender)) continue;
      messageGone = true;
      names.add(row.event_id).add(key);
      drop(row);
    }
    for (const message of this.messagesMeant(room, target, { origin_server: target.split('/')[0] ?? '' })) {
      if (!mayDelete(by, message.sender)) continue;
      messageGone = true;
      names.add(message.eventId).add(message.key);
    }
    for (const { row, meaning } of ofHeld) {
      if ((meaning.kind !== 'edit' && meaning.kind !== 'reaction') || !names.has(meaning.target)) continue;
      if (messageGone || by.byHome || (meaning.kind === 'edit' && row.sender === by.sender)) drop(row);
    }
  }
}

function readHeld(row: HeldRow): { event: UnsignedEvent; meaning: Meaning } {
  const event = parseEnvelope(row.body);
  return { event, meaning: meaningOf(event) };
}
