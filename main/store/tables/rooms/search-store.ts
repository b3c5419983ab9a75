import { Queries } from '../../queries.ts';
import { matchOf, type Part, type Sought } from '../../rules/search-table.ts';

/** A message that may be meant, by its place in the index. */
export interface Candidate {
  readonly at: number;
  readonly seq: number;
}

/** Parts that one query of FTS5 reads. */
const partsTogether = 64;

/** Finds messages by the index of words. It may name too many, never too few: the caller looks at each. */
export class SearchStore extends Queries {
  readonly #parts = this.rows<[period: number], Part>(
    'SELECT period, run FROM search_parts WHERE period = ?',
  );
  readonly #matching = this.rows<[match: string, before: number, limit: number], Candidate>(`
    SELECT f.rowid AS at, r.seq FROM search_index f CROSS JOIN search_rows r ON r.at = f.rowid
    WHERE search_index MATCH ? AND f.rowid < ? ORDER BY f.rowid DESC LIMIT ?`);
  readonly #all = this.rows<[before: number, from: number, limit: number], Candidate>(
    'SELECT at, seq FROM search_rows WHERE at < ? AND at >= ? ORDER BY at DESC LIMIT ?',
  );

  /** The newest period up to this one that has messages. */
  readonly periodBefore = this.value<[period: number], number | null>(
    'SELECT max(period) FROM search_parts WHERE period <= ?',
  );

  /** Finds candidates of one period before a place, newest first. `from`: where the period begins. */
  candidates(
    sought: Sought,
    { period, from, before }: { readonly period: number; readonly from: number; readonly before: number },
    limit: number,
  ): Candidate[] {
    const parts = this.#parts(period);
    const found: Candidate[] = [];
    for (let at = 0; at < parts.length; at += partsTogether) {
      const match = matchOf(sought, parts.slice(at, at + partsTogether));
      if (match === null) return this.#all(before, from, limit);
      found.push(...this.#matching(match, before, limit));
    }
    return found.sort((a, b) => b.at - a.at).slice(0, limit);
  }
}
