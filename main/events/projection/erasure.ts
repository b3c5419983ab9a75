import { createHash } from 'node:crypto';
import { signedText } from '../../../shared/protocol/events/attachments.ts';
import {
  type Envelope,
  parseEnvelope,
  type UnsignedEvent,
} from '../../../shared/protocol/events/envelope.ts';
import type { ErasedReason } from '../../../shared/protocol/events/redaction.ts';
import { comparePositions, mayDelete, type Position } from '../../../shared/protocol/room-state.ts';
import type { Clock } from '../../kernel/ports.ts';
import { isErased, readErased } from '../../store/erased-body.ts';
import type { Tables } from '../../store/ports.ts';
import { type EventRow, eventState, type MessageNames } from '../../store/tables/event-store.ts';
import type { HeldPlace } from '../../store/tables/held-store.ts';
import type { MessageRow } from '../../store/tables/message-store.ts';
import type { Room, RoomRegistry } from './room-registry.ts';

/** A message as far as erasing goes: where it is, its two names, and who wrote it. */
export type NamedMessage = Pick<MessageRow, 'seq' | 'event_id' | 'message_key' | 'sender'>;

/** sha256 of what was signed: tells a repeat of an erased event from a changed copy. */
export const hashOf = (event: Envelope, filesUnsigned: boolean): string =>
  createHash('sha256').update(signedText(event, filesUnsigned)).digest('hex');

const isEdit = (type: string): boolean => type === 'm.message.edit';
const isReaction = (type: string): boolean => type === 'm.reaction.add' || type === 'm.reaction.remove';

export interface ErasureParts {
  readonly store: Tables<'events' | 'erasures' | 'messages' | 'outbox' | 'receipts' | 'held'>;
  readonly registry: RoomRegistry;
  readonly clock: Clock;
  /** Whether earlier versions of edited messages stay. */
  readonly keepsHistory: () => boolean;
}

/**
 * Takes words out of the database: those of deleted messages, of what was said about them, and, where the owner keeps
 * no history, those that an edit replaced. Which events a delete erases is a function of the set of stored events,
 * like all rules of a room: a delete that has effect keeps it (room-state.ts, `mayDelete`), because neither
 * who wrote a message nor a room's home ever changes. Everything here runs inside a transaction.
 */
export class Erasure {
  readonly #parts: ErasureParts;
  readonly #withdrawnFrom = new Set<string>();

  constructor(parts: ErasureParts) {
    this.#parts = parts;
  }

  /** Destinations from whose queue something was withdrawn since this was last asked: to be read again. */
  takeWithdrawn(): string[] {
    const servers = [...this.#withdrawnFrom];
    this.#withdrawnFrom.clear();
    return servers;
  }

  get keepsHistory(): boolean {
    return this.#parts.keepsHistory();
  }

  /** Whether a delete of the message counts: its author's, or the home's (room-state.ts, `mayDelete`). */
  isDeleted(room: Room, { event_id, message_key, sender }: Omit<NamedMessage, 'seq'>): boolean {
    const { room_id: roomId, home } = room.row;
    const asked = [event_id, message_key].map((name) => ({ name, roomId, sender, home }));
    return this.#parts.store.erasures.deletedAmong(asked).size > 0;
  }

  /** A delete has come into force: erases what it may. One that says what another said before finds nothing left. */
  carryOut(room: Room, seq: number, event: UnsignedEvent, target: string): void {
    const { erasures, messages } = this.#parts.store;
    const { room_id: roomId, home } = room.row;
    const by = { sender: event.sender, byHome: this.#parts.registry.isByHome(room, event) };
    if (erasures.isDeletedOtherwise(roomId, target, by.byHome ? { home } : by, seq)) return;
    const meant = messages
      .named([target])
      .filter((message) => message.room_id === roomId && mayDelete(by, message.sender));
    for (const message of meant) this.eraseMessage(room, message);
    // The message may be unknown here. Who deletes takes back all they said about it; the home, what anyone said.
    const said = by.byHome ? erasures.effectsOn(roomId, target) : erasures.editsBy(roomId, target, by.sender);
    for (const row of said) this.#eraseEffect(row);
    this.#eraseHeld(room, by, target, meant);
  }

  /** A message that was deleted, and everything said about it. */
  eraseMessage(room: Room, message: NamedMessage): void {
    const row = this.#parts.store.events.bySeq(message.seq);
    if (row) this.#eraseRow(row, 'deleted');
    this.eraseEffectsOn(room, message);
  }

  eraseEffectsOn(room: Room, { event_id, message_key }: MessageNames): void {
    for (const name of [event_id, message_key])
      for (const row of this.#parts.store.erasures.effectsOn(room.row.room_id, name)) this.#eraseEffect(row);
  }

  #eraseEffect(row: EventRow): void {
    if (isEdit(row.event_type) || isReaction(row.event_type)) this.#eraseRow(row, 'deleted');
  }

  /**
   * Where the owner keeps no history: erases a version that the edit at `latest` replaced, those that wait before it,
   * and the first one. That one stays while someone still waits for it, because an edit alone says nothing to a
   * server that lacks its message.
   */
  forgetReplaced(room: Room, message: NamedMessage, replaced: number | null, latest: Position): void {
    const { events, erasures } = this.#parts.store;
    const version = replaced === null ? undefined : events.bySeq(replaced);
    if (version) this.#eraseRow(version, 'edited');
    this.#eraseVersions(message, latest, (name) =>
      erasures.waitingEditsBy(room.row.room_id, name, message.sender),
    );
    this.#eraseFirst(message.seq);
  }

  /** The same for all earlier versions. False while the first one stays. */
  forgetHistory(room: Room, message: NamedMessage, latest: Position): boolean {
    this.#eraseVersions(message, latest, (name) =>
      this.#parts.store.erasures.editsBy(room.row.room_id, name, message.sender),
    );
    return this.#eraseFirst(message.seq);
  }

  #eraseVersions(message: NamedMessage, latest: Position, read: (name: string) => EventRow[]): void {
    for (const name of [message.event_id, message.message_key])
      for (const row of read(name)) {
        const isEarlier = comparePositions({ depth: row.depth, eventId: row.event_id }, latest) < 0;
        if (isEarlier && row.state !== eventState.ahead) this.#eraseRow(row, 'edited');
      }
  }

  #eraseFirst(seq: number): boolean {
    const { events, erasures, outbox } = this.#parts.store;
    if (events.isErased(seq)) return true;
    if (outbox.isOnItsWay(seq)) {
      erasures.addDue(seq);
      return false;
    }
    const row = events.bySeq(seq);
    if (row) this.#eraseRow(row, 'edited');
    return true;
  }

  #eraseRow(row: EventRow, why: ErasedReason): void {
    const { store, clock } = this.#parts;
    if (isErased(row)) {
      const { left, at, hash } = readErased(row);
      if (left.erased === 'edited' && why === 'deleted') store.erasures.erase(row, left, { why, at, hash });
      return;
    }
    const event = parseEnvelope(row.body);
    store.erasures.erase(row, event, { why, at: clock.now(), hash: hashOf(event, row.files_unsigned === 1) });
    store.receipts.forget(row.seq);
    for (const server of store.outbox.withdrawEvent(row.seq)) this.#withdrawnFrom.add(server);
  }

  /** Copies that wait for the owner's decision go as well. */
  #eraseHeld(
    room: Room,
    by: { sender: string; byHome: boolean },
    target: string,
    meant: readonly NamedMessage[],
  ): void {
    const { held } = this.#parts.store;
    const about = (name: string) => held.about(room.row.room_id, name);
    const isMessage = (row: HeldPlace) => row.event_type === 'm.message';
    const gone = about(target).filter((row) => isMessage(row) && mayDelete(by, row.sender));
    const names = new Set([
      target,
      ...meant.flatMap((message) => [message.event_id, message.message_key]),
      ...gone.flatMap((row) => [row.event_id, ...(row.about === null ? [] : [row.about])]),
    ]);
    const isGone = meant.length > 0 || gone.length > 0 || by.byHome;
    const effects = [...names]
      .flatMap(about)
      .filter((row) => isEdit(row.event_type) || isReaction(row.event_type))
      .filter((row) => isGone || (isEdit(row.event_type) && row.sender === by.sender));
    for (const row of [...gone, ...effects]) held.remove(row.event_id);
  }
}
