import { hash } from 'node:crypto';
import { parseEnvelope } from '../../../shared/protocol/events/envelope.ts';
import { meaningOf } from '../../../shared/protocol/events/event-content.ts';
import { meaningOfRedacted } from '../../../shared/protocol/events/redaction.ts';
import { searchForm } from '../../../shared/unicode/search-form.ts';
import type { Db } from '../database.ts';
import { isErased, readErased } from '../erased-body.ts';
import { Queries } from '../queries.ts';
import { emptySearch } from '../search-tables.ts';
import { withKeySql } from '../tables/rooms/message-store.ts';

/** Counts the rules by which words are made. An index that was made by others is made again. */
const rules = 1;

/** A row's place holds the second of its message and, for messages of one second, the order of their arrival. */
const perSecond = 2 ** 21;
const msPerSecond = 1024;
/** A period has 25 days. */
const perPeriod = perSecond * 2 ** 21;
/** A part has at most so many messages, because SQLite reads the part's whole list of a word to erase one of them. */
const perRun = 2 ** 13;
const secondsMax = 2 ** 31 - 1;
/** Messages of the same second and number, modulo `perSecond`, share these places. More of them can't be found. */
const neighbors = 8;

/** The place of the first message at a time, unix ms. */
export const placeAt = (ms: number): number =>
  Math.min(Math.max(Math.floor(ms / msPerSecond), 0), secondsMax) * perSecond;
export const periodOf = (at: number): number => Math.floor(at / perPeriod);
export const placeOfPeriod = (period: number): number => period * perPeriod;

/** A part of the index. */
export interface Part {
  readonly period: number;
  readonly run: number;
}

const prefixOf = ({ period, run }: Part): string => `${period.toString(36)}_${run.toString(36)}_`;

/** The pieces of three characters in a search form. */
function piecesOf(form: string): string[] {
  const chars = [...form.replaceAll(' ', '_')];
  return chars.slice(2).map((_, at) => chars.slice(at, at + 3).join(''));
}

/**
 * Every second of them, and the last one. Without pieces between two words that were typed as one, a search read up to
 * a thousand messages that have both words; with all pieces, it would read twice as many lists.
 */
function coverOf(needle: string): string[] {
  const pieces = piecesOf(needle);
  return pieces.filter((_, at) => at % 2 === 0 || at === pieces.length - 1);
}

/** A transaction ends after so many bytes of events: one of a mebibyte takes as long as hundreds of others. */
const bytesTogetherMax = 131_072;

/** Pages that are written to join lists in one transaction. */
const pagesTogether = 16;

/** Makes a term for a room or a sender. It is longer than a piece, so it is never taken for one. */
const mark = (kind: 'r' | 's', id: string): string => kind + hash('sha256', id).slice(0, 10);
const fileMark = 'file';

/** The conditions of a search. Rooms and senders only narrow down, because their marks are short. */
export interface Sought {
  readonly needles: readonly string[];
  readonly rooms: readonly string[];
  /** Empty for anybody. */
  readonly senders: readonly string[];
  readonly hasFile: boolean;
}

/** Terms beyond these narrow down little and cost much. */
const piecesMax = 16;
const idsMax = 24;

/** An FTS5 query for these parts; null if nothing in it narrows anything down. Each term is quoted. */
export function matchOf({ needles, rooms, senders, hasFile }: Sought, parts: readonly Part[]): string | null {
  const anyOf = (kind: 'r' | 's', ids: readonly string[]) =>
    ids.length === 0 || ids.length > idsMax ? [] : [ids.map((id) => mark(kind, id))];
  const all = [
    ...[...new Set(needles.flatMap(coverOf))].slice(0, piecesMax).map((piece) => [piece]),
    ...anyOf('r', rooms),
    ...anyOf('s', senders),
    ...(hasFile ? [[fileMark]] : []),
  ];
  if (all.length === 0) return null;
  const inPart = (part: Part): string =>
    `(${all.map((any) => `(${any.map((term) => `"${prefixOf(part)}${term}"`).join(' OR ')})`).join(' AND ')})`;
  return parts.map(inPart).join(' OR ');
}

interface Event {
  readonly depth: number;
  readonly room_id: string;
  readonly sender: string;
  readonly body: string;
}
interface Entry {
  readonly at: number;
  readonly text_seq: number | null;
}
interface NewEntry {
  readonly at: number;
  readonly seq: number;
  readonly textSeq: number | null;
  readonly words: string;
}
interface Next {
  readonly seq: number;
  readonly text_seq: number | null;
  readonly stands: 0 | 1;
  readonly bytes: number;
}
interface Said {
  readonly body: string | null;
  readonly files: readonly string[];
}

/** Returns the words of an event as they are now; null if it can't be read. */
function saidIn(body: string): Said | null {
  try {
    const gone = isErased({ body });
    const meaning = gone ? meaningOfRedacted(readErased({ body }).left) : meaningOf(parseEnvelope(body));
    return {
      body: !gone && (meaning.kind === 'message' || meaning.kind === 'edit') ? meaning.body : null,
      files: meaning.kind === 'message' ? meaning.files.map(({ name }) => name) : [],
    };
  } catch {
    return null;
  }
}

/** The text by which a message is found: what it says, and the names of its files. */
export const searchedText = (words: string | null, files: readonly string[]): string =>
  [words ?? '', ...files].join('\n');

/**
 * The index of words. It has the messages in force up to a number of arrival; those after it are added by a chore
 * (main/events/indexing.ts). Everything that changes one of the former changes the index in the same transaction.
 *
 * An entry can only be removed by somebody who knows its words, so that is done while its texts can still be read.
 */
export class SearchTable extends Queries {
  readonly #top = this.row<[], { seq: number; text_seq: number }>(
    'SELECT seq, text_seq FROM search_rows WHERE at = -1',
  );
  readonly #setTop = this.run<[number]>(
    `INSERT OR REPLACE INTO search_rows (at, seq, text_seq) VALUES (-1, ?, ${rules})`,
  );
  readonly #erasing = this.run<[]>(
    "INSERT INTO search_index (search_index, rank) VALUES ('secure-delete', 1)",
  );
  readonly #joining = this.run<[]>("INSERT INTO search_index (search_index, rank) VALUES ('usermerge', 2)");
  readonly #join = this.run<[]>(
    `INSERT INTO search_index (search_index, rank) VALUES ('merge', ${pagesTogether})`,
  );
  readonly #changes = this.number<[]>('SELECT total_changes()');
  readonly #near = this.rows<[number, number], Entry & { seq: number }>(
    `SELECT at, seq, text_seq FROM search_rows WHERE at BETWEEN ? AND ? + ${neighbors - 1}`,
  );
  readonly #event = this.row<[number], Event>(
    'SELECT depth, room_id, sender, body FROM federation_events WHERE seq = ?',
  );
  readonly #stands = this.row<[number], { text_seq: number | null }>(
    'SELECT text_seq FROM messages WHERE seq = ? AND shown = 1 AND deleted = 0',
  );
  readonly #next = this.rows<[number, number], Next>(`
    SELECT m.seq, m.text_seq, m.shown = 1 AND m.deleted = 0 AS stands,
      coalesce(octet_length(e.body), 0) + coalesce(octet_length(t.body), 0) AS bytes
    FROM messages m LEFT JOIN federation_events e ON e.seq = m.seq
    LEFT JOIN federation_events t ON t.seq = m.text_seq AND t.seq <> m.seq
    WHERE m.seq > ? ORDER BY m.seq LIMIT ?`);
  readonly #about = this.values<[number], number>(`
    SELECT m.seq FROM federation_events e CROSS JOIN messages m ON m.room_id = e.room_id AND m.seq IN (
      SELECT seq FROM federation_events WHERE event_id = e.target
      UNION ALL SELECT n.seq FROM messages n WHERE ${withKeySql('n', 'e.target')})
    WHERE e.seq = ? AND e.event_type = 'm.message.edit'`);
  readonly #insert = this.run<[number, string]>('INSERT INTO search_index (rowid, words) VALUES (?, ?)');
  readonly #delete = this.run<[number, string]>(
    "INSERT INTO search_index (search_index, rowid, words) VALUES ('delete', ?, ?)",
  );
  readonly #addRow = this.run<[number, number, number | null]>(
    'INSERT INTO search_rows (at, seq, text_seq) VALUES (?, ?, ?)',
  );
  readonly #removeRow = this.run<[number]>('DELETE FROM search_rows WHERE at = ?');
  readonly #addPart = this.run<[number, number]>(
    'INSERT OR IGNORE INTO search_parts (period, run) VALUES (?, ?)',
  );
  /** The number up to which messages were read; undefined if that is not known in memory. */
  #upTo: number | undefined;
  /** Messages that a change is under way for. Its own changes on the way don't count. */
  readonly #changing = new Set<number>();

  constructor(db: Db) {
    super(db);
  }

  /** After a rollback. */
  forget(): void {
    this.#upTo = undefined;
    this.#changing.clear();
  }

  /** Reads the next messages, fewer if they are large. False once none is left. */
  addNext(limit: number): boolean {
    if (this.#top()?.text_seq !== rules) this.reset();
    const next = this.#next(this.#readTo(), limit);
    let bytes = 0;
    const rows = next.filter((row) => {
      const fits = bytes < bytesTogetherMax;
      bytes += row.bytes;
      return fits;
    });
    const last = rows.at(-1);
    if (last === undefined) return false;
    this.#setTop(last.seq);
    this.#upTo = last.seq;
    // FTS5 writes rows that ascend in one go.
    const added = rows.flatMap(({ seq, text_seq, stands }) =>
      stands === 1 ? (this.#newEntry(seq, text_seq) ?? []) : [],
    );
    for (const entry of added.sort((a, b) => a.at - b.at)) this.#put(entry);
    return rows.length < next.length || next.length === limit;
  }

  /** Joins some of the lists that FTS5 began: a search looks for each piece in all of them. False once none is left. */
  join(): boolean {
    const before = this.#changes();
    this.#join();
    return this.#changes() - before > 1;
  }

  /** Whether no message waits to be read. */
  isComplete(): boolean {
    return this.#top()?.text_seq === rules && this.#next(this.#readTo(), 1).length === 0;
  }

  reset(): void {
    emptySearch(this.db);
    this.#erasing();
    this.#joining();
    this.#setTop(0);
    this.#upTo = 0;
  }

  /** Runs what may change whether a message is in force, and which event has its text. */
  change(seq: number, work: () => void): void {
    if (seq > this.#readTo() || this.#changing.has(seq)) {
      work();
      return;
    }
    const before = this.#entryOf(seq);
    this.#changing.add(seq);
    work();
    this.#changing.delete(seq);
    const after = this.#stands(seq);
    if (before && after && before.text_seq === after.text_seq) return;
    if (before) this.#remove(seq, before);
    if (after) this.#add(seq, after.text_seq);
  }

  /** Runs what changes the text of an event that is stored. */
  changeText(eventSeq: number, work: () => void): void {
    const shown = [eventSeq, ...this.#about(eventSeq)].flatMap((seq) => {
      const entry = seq <= this.#readTo() ? this.#entryOf(seq) : undefined;
      return entry && (seq === eventSeq || entry.text_seq === eventSeq) ? [{ seq, entry }] : [];
    });
    for (const { seq, entry } of shown) this.#remove(seq, entry);
    work();
    for (const { seq } of shown) {
      const after = this.#stands(seq);
      if (after) this.#add(seq, after.text_seq);
    }
  }

  /** Before the events of messages are removed. */
  remove(seqs: readonly number[]): void {
    for (const seq of seqs) {
      const entry = this.#entryOf(seq);
      if (entry) this.#remove(seq, entry);
    }
  }

  #readTo(): number {
    this.#upTo ??= this.#top()?.seq ?? 0;
    return this.#upTo;
  }

  #entryOf(seq: number): Entry | undefined {
    const base = this.#baseOf(seq);
    return base === null ? undefined : this.#near(base, base).find((row) => row.seq === seq);
  }

  #baseOf(seq: number): number | null {
    const event = this.#event(seq);
    return event === undefined ? null : placeAt(event.depth) + (seq % perSecond);
  }

  /** The words of a message; null if a text of it can't be read. */
  #wordsOf(seq: number, textSeq: number | null, at: number): string | null {
    const event = this.#event(seq);
    const own = event && saidIn(event.body);
    const text = textSeq === null || textSeq === seq ? own : saidIn(this.#event(textSeq)?.body ?? '');
    if (!event || !own || !text) return null;
    const form = searchForm(searchedText(textSeq === null ? null : text.body, own.files));
    const prefix = prefixOf({ period: periodOf(at), run: Math.floor(seq / perRun) });
    const marks = [mark('r', event.room_id), mark('s', event.sender)];
    if (own.files.length > 0) marks.push(fileMark);
    return [...new Set([...piecesOf(form), ...marks])].map((term) => prefix + term).join(' ');
  }

  #newEntry(seq: number, textSeq: number | null): NewEntry | null {
    const base = this.#baseOf(seq);
    if (base === null) return null;
    const words = this.#wordsOf(seq, textSeq, base);
    return words === null ? null : { at: base, seq, textSeq, words };
  }

  #add(seq: number, textSeq: number | null): void {
    // After a reset, this message waits to be read again.
    const entry = seq > this.#readTo() ? null : this.#newEntry(seq, textSeq);
    if (entry) this.#put(entry);
  }

  #put({ at: base, seq, textSeq, words }: NewEntry): void {
    const taken = new Set(this.#near(base, base).map(({ at }) => at));
    const at = Array.from({ length: neighbors }, (_, n) => base + n).find((place) => !taken.has(place));
    if (at === undefined) return;
    this.#insert(at, words);
    this.#addRow(at, seq, textSeq);
    this.#addPart(periodOf(base), Math.floor(seq / perRun));
  }

  /** If nobody can say any more which words the entry has, everything is made again. */
  #remove(seq: number, { at, text_seq }: Entry): void {
    const base = this.#baseOf(seq);
    const words = base === null ? null : this.#wordsOf(seq, text_seq, base);
    if (words === null) {
      this.reset();
      return;
    }
    this.#delete(at, words);
    this.#removeRow(at);
  }
}
