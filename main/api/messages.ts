import type { AnsweredView, EventView, FileView, TimelineItem } from '../../shared/api/views/room-views.ts';
import { type FileNote, signedText } from '../../shared/protocol/events/attachments.ts';
import { parseEnvelope } from '../../shared/protocol/events/envelope.ts';
import { mayQuote } from '../../shared/protocol/events/event-content.ts';
import type { Position } from '../../shared/protocol/room-state.ts';
import { inWords, type Sayable } from '../../shared/words/in-words.ts';
import { refusal } from '../../shared/words/refusal.ts';
import { said } from '../../shared/words/said.ts';
import type { Verifier } from '../crypto/verifier.ts';
import { goneIfErased } from '../events/projection/gone.ts';
import type { RoomRegistry } from '../events/projection/room-registry.ts';
import { deciderIn, isJsonText, readStored, type Stored } from '../events/projection/stored.ts';
import type { Keyring } from '../identity/keyring.ts';
import type { Scrub } from '../recovery/scrub.ts';
import type { Actors } from '../rooms/actors.ts';
import type { Files } from '../rooms/files/files.ts';
import { currentWords, mentionNames, mentionsIn, textBegin } from '../rooms/message-words.ts';
import type { By, Messages } from '../rooms/messages.ts';
import type { Tables } from '../store/ports.ts';
import { type EventRow, eventState } from '../store/tables/rooms/event-store.ts';
import { type MessageStore, messageIdOf, type TimelineRow } from '../store/tables/rooms/message-store.ts';
import { pinnedIn } from '../store/tables/rooms/room-store.ts';
import type { PeerDirectory } from '../trust/peer-directory.ts';
import { decodeCursor, limitOf, pageFrom, type SaidApi } from './answer.ts';
import { attemptView, type DeliveryViewDeps, deliverySummaries } from './delivery-view.ts';
import { memberWarnings, nameWarning } from './people-names.ts';

export interface MessageDeps extends DeliveryViewDeps {
  readonly messages: Messages;
  readonly files: Pick<Files, 'isHere' | 'canRead'>;
  readonly actors: Pick<Actors, 'room' | 'local'>;
  readonly store: Tables<
    'attempts' | 'events' | 'messages' | 'reads' | 'receipts' | 'remoteUsers' | 'rooms' | 'users'
  >;
  readonly registry: Pick<RoomRegistry, 'closedTo' | 'get' | 'mayAct'>;
  readonly keyring: Pick<Keyring, 'serverName'>;
  readonly scrub: Pick<Scrub, 'suspect'>;
  readonly verifier: Pick<Verifier, 'verify'>;
  readonly directory: Pick<PeerDirectory, 'answers' | 'isOneWay' | 'key'>;
}

export function messageApi(deps: MessageDeps) {
  const { messages, actors, store } = deps;
  return {
    async timeline(input) {
      actors.room(input.room_id);
      const limit = limitOf(input);
      const before = decodeCursor(input.cursor, isPosition);
      const rows = store.messages.page(input.room_id, input.channel_id ?? null, before, limit + 1);
      const user = actors.local(input.as);
      const mentioning = store.reads.mentioning(user, input.room_id, rows);
      const isMentioned = (row: TimelineRow) => mentioning.has(row.seq) && row.sender !== user;
      const view = timelineViews(deps, input.room_id, rows, isMentioned);
      return pageFrom(rows, limit, view, (row): Position => ({ depth: row.depth, eventId: row.event_id }));
    },
    async pinnedMessages(input) {
      const pinned = pinnedIn(actors.room(input.room_id).row);
      const found = store.messages.answered(input.room_id, pinned).filter(({ deleted }) => deleted === 0);
      const rows = pinned.flatMap((id) => found.find(({ event_id }) => event_id === id) ?? []);
      return { items: rows.map(timelineViews(deps, input.room_id, rows, () => false)), next: null };
    },
    postMessage: (input) =>
      messages.post(input.room_id, {
        body: input.body ?? '',
        channelId: input.channel_id,
        uploads: input.uploads,
        replyTo: input.reply_to,
        forwards: input.forwards,
        ...by(input),
      }),
    editMessage: (input) => messages.edit(input.room_id, input.event_id, input.body, by(input)),
    deleteMessage: (input) => messages.delete(input.room_id, input.event_id, by(input)),
    react: (input) =>
      messages.react(input.room_id, input.event_id, { emoji: input.emoji, add: true, ...by(input) }),
    unreact: (input) =>
      messages.react(input.room_id, input.event_id, { emoji: input.emoji, add: false, ...by(input) }),
    async event(input) {
      const row = store.events.byId(input.event_id);
      if (!row) throw refusal('NOT_FOUND', said('event.unknown', { event: input.event_id }));
      const erased = goneIfErased(row);
      if (erased) throw erased;
      return eventView(deps, row);
    },
  } satisfies Partial<SaidApi>;
}

/** A message that an event is about, for each who sees it. */
export type MessageNow = (userId: string) => TimelineItem;

/** The message that an event is, changes or is delivered for, as it stands now; null if it shows none. */
export function messageNow(deps: MessageDeps, eventId: string): MessageNow | null {
  const { store, keyring, words } = deps;
  const event = store.events.byId(eventId);
  if (!event) return null;
  const { room_id, target } = event;
  const message = store.messages.named([target ?? eventId]).find((each) => each.room_id === room_id);
  const row = message && store.messages.shown(message.seq);
  if (!row) return null;
  const mentioned = new Set(store.reads.mentioned(keyring.serverName, row));
  mentioned.delete(row.sender);
  const others = inWords<TimelineItem>(words, timelineViews(deps, room_id, [row], () => false)(row));
  const theirs = { ...others, mentions_me: true };
  return (user) => (mentioned.has(user) ? theirs : others);
}

/**
 * The room's home, if it accepts our events but shows them to nobody
 * (docs/protocol/existing-server.md, "Rooms of its own").
 */
function homeThatShowsNothing({ registry, directory }: MessageDeps, roomId: string): string | null {
  const home = registry.get(roomId)?.row.home;
  return home !== undefined && directory.isOneWay(home) ? home : null;
}

const by = (input: { as?: string | undefined; client_key?: string | undefined }): By => ({
  as: input.as,
  clientKey: input.client_key,
});

function isPosition(value: unknown): value is Position {
  const cursor = value as Position | null;
  return (
    typeof cursor === 'object' && Number.isSafeInteger(cursor?.depth) && typeof cursor?.eventId === 'string'
  );
}

function timelineViews(
  deps: MessageDeps,
  roomId: string,
  rows: readonly TimelineRow[],
  mentionsMe: (row: TimelineRow) => boolean,
): (row: TimelineRow) => Sayable<TimelineItem> {
  const { store } = deps;
  const seqs = rows.map((row) => row.seq);
  const stored = new Map(rows.map((row) => [row.seq, readStored({ body: row.event_body })]));
  const storedOf = (row: TimelineRow): Stored => stored.get(row.seq)!;
  const answeredBy = (row: TimelineRow): string | null => {
    const { meaning } = storedOf(row);
    return row.deleted === 0 && meaning.kind === 'message' ? meaning.replyTo : null;
  };
  const answered = new Map(
    store.messages
      .answered(roomId, [...new Set(rows.flatMap((row) => answeredBy(row) ?? []))])
      .map((row) => [row.event_id, row]),
  );
  const home = store.rooms.room(roomId)?.home ?? '';
  const delivery = deliverySummaries(deps, seqs, homeThatShowsNothing(deps, roomId));
  const misleading = memberWarnings(store, roomId);
  const reactions = new Map<number, Map<string, string[]>>();
  for (const row of store.messages.reactions(seqs)) {
    const byEmoji = reactions.get(row.message_seq) ?? new Map<string, string[]>();
    byEmoji.set(row.emoji, [...(byEmoji.get(row.emoji) ?? []), row.user_id]);
    reactions.set(row.message_seq, byEmoji);
  }
  // All of a page may answer the same long message.
  const quotes = new Map<string, Sayable<AnsweredView>>();
  const quoteOf = (found: TimelineRow): Sayable<AnsweredView> => {
    const quote = quotes.get(found.event_id) ?? {
      ...answeredView(deps, found),
      ...nameWarning(misleading(found.sender)),
    };
    quotes.set(found.event_id, quote);
    return quote;
  };
  const answerView = (row: TimelineRow): Sayable<TimelineItem['reply_to']> => {
    const event_id = answeredBy(row);
    if (event_id === null) return null;
    const found = answered.get(event_id);
    return { event_id, message: found && mayQuote(row, found) ? quoteOf(found) : null };
  };
  return (row) => ({
    event_id: row.event_id,
    channel_id: row.channel_id,
    message_id: messageIdOf(row),
    sender: row.sender,
    ...nameWarning(misleading(row.sender)),
    origin_server: row.origin_server,
    origin_ts: row.origin_ts,
    depth: row.depth,
    arrival: row.seq,
    mentions_me: mentionsMe(row),
    body: wordsIn(deps, row, storedOf(row)),
    edited_at: row.edited_at,
    deleted: row.deleted === 1,
    unverified: row.deleted === 0 && storedOf(row).erased === 'unverified',
    deleted_by: row.deleted === 1 ? deletedBy(store.messages.deletionOf(row, home), home) : null,
    files: filesOf(row, storedOf(row)).map((file) => fileView(deps, roomId, file)),
    files_signed: row.files_unsigned === 0,
    mentions: mentionsIn(deps.store, row, storedOf(row)),
    reply_to: answerView(row),
    forwarded: isForwarded(row, storedOf(row)),
    reactions: [...(reactions.get(row.seq) ?? [])].map(([emoji, users]) => ({ emoji, users })),
    delivery: delivery(row.seq),
  });
}

/** A home also deletes for moderators on other servers, and names them. */
const deletedBy = (deletion: ReturnType<MessageStore['deletionOf']>, home: string): string | null =>
  deletion?.origin_server === home ? deciderIn(deletion.body) : (deletion?.sender ?? null);

const isForwarded = ({ deleted }: TimelineRow, { meaning }: Stored): boolean =>
  deleted === 0 && meaning.kind === 'message' && meaning.forwarded;

export const filesOf = ({ deleted }: TimelineRow, { meaning }: Stored): readonly FileNote[] =>
  deleted === 0 && meaning.kind === 'message' ? meaning.files : [];

export function answeredView(
  deps: Pick<MessageDeps, 'store'>,
  row: TimelineRow,
): Omit<AnsweredView, 'name_warning'> {
  const stored = readStored({ body: row.event_body });
  const words = currentWords(row, stored);
  return {
    sender: row.sender,
    text: words === null ? null : textBegin(words, mentionNames(deps.store, row, stored)),
    deleted: row.deleted === 1,
    unverified: row.deleted === 0 && stored.erased === 'unverified',
    files: filesOf(row, stored).map(({ name, type }) => ({ name, content_type: type })),
  };
}

function fileView({ files }: MessageDeps, roomId: string, file: FileNote): FileView {
  const { name, size, type, width, height, thumbhash } = file;
  const isFetched = files.canRead(file);
  const place = isFetched ? (files.isHere(file, roomId) ? 'here' : 'away') : 'named';
  return { name, size, content_type: type, width, height, thumbhash, place };
}

/** A text that can't be read is fetched again. */
function wordsIn(
  { store, scrub }: Pick<MessageDeps, 'store' | 'scrub'>,
  row: TimelineRow,
  stored: Stored,
): string | null {
  const words = currentWords(row, stored);
  if (words !== null || row.text_body === null || row.text_seq === null) return words;
  if (!isJsonText(row.text_body)) scrub.suspect(store.events.bySeq(row.text_seq)?.event_id ?? row.event_id);
  return null;
}

async function eventView(deps: MessageDeps, row: EventRow): Promise<Sayable<EventView>> {
  const { store } = deps;
  return {
    envelope: row.body,
    event_id: row.event_id,
    room_id: row.room_id,
    event_type: row.event_type,
    origin_server: row.origin_server,
    received_from: row.received_from,
    received_at: row.received_at,
    signature: await signatureOf(deps, row),
    effect: effectOf(deps, row),
    attempts: store.attempts.of(row.seq).map(attemptView),
    delivery: deliverySummaries(deps, [row.seq], homeThatShowsNothing(deps, row.room_id))(row.seq),
  };
}

/**
 * Whether the origin's own key verifies the event now, even if it was stored when its room's home vouched for a key: the
 * origin may have become a peer since.
 */
async function signatureOf(
  { directory, keyring, verifier }: MessageDeps,
  row: EventRow,
): Promise<EventView['signature']> {
  const { key_id, origin_server: origin, received_from: from } = row;
  const covers_files = row.files_unsigned === 0;
  const verified = { key_id, state: 'verified', vouched_by: null, covers_files } as const;
  if (from === null || from === origin || origin === keyring.serverName) return verified;
  const key = directory.key(origin, key_id)?.public_key;
  const envelope = readStored(row).isDamaged ? null : parseEnvelope(row.body);
  const signature = envelope?.signatures.get(key_id);
  if (key !== undefined && envelope !== null && signature !== undefined)
    if (await verifier.verify(signedText(envelope, !covers_files), signature, key)) return verified;
  return { key_id, state: 'vouched', vouched_by: from, covers_files };
}

function effectOf(
  { store, registry }: Pick<MessageDeps, 'store' | 'registry'>,
  row: EventRow,
): EventView['effect'] {
  if (row.state === eventState.ahead) return 'ahead_of_clock';
  const room = registry.get(row.room_id);
  const closed = room !== undefined && registry.mayAct(room, row) ? registry.closedTo(room, row) : null;
  if (row.state === eventState.pending) return closed ?? 'waiting_for_member';
  if (readStored(row).meaning.kind === 'other') return 'ignored';
  const isShown = (roomId: string, target: string) =>
    store.messages.named([target]).some((message) => message.room_id === roomId && message.shown === 1);
  if (row.target !== null && !isShown(row.room_id, row.target)) return 'waiting_for_message';
  return 'applied';
}
