import { unformatted } from '../../shared/api/formatting/unformatted.ts';
import type { SearchHit } from '../../shared/api/views/room-views.ts';
import { plainText } from '../../shared/protocol/coding/plain-text.ts';
import { withNames } from '../../shared/protocol/events/body.ts';
import { foundIn, searchedMax, searchForm, searchNeedles } from '../../shared/unicode/search-form.ts';
import { visible } from '../../shared/unicode/visible.ts';
import type { Sayable } from '../../shared/words/in-words.ts';
import type { Indexing } from '../events/indexing.ts';
import { readStored } from '../events/projection/stored.ts';
import type { Pause } from '../kernel/timers.ts';
import type { Actors } from '../rooms/actors.ts';
import { currentWords, mentionNames } from '../rooms/message-words.ts';
import type { Tables } from '../store/ports.ts';
import { periodOf, placeAt, placeOfPeriod, type Sought, searchedText } from '../store/rules/search-table.ts';
import type { TimelineRow } from '../store/tables/rooms/message-store.ts';
import type { Candidate } from '../store/tables/rooms/search-store.ts';
import { decodeCursor, encodeCursor, isNumber, limitOf, type SaidApi } from './answer.ts';
import { answeredView, filesOf, type MessageDeps } from './messages.ts';
import { calledIn, memberWarnings, nameWarning } from './people-names.ts';

export interface SearchDeps extends Omit<MessageDeps, 'actors' | 'store'> {
  readonly actors: Pick<Actors, 'local' | 'memberRoom'>;
  readonly store: Tables<
    | 'attempts'
    | 'consents'
    | 'events'
    | 'messages'
    | 'reads'
    | 'receipts'
    | 'remoteUsers'
    | 'rooms'
    | 'search'
    | 'users'
  >;
  readonly indexing: Pick<Indexing, 'catchUp'>;
  readonly pause: Pause;
}

/** Candidates that are read at once, and those of one call. The cursor says where to go on. */
const [togetherMax, lookedAtMax] = [200, 1_000];
/** At most so many characters of events are read without a pause. */
const charactersTogether = 262_144;
/** A search that finds little goes back this far in one call. Each pause takes a millisecond, so not after each period. */
const [periodsTogether, periodsMax] = [8, 40];
/** A message takes its place from a clock that may differ from the one of its time. */
const clocksDifferMs = 86_400_000;
/** At most so many people have their name compared with `from`, and so many of them without a pause. */
const [peopleMax, peopleTogether] = [5_000, 250];
const excerptMax = 240;
const beforeMatch = 60;
const window = 400;

/** The conditions of a search, with those that the index can't decide. */
interface Wanted extends Sought {
  readonly isRoom: (id: string) => boolean;
  readonly isSender: (id: string) => boolean;
  readonly before: number;
  readonly after: number;
}

export function searchApi(deps: SearchDeps) {
  const { actors, indexing } = deps;
  return {
    async search(input) {
      const user = actors.local(input.as);
      if (input.room_id !== undefined) actors.memberRoom(input.room_id, user);
      const complete = await indexing.catchUp();
      const wanted = await wantedOf(deps, user, input);
      const from = decodeCursor(input.cursor, isNumber) ?? Number.MAX_SAFE_INTEGER;
      const { rows, next } =
        wanted === null ? { rows: [], next: null } : await find(deps, wanted, from, limitOf(input));
      const view = hitViews(deps, wanted?.needles ?? []);
      return { items: rows.map(view), next: next === null ? null : encodeCursor(next), complete };
    },
  } satisfies Partial<SaidApi>;
}

/** Reads what is looked for: only in what the user may read now. Null if nothing can match. */
async function wantedOf(
  deps: SearchDeps,
  user: string,
  input: Parameters<SaidApi['search']>[0],
): Promise<Wanted | null> {
  const { store } = deps;
  const rooms = (input.room_id === undefined ? store.rooms.withMember(user) : [input.room_id]).filter(
    (roomId) => store.consents.waiting(user, roomId) === null,
  );
  const needles = searchNeedles(input.words ?? '');
  const senders = input.from === undefined ? [] : await sendersOf(deps, rooms, input.from);
  const isNothing = needles.length === 0 && (input.words ?? '').trim() !== '';
  if (rooms.length === 0 || isNothing || (input.from !== undefined && senders.length === 0)) return null;
  const [roomIds, senderIds] = [new Set(rooms), new Set(senders)];
  return {
    needles,
    rooms,
    senders,
    hasFile: input.has_file === true,
    isRoom: (id) => roomIds.has(id),
    isSender: (id) => input.from === undefined || senderIds.has(id),
    before: input.before ?? Number.MAX_SAFE_INTEGER,
    after: input.after ?? Number.NEGATIVE_INFINITY,
  };
}

/** Finds the people in these rooms whose user ID or name this is, or whose name begins like that. */
async function sendersOf(
  { store, pause }: SearchDeps,
  rooms: readonly string[],
  from: string,
): Promise<readonly string[]> {
  if (from.startsWith('@') && from.includes(':')) return [from];
  const name = searchForm(from).trimEnd();
  const found: string[] = [];
  for (const [nr, id] of store.rooms.peopleIn(rooms, peopleMax).entries()) {
    if (nr > 0 && nr % peopleTogether === 0) await pause();
    if (`${searchForm(id)}${searchForm(calledIn(store, id, null))}`.includes(name)) found.push(id);
  }
  return found;
}

/** Finds a page of messages, the newest first. `next`: where to go on; null at the end. */
async function find(
  { store, pause }: SearchDeps,
  wanted: Wanted,
  from: number,
  limit: number,
): Promise<{ readonly rows: readonly TimelineRow[]; readonly next: number | null }> {
  const rows: TimelineRow[] = [];
  let before = Math.min(
    from,
    wanted.before === Number.MAX_SAFE_INTEGER ? from : placeAt(wanted.before + clocksDifferMs),
  );
  const end = Math.max(0, placeAt(wanted.after - clocksDifferMs));
  for (let looked = 0, periods = 0, characters = 0; before > end; ) {
    const period = store.search.periodBefore(periodOf(before - 1)) ?? null;
    if (period === null) return { rows, next: null };
    const begin = placeOfPeriod(period);
    const found: Candidate[] = store.search.candidates(wanted, { period, from: begin, before }, togetherMax);
    for (const { at, seq } of found) {
      const row = store.messages.shown(seq);
      if (row && isMeant(row, wanted)) rows.push(row);
      before = at;
      if (rows.length === limit) return { rows, next: at };
      characters += (row?.event_body.length ?? 0) + (row?.text_body?.length ?? 0);
      if (characters < charactersTogether) continue;
      characters = 0;
      await pause();
    }
    looked += found.length;
    if (found.length < togetherMax) {
      before = Math.min(before, begin);
      periods++;
    }
    if (looked >= lookedAtMax || periods >= periodsMax) return { rows, next: before };
    if (found.length === togetherMax || periods % periodsTogether === 0) await pause();
  }
  return { rows, next: null };
}

/** The index may name too much, and what it names may have changed since. */
function isMeant(row: TimelineRow, wanted: Wanted): boolean {
  if (row.deleted === 1 || !wanted.isRoom(row.room_id) || !wanted.isSender(row.sender)) return false;
  if (row.origin_ts >= wanted.before || row.origin_ts < wanted.after) return false;
  if (!wanted.hasFile && wanted.needles.length === 0) return true;
  const stored = readStored({ body: row.event_body });
  const files = filesOf(row, stored).map(({ name }) => name);
  if (wanted.hasFile && files.length === 0) return false;
  const form = searchForm(searchedText(currentWords(row, stored), files));
  return wanted.needles.every((needle) => form.includes(needle));
}

function hitViews(deps: SearchDeps, needles: readonly string[]): (row: TimelineRow) => Sayable<SearchHit> {
  const { store } = deps;
  const warnings = new Map<string, ReturnType<typeof memberWarnings>>();
  const warningsIn = (roomId: string) => {
    const known = warnings.get(roomId) ?? memberWarnings(store, roomId);
    warnings.set(roomId, known);
    return known;
  };
  const nameOf = (row: TimelineRow) => plainText(calledIn(store, row.sender, row.room_id), 100);
  const line = (row: TimelineRow | undefined) =>
    row === undefined ? null : { ...answeredView(deps, row), sender_name: nameOf(row) };
  return (row) => {
    const stored = readStored({ body: row.event_body });
    const words = currentWords(row, stored);
    const { before, after } = store.messages.beside(row);
    return {
      event_id: row.event_id,
      room_id: row.room_id,
      room_name: visible(store.rooms.room(row.room_id)?.name ?? ''),
      channel_id: row.channel_id,
      ...nameWarning(warningsIn(row.room_id)(row.sender)),
      ...answeredView(deps, row),
      sender_name: nameOf(row),
      text:
        words === null
          ? null
          : visible(
              excerpt(withNames(words.slice(0, searchedMax), mentionNames(store, row, stored)), needles),
            ),
      origin_ts: row.origin_ts,
      before: line(before),
      after: line(after),
    };
  };
}

/** The part of a text around the first match, without the marks that format it. */
function excerpt(words: string, needles: readonly string[]): string {
  const from = Math.max(0, firstMatch(words, needles) - beforeMatch);
  const begin = from === 0 ? 0 : words.indexOf(' ', from) + 1 || from;
  const end = begin + 2 * window;
  const chars = [...unformatted(words.slice(begin, end))];
  const goesOn = chars.length > excerptMax || end < words.length;
  return `${begin > 0 ? '…' : ''}${chars.slice(0, excerptMax).join('')}${goesOn ? '…' : ''}`;
}

/** Looks at a window after the other, because saying where exactly something is costs far more than whether it is there. */
function firstMatch(words: string, needles: readonly string[]): number {
  for (let at = 0; at < Math.min(words.length, searchedMax); at += window / 2) {
    const part = words.slice(at, at + window);
    const form = searchForm(part);
    if (!needles.some((needle) => form.includes(needle))) continue;
    return at + (foundIn(part, needles)[0]?.[0] ?? 0);
  }
  return 0;
}
