import type { UnsignedEvent } from '../../shared/protocol/events/envelope.ts';
import { type Meaning, messageKey } from '../../shared/protocol/events/event-content.ts';
import type { Tables } from '../store/ports.ts';
import type { DeletedQuestion } from '../store/tables/erasure-store.ts';
import type { EventRow } from '../store/tables/event-store.ts';
import type { NamedRow } from '../store/tables/message-store.ts';
import type { RoomRegistry } from './projection/room-registry.ts';
import type { VerifiedEvent } from './verify.ts';

/** What deciding about some events needs of the tables, read with a few queries for all of them. */
export interface Loaded {
  /** Stored events of the same ids. */
  readonly stored: ReadonlyMap<string, EventRow>;
  /** Ids of events that the owner does not want. */
  readonly discarded: ReadonlySet<string>;
  /** The messages that edits, deletes and reactions are about, by room and name; shown or not. */
  readonly messages: ReadonlyMap<string, readonly NamedRow[]>;
  /** Names of messages that anything was said about before. */
  readonly spokenOf: ReadonlySet<string>;
  /** Ids of messages, edits and reactions that were deleted before they came: their words are not stored at all. */
  readonly deleted: ReadonlySet<string>;
}

/** How `messages` is keyed. */
export const nameIn = (roomId: string, name: string): string => `${roomId} ${name}`;

/**
 * How many of the events can be decided about with what is loaded once: those up to one that is about what another
 * of them changes, or that changes more than its own message. At least one.
 */
export function countTogether(events: readonly VerifiedEvent[]): number {
  const ids = new Set<string>();
  const messages = new Set<string>();
  const targets = new Set<string>();
  for (const [at, { envelope, meaning }] of events.entries()) {
    const names = namesOf(envelope, meaning);
    const target = targetOf(meaning);
    const isTouched =
      ids.has(envelope.event_id) ||
      names.some((name) => messages.has(name) || targets.has(name)) ||
      (target !== null && messages.has(target));
    if (isTouched) return at;
    if (!isAlone(meaning)) return at + 1;
    ids.add(envelope.event_id);
    for (const name of names) messages.add(name);
    if (target !== null) targets.add(target);
  }
  return events.length;
}

/** What it changes is a message, its own or the one it is about, and no more. */
const isAlone = ({ kind }: Meaning): boolean => !['delete', 'membership', 'invite', 'room'].includes(kind);

/** The names that a message goes by; none for any other event. */
export const namesOf = (event: UnsignedEvent, meaning: Meaning): string[] =>
  meaning.kind === 'message' ? [event.event_id, messageKey(event.origin_server, meaning.messageId)] : [];

export const isSpokenOf = (names: ReadonlySet<string>, event: UnsignedEvent, meaning: Meaning): boolean =>
  namesOf(event, meaning).some((name) => names.has(name));

const targetOf = (meaning: Meaning): string | null => ('target' in meaning ? meaning.target : null);

/** Reads what deciding about these events needs; everything it answers is as of now. */
export function load(
  {
    store,
    registry,
  }: { readonly store: Tables<'events' | 'erasures' | 'messages' | 'held'>; readonly registry: RoomRegistry },
  events: readonly VerifiedEvent[],
): Loaded {
  const ids = events.map(({ envelope }) => envelope.event_id);
  const targets = events.flatMap(({ meaning }) => targetOf(meaning) ?? []);
  const messages = new Map<string, NamedRow[]>();
  for (const row of targets.length === 0 ? [] : store.messages.named(targets)) {
    const key = nameIn(row.room_id, row.name);
    messages.set(key, [...(messages.get(key) ?? []), row]);
  }
  const names = [
    ...events.flatMap(({ envelope, meaning }) => namesOf(envelope, meaning)),
    ...targets,
    ...[...messages.values()].flat().flatMap((row) => [row.event_id, row.message_key]),
  ];
  const spokenOf = new Set(names.length === 0 ? [] : store.events.spokenOf(names));
  const asked = events.flatMap((event) => {
    const home = registry.get(event.envelope.room_id)?.row.home;
    return home === undefined
      ? []
      : deletesOf(event, home, messages).filter(({ name }) => spokenOf.has(name));
  });
  const answered = asked.length === 0 ? new Set<number>() : store.erasures.deletedAmong(asked);
  return {
    stored: new Map(store.events.byIds(ids).map((row) => [row.event_id, row])),
    discarded: new Set(store.held.discardedAmong(ids)),
    messages,
    spokenOf,
    deleted: new Set(asked.filter((_, at) => answered.has(at)).map(({ eventId }) => eventId)),
  };
}

/** The deletes that take an event's words away before they are stored. */
function deletesOf(
  { envelope, meaning }: VerifiedEvent,
  home: string,
  messages: Loaded['messages'],
): (DeletedQuestion & { readonly eventId: string })[] {
  const { event_id: eventId, room_id: roomId, sender } = envelope;
  const ask = (name: string, sender: string | null) => ({ eventId, name, roomId, sender, home });
  if (meaning.kind === 'message') return namesOf(envelope, meaning).map((name) => ask(name, sender));
  if (meaning.kind !== 'edit' && meaning.kind !== 'reaction') return [];
  const meant = messages.get(nameIn(roomId, meaning.target)) ?? [];
  return [
    ask(meaning.target, meaning.kind === 'edit' ? sender : null),
    ...meant.flatMap((row) => [ask(row.event_id, row.sender), ask(row.message_key, row.sender)]),
  ];
}
