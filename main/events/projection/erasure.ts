import { createHash } from 'node:crypto';
import { signedText } from '../../../shared/protocol/events/attachments.ts';
import type { Envelope, UnsignedEvent } from '../../../shared/protocol/events/envelope.ts';
import { type Meaning, messageKey } from '../../../shared/protocol/events/event-content.ts';
import type { ErasedReason } from '../../../shared/protocol/events/redaction.ts';
import { comparePositions, mayDelete, type Position } from '../../../shared/protocol/room-state.ts';
import type { Clock } from '../../kernel/ports.ts';
import { isErased, readErased, writeErased } from '../../store/erased-body.ts';
import { type EventRow, eventState, type MessageNames } from '../../store/tables/rooms/event-store.ts';
import type { HeldPlace } from '../../store/tables/rooms/held-store.ts';
import type { MessageRow } from '../../store/tables/rooms/message-store.ts';
import { takeBack } from './reactions.ts';
import type { Room } from './room-permissions.ts';
import type { RuleTables } from './room-writer.ts';
import { readStored } from './stored.ts';

/** A message as erasing needs it: where it is, its two names, and who wrote it. */
type NamedMessage = Pick<MessageRow, 'seq' | 'event_id' | 'message_key' | 'sender'>;

/** sha256 of what was signed. Distinguishes a repeat of an erased event from a changed copy. */
export const hashOf = (event: Envelope, filesUnsigned: boolean): string =>
  createHash('sha256').update(signedText(event, filesUnsigned)).digest('hex');

/** The two names of a message. */
export const namesOf = (
  { event_id, origin_server }: Pick<UnsignedEvent, 'event_id' | 'origin_server'>,
  { messageId }: Meaning & { kind: 'message' },
): MessageNames => ({ event_id, message_key: messageKey(origin_server, messageId) });

const isEdit = (type: string): boolean => type === 'm.message.edit';
const isReaction = (type: string): boolean => type === 'm.reaction.add' || type === 'm.reaction.remove';

interface ErasureDeps {
  readonly clock: Clock;
  /** Whether earlier versions of edited messages are kept. */
  readonly keepsHistory: () => boolean;
}

/**
 * Erases text from the database: of deleted messages, of everything about them, and, if the owner keeps no history, of
 * versions that an edit replaced. The events that a delete erases depend only on the set of stored events, like all
 * rules of a room. An applied delete stays applied (room-state.ts, `mayDelete`), because neither the author of a
 * message nor a room's home ever changes.
 */
export class Erasure {
  readonly #tables: RuleTables;
  readonly #deps: ErasureDeps;
  readonly #withdrawnFrom = new Set<string>();

  constructor(tables: RuleTables, deps: ErasureDeps) {
    this.#tables = tables;
    this.#deps = deps;
  }

  /** Destinations from whose queue something was withdrawn since the last call. Their queues must be read again. */
  takeWithdrawn(): string[] {
    const servers = [...this.#withdrawnFrom];
    this.#withdrawnFrom.clear();
    return servers;
  }

  get keepsHistory(): boolean {
    return this.#deps.keepsHistory();
  }

  /** Whether a delete of the message counts, its author's or the home's (room-state.ts, `mayDelete`), or of its channel. */
  isDeleted(
    room: Room,
    { event_id, message_key, sender, channel_id }: Omit<NamedMessage, 'seq'> & Pick<MessageRow, 'channel_id'>,
  ): boolean {
    const { room_id: roomId, home } = room.row;
    const { events } = this.#tables;
    if (events.isChannelDeleted(roomId, channel_id)) return true;
    const isGone = (name: string) => events.isDeleted(roomId, name, { sender, home });
    return isGone(event_id) || isGone(message_key);
  }

  /** A delete was applied: erases what it may. A second delete of the same message finds nothing left. */
  carryOut(room: Room, seq: number, event: UnsignedEvent, target: string): void {
    const { events, messages, rooms } = this.#tables;
    const { room_id: roomId, home } = room.row;
    const by = { sender: event.sender, byHome: rooms.isByHome(room, event) };
    if (events.isDeleted(roomId, target, by.byHome ? { home } : by, seq)) return;
    const meant = messages.named(roomId, target).filter((message) => mayDelete(by, message.sender));
    for (const message of meant) this.eraseMessage(room, message);
    // The message may be unknown here. An author's delete removes everything the author said about it, the home's
    // delete what anyone said.
    const said = by.byHome ? events.effectsOn(roomId, target) : events.editsBy(roomId, target, by.sender);
    for (const row of said) this.#eraseEffect(row);
    this.#eraseHeld(room, by, target, meant);
  }

  /** Erases a deleted message, and everything about it. */
  eraseMessage(room: Room, message: NamedMessage): void {
    const row = this.#tables.events.bySeq(message.seq);
    if (row) this.#eraseRow(row, 'deleted');
    this.eraseEffectsOn(room, message);
  }

  /**
   * Other messages of the same server may have the same message ID. Reactions that mean all of them are erased with any of
   * them, so they no longer count for the others either, whichever comes first.
   */
  eraseEffectsOn(room: Room, { event_id, message_key }: MessageNames): void {
    const { events, messages } = this.#tables;
    const { room_id: roomId } = room.row;
    const others = messages
      .named(roomId, message_key)
      .filter((other) => other.event_id !== event_id && other.deleted === 0);
    const shared = others.length === 0 ? [] : this.#reactionsTo(roomId, message_key);
    for (const name of [event_id, message_key])
      for (const row of events.effectsOn(roomId, name)) this.#eraseEffect(row);
    for (const other of others) {
      for (const { event, meaning } of shared) takeBack(this.#tables, other, event, meaning);
      const { seq, text_seq, edited_at } = other;
      // The edit that it shows meant all of them, too.
      if (text_seq !== null && text_seq !== seq && events.isErased(text_seq))
        messages.setText(seq, null, edited_at);
    }
  }

  /** Returns the reactions that are not erased yet. */
  #reactionsTo(roomId: string, name: string) {
    const { events } = this.#tables;
    return events.effectsOn(roomId, name).flatMap((row) => {
      const { event, meaning, erased } = readStored(row);
      return erased === null && meaning.kind === 'reaction' ? [{ event, meaning }] : [];
    });
  }

  #eraseEffect(row: EventRow): void {
    if (isEdit(row.event_type) || isReaction(row.event_type)) this.#eraseRow(row, 'deleted');
  }

  /**
   * Erases, if the owner keeps no history, a version that the edit at `latest` replaced, pending ones before it, and
   * the first version. The first version stays while a server still waits for it, because an edit without its message
   * says nothing.
   */
  forgetReplaced(room: Room, message: NamedMessage, replaced: number | null, latest: Position): void {
    const { events } = this.#tables;
    const version = replaced === null ? undefined : events.bySeq(replaced);
    if (version) this.#eraseRow(version, 'edited');
    this.#eraseVersions(message, latest, (name) =>
      events.pendingEditsBy(room.row.room_id, name, message.sender),
    );
    this.#eraseFirst(message.seq);
  }

  /** The same for all earlier versions. False while the first version stays. */
  forgetHistory(room: Room, message: NamedMessage, latest: Position): boolean {
    this.#eraseVersions(message, latest, (name) =>
      this.#tables.events.editsBy(room.row.room_id, name, message.sender),
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
    const { events, queues } = this.#tables;
    const row = events.bySeq(seq);
    if (!row || isErased(row)) return true;
    if (queues.isOnItsWay(seq)) {
      queues.addDue(seq);
      return false;
    }
    this.#eraseRow(row, 'edited');
    return true;
  }

  #eraseRow(row: EventRow, why: ErasedReason): void {
    const { events, queues } = this.#tables;
    const bytes = Buffer.byteLength(row.body);
    const { event, isDamaged } = readStored(row);
    if (isErased(row) && !isDamaged) {
      // A deleted text never counts as edited again.
      if (why === 'edited') return;
      const { left, at, hash } = readErased(row);
      events.erase(row.seq, writeErased(left, { why, at, hash }, bytes));
      return;
    }
    const withdrawnFrom = queues.withdrawEvent(row.seq);
    const hash = isDamaged ? null : hashOf(event as Envelope, row.files_unsigned === 1);
    events.erase(row.seq, writeErased(event, { why, at: this.#deps.clock.now(), hash }, bytes));
    queues.forget(row.seq);
    for (const server of withdrawnFrom) this.#withdrawnFrom.add(server);
  }

  /** The channel was deleted: copies of its messages that wait for the owner's decision are erased, and what is about them. */
  eraseHeldIn(room: Room, channelId: string): void {
    const { queues } = this.#tables;
    for (const row of queues.heldMessages(room.row.room_id)) {
      const { meaning } = readStored({ body: row.body });
      if (meaning.kind !== 'message' || meaning.channelId !== channelId) continue;
      queues.dropHeld(row.event_id);
      for (const name of [row.event_id, row.about ?? ''])
        for (const held of queues.heldAbout(room.row.room_id, name)) queues.dropHeld(held.event_id);
    }
  }

  /** Held copies of a message with this name. */
  #heldOf(room: Room, name: string): HeldPlace[] {
    return this.#tables.queues
      .heldAbout(room.row.room_id, name)
      .filter((row) => row.event_type === 'm.message');
  }

  /** Copies that wait for the owner's decision are erased as well. */
  #eraseHeld(
    room: Room,
    by: { sender: string; byHome: boolean },
    target: string,
    meant: readonly NamedMessage[],
  ): void {
    const { queues } = this.#tables;
    const gone = this.#heldOf(room, target).filter((row) => mayDelete(by, row.sender));
    const names = new Set([
      target,
      ...meant.flatMap((message) => [message.event_id, message.message_key]),
      ...gone.flatMap((row) => [row.event_id, ...(row.about === null ? [] : [row.about])]),
    ]);
    const isGone = meant.length > 0 || gone.length > 0 || by.byHome;
    const effects = [...names].flatMap((name) => queues.heldAbout(room.row.room_id, name));
    const isTheirs = (row: HeldPlace) =>
      isEdit(row.event_type) ? isGone || row.sender === by.sender : isGone && isReaction(row.event_type);
    for (const row of [...gone, ...effects.filter(isTheirs)]) queues.dropHeld(row.event_id);
  }
}
