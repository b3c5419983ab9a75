import { hash } from 'node:crypto';
import { comparePositions } from '../../../shared/protocol/room-state.ts';
import type { EventEffects, LatestEdit } from '../../store/batch/batch-port.ts';
import { isErased } from '../../store/erased-body.ts';
import {
  type EventPlace,
  type EventRow,
  type EventState,
  eventState,
  type MessageNames,
} from '../../store/tables/rooms/event-store.ts';
import type { Room } from '../projection/room-reader.ts';
import { readStored, type Stored } from '../projection/stored.ts';
import type { VerifiedEvent } from '../verify.ts';
import type { Asked } from './questions.ts';

const inRoom = (roomId: string, name: string): string => `${roomId} ${name}`;
const isReaction = ({ event_type: type }: EventRow): boolean =>
  type === 'm.reaction.add' || type === 'm.reaction.remove';

type EventName = Pick<EventRow, 'event_id' | 'room_id' | 'depth'>;
type Parsed = { readonly body: string; readonly stored: Stored };

/** The stored events as a batch sees them: as loaded, plus the changes made by the batch. */
export class WorkingEvents {
  readonly #ask: Asked;
  /** Their current state: events of this batch, and those it changed. */
  readonly #rows = new Map<number, EventRow>();
  /** Their state in the database, unless they are new in this batch. */
  readonly #before = new Map<number, EventRow>();
  readonly #byId = new Map<string, number>();
  readonly #byTarget = new Map<string, Set<number>>();
  readonly #targets = new Set<string>();
  readonly #retired = new Set<number>();
  /** Rooms whose events are all in `#rows`. */
  readonly #wholeRooms = new Set<string>();
  readonly #parsed: Map<number, Parsed>;
  #added = 0;

  /** `parsed` is shared by all rounds of a batch, so that no event is parsed twice. */
  constructor(ask: Asked, parsed: Map<number, Parsed>) {
    this.#ask = ask;
    this.#parsed = parsed;
  }

  /** The parsed event. */
  read(row: Pick<EventRow, 'seq' | 'body'>): Stored {
    const known = this.#parsed.get(row.seq);
    if (known?.body === row.body) return known.stored;
    const stored = readStored(row);
    this.#parsed.set(row.seq, { body: row.body, stored });
    return stored;
  }

  #now<T extends { readonly seq: number }>(row: T): T | EventRow {
    return this.#rows.get(row.seq) ?? row;
  }

  #keep(row: EventRow): void {
    this.#rows.set(row.seq, row);
    if (row.target === null) return;
    const key = inRoom(row.room_id, row.target);
    const about = this.#byTarget.get(key) ?? new Set();
    this.#byTarget.set(key, about.add(row.seq));
  }

  #change(row: EventRow, change: Partial<EventRow>): void {
    if (!this.#rows.has(row.seq)) this.#before.set(row.seq, row);
    this.#keep({ ...(this.#now(row) as EventRow), ...change });
  }

  /** The last sequence number that was assigned. */
  get lastSeq(): number {
    return this.#ask.lastSeq.get(null) + this.#added;
  }

  /** Stores an event, and returns its sequence number. */
  insert(event: Omit<EventRow, 'seq'>, stored: Stored): number {
    this.#added++;
    const seq = this.lastSeq;
    this.#keep({ ...event, seq });
    this.#byId.set(event.event_id, seq);
    if (event.target !== null) this.#targets.add(event.target);
    this.#parsed.set(seq, { body: event.body, stored });
    return seq;
  }

  byId(eventId: string): EventRow | undefined {
    const seq = this.#byId.get(eventId);
    if (seq !== undefined) return this.#rows.get(seq);
    const row = this.#ask.eventById.get(eventId);
    return row === null || this.#retired.has(row.seq) ? undefined : (this.#now(row) as EventRow);
  }

  /** Whether the owner has discarded this event. */
  isDiscarded(eventId: string): boolean {
    return this.#ask.isDiscarded.get(eventId);
  }

  /** Whether the event was here until the owner's limits removed it. Only asked where that is possible. */
  isDropped(room: Room | undefined, { event_id, room_id, depth }: EventName): boolean {
    if (room === undefined || room.row.dropped_to < 0) return false;
    return this.#ask.isDropped.get(room_id, depth, hash('sha256', event_id, 'hex'));
  }

  bySeq(seq: number): EventRow | undefined {
    return this.#rows.get(seq) ?? this.#ask.eventBySeq.get(seq) ?? undefined;
  }

  isErased(seq: number): boolean {
    const row = this.bySeq(seq);
    return row !== undefined && isErased(row);
  }

  /** Removes what was known about an event, so that the event itself can be stored. */
  retire(row: EventRow): void {
    const { seq, event_id, room_id } = row;
    this.#retired.add(seq);
    this.#byId.delete(event_id);
    const hidden = { event_id: `-${event_id.slice(1)}`, room_id: `-${room_id.slice(1)}` };
    this.#change(row, { ...hidden, state: eventState.pending });
  }

  /** Replaces the event by another copy of it. Events written here came from no other server. */
  replaceCopy(row: EventRow, { body, filesUnsigned, hop, keyId }: VerifiedEvent): void {
    this.#change(row, {
      body,
      files_unsigned: filesUnsigned ? 1 : 0,
      received_from: row.received_from === null ? null : hop,
      key_id: keyId,
    });
  }

  setState(row: EventRow, state: EventState): void {
    this.#change(row, { state });
  }

  /** Overwrites an event's text. */
  setBody(row: EventRow, body: string): void {
    this.#change(row, { body });
  }

  /** Whether there is any event about this name, applied or not, in any room. */
  isSpokenOf(name: string): boolean {
    return this.#targets.has(name) || this.#ask.isSpokenOf.get(name);
  }

  /** Rows about a name: those loaded by `find` plus those of this batch, in their current state. */
  #about(roomId: string, name: string, find: () => readonly EventRow[]): EventRow[] {
    const mine = this.#byTarget.get(inRoom(roomId, name)) ?? [];
    const isLoaded = this.#wholeRooms.has(roomId) || !this.#ask.isSpokenOf.get(name);
    const found = isLoaded ? [] : find();
    const seqs = new Set([...found.map((row) => row.seq), ...mine]);
    const loaded = new Map(found.map((row) => [row.seq, row]));
    return [...seqs].flatMap((seq) => {
      const row = this.#rows.get(seq) ?? loaded.get(seq);
      return row?.room_id === roomId ? [row] : [];
    });
  }

  /** All events about a name, applied or not. */
  effectsOn(roomId: string, name: string): EventRow[] {
    return this.#about(roomId, name, () => this.#ask.effectsOn.get(roomId, name));
  }

  /** The edits among them by one user. */
  editsBy(roomId: string, name: string, sender: string): EventRow[] {
    return this.#about(roomId, name, () => this.#ask.editsBy.get(roomId, name, sender)).filter(
      (row) => row.event_type === 'm.message.edit' && row.sender === sender,
    );
  }

  /** Those whose sender is not a member at that point. */
  pendingEditsBy(roomId: string, name: string, sender: string): EventRow[] {
    return this.#about(roomId, name, () => this.#ask.pendingEditsBy.get(roomId, name, sender)).filter(
      (row) =>
        row.event_type === 'm.message.edit' && row.sender === sender && row.state === eventState.pending,
    );
  }

  /** The last applied edit by the message's author, and the one before it. */
  latestEdits(roomId: string, message: MessageNames & { readonly sender: string }): LatestEdit[] {
    return [message.event_id, message.message_key]
      .flatMap((name) => this.#editsInForce(roomId, name, message.sender))
      .sort((a, b) => comparePositions(placeOf(b), placeOf(a)))
      .slice(0, 2);
  }

  #editsInForce(roomId: string, name: string, sender: string): LatestEdit[] {
    const isIn = (row: EventRow) =>
      row.event_type === 'm.message.edit' && row.sender === sender && row.state === eventState.applied;
    const mine = [...(this.#byTarget.get(inRoom(roomId, name)) ?? [])].flatMap(
      (seq) => this.#rows.get(seq) ?? [],
    );
    if (this.#wholeRooms.has(roomId) || !this.#ask.isSpokenOf.get(name))
      return mine.filter(isIn).map(latestOf);
    const found = this.#ask.latestEdits.get(roomId, name, sender);
    const untouched = found.filter((edit) => !this.#rows.has(edit.seq));
    const inForce = [...untouched, ...mine.filter(isIn).map(latestOf)];
    const isLost = found.some((edit) => !inForce.some(({ seq }) => seq === edit.seq));
    if (!isLost) return inForce;
    // One of the two no longer applies, and there may have been others before it.
    return this.editsBy(roomId, name, sender).filter(isIn).map(latestOf);
  }

  /** Applied reactions to a message, in no particular order. */
  reactionsTo(roomId: string, { event_id, message_key }: MessageNames): EventRow[] {
    return [event_id, message_key]
      .flatMap((name) => this.#about(roomId, name, () => this.#ask.reactionsTo.get(roomId, name)))
      .filter((row) => isReaction(row) && row.state === eventState.applied);
  }

  /** Those of one user, last one first. */
  reactionsBy(roomId: string, { event_id, message_key }: MessageNames, userId: string): EventRow[] {
    return [event_id, message_key]
      .flatMap((name) => this.#about(roomId, name, () => this.#ask.reactionsBy.get(roomId, name, userId)))
      .filter((row) => isReaction(row) && row.sender === userId && row.state === eventState.applied)
      .sort((a, b) => comparePositions(placeOf(b), placeOf(a)));
  }

  /**
   * Whether a delete of this name is applied in the room: by `sender` or by the room's home, except the event `except`
   * of this batch.
   */
  isDeleted(
    roomId: string,
    name: string,
    { sender = null, home = null }: { readonly sender?: string | null; readonly home?: string | null },
    except = -1,
  ): boolean {
    for (const seq of this.#byTarget.get(inRoom(roomId, name)) ?? []) {
      const row = this.#rows.get(seq);
      if (row?.event_type !== 'm.message.delete' || row.state !== eventState.applied || seq === except)
        continue;
      if (row.sender === sender || row.origin_server === home) return true;
    }
    if (this.#wholeRooms.has(roomId) || !this.#ask.isSpokenOf.get(name)) return false;
    return this.#ask.isDeleted.get(roomId, name, sender, home);
  }

  /** The positions of a user's events between two depths (inclusive), in the room's order. */
  placesOf(roomId: string, userId: string, from: number, to: number): EventPlace[] {
    const places = new Map<number, EventPlace>();
    for (const place of this.#ask.placesOf.get(roomId, userId, from, to)) places.set(place.seq, place);
    for (const row of this.#rows.values()) {
      const isThere = row.depth >= from && row.depth <= to;
      if (row.sender === userId && row.room_id === roomId && isThere) places.set(row.seq, row);
    }
    return [...places.values()]
      .filter(({ seq }) => !this.#retired.has(seq))
      .sort((a, b) => comparePositions(placeOf(a), placeOf(b)));
  }

  #count(matches: (row: EventRow) => boolean): number {
    let count = 0;
    for (const [seq, row] of this.#rows) {
      const before = this.#before.get(seq);
      count += Number(matches(row)) - Number(before !== undefined && matches(before));
    }
    return count;
  }

  pendingCount(roomId: string, origin: string): number {
    const isPending = (row: EventRow) =>
      row.room_id === roomId && row.origin_server === origin && row.state === eventState.pending;
    return this.#ask.pendingCount.get(roomId, origin) + this.#count(isPending);
  }

  /** How many deletes came from a server. Of those before this batch, no more than `pendingEventsMax` are counted. */
  countDeletesOf(roomId: string, origin: string): number {
    const isDelete = (row: EventRow) =>
      row.room_id === roomId && row.origin_server === origin && row.event_type === 'm.message.delete';
    return this.#ask.deletesCount.get(roomId, origin) + this.#count(isDelete);
  }

  /** All events of a room, in its order. */
  inRoom(roomId: string): EventRow[] {
    for (const row of this.#ask.eventsIn.get(roomId)) {
      if (this.#rows.has(row.seq)) continue;
      this.#before.set(row.seq, row);
      this.#keep(row);
    }
    this.#wholeRooms.add(roomId);
    return [...this.#rows.values()]
      .filter((row) => row.room_id === roomId)
      .sort((a, b) => comparePositions(placeOf(a), placeOf(b)));
  }

  effects(): EventEffects {
    const newEvents: EventRow[] = [];
    const states: EventRow[] = [];
    const erased: EventRow[] = [];
    const copies: EventRow[] = [];
    for (const [seq, row] of this.#rows) {
      const before = this.#before.get(seq);
      if (before === undefined) newEvents.push(row);
      else if (row !== before && !this.#retired.has(seq)) {
        if (row.state !== before.state) states.push(row);
        if (row.body !== before.body) (isErased(row) ? erased : copies).push(row);
      }
    }
    const retired = [...this.#retired].filter((seq) => this.#before.has(seq));
    return { retired, newEvents, states, erased, copies };
  }
}

const placeOf = (row: { readonly depth: number; readonly event_id: string }) => ({
  depth: row.depth,
  eventId: row.event_id,
});

const latestOf = (row: EventRow): LatestEdit => ({ ...row, erased: isErased(row) ? 1 : 0 });
