/** Reads searches as people type them: words, and filters such as `from:anna`, in English or German. */

const kinds = {
  from: ['from', 'von'],
  in: ['in'],
  before: ['before', 'vor'],
  after: ['after', 'nach'],
  has: ['has', 'mit'],
} as const;
export type FilterKind = keyof typeof kinds;

interface SearchFilter {
  readonly kind: FilterKind;
  readonly value: string;
  /** The filter as it is written in the search. */
  readonly written: string;
}

export interface SearchQuery {
  readonly words: string;
  readonly filters: readonly SearchFilter[];
}

const files = ['file', 'files', 'datei', 'dateien'];
const kindOf = new Map<string, FilterKind>(
  Object.entries(kinds).flatMap(([kind, words]) => words.map((word) => [word, kind as FilterKind] as const)),
);
const filter = new RegExp(
  `(?<=^|\\s)(${[...kindOf.keys()].join('|')}):("[^"]*"?|“[^”]*”?|„[^“”]*[“”]?|\\S+)`,
  'giu',
);

/** A filter that says nothing yet, or nothing that is understood, is only words. */
export function readSearch(text: string): SearchQuery {
  const filters: SearchFilter[] = [];
  const words = text.replace(filter, (written: string, word: string, given: string) => {
    const kind = kindOf.get(word.toLowerCase()) as FilterKind;
    const value = given.replace(/^["“„]|["“”]$/gu, '').trim();
    if (!isUnderstood(kind, value)) return written;
    filters.push({ kind, value, written });
    return ' ';
  });
  return { words: words.replace(/\s+/g, ' ').trim(), filters };
}

const unfinishedDay = new RegExp(`(?:^|\\s)(?:${[...kinds.before, ...kinds.after].join('|')}):`, 'iu');

/** Whether a day was begun that isn't understood, so that it is only a word. */
export const lacksDay = ({ words }: SearchQuery): boolean => unfinishedDay.test(words);

const isUnderstood = (kind: FilterKind, value: string): boolean => {
  if (kind === 'has') return files.includes(value.toLowerCase());
  return kind === 'before' || kind === 'after' ? momentOf(value) !== null : value !== '';
};

/** The search without one of its filters. */
export const withoutFilter = (text: string, { written }: SearchFilter): string =>
  text.replace(written, '').replace(/\s+/g, ' ').trimStart();

/** A filter as it is typed: in quotation marks if it has blanks. */
export const writtenFilter = (word: string, value: string): string =>
  `${word}:${/\s/.test(value) ? `"${value.replaceAll('"', '')}"` : value}`;

/** When a day begins that is written as 2026-11-26, 2026-11, 2026 or 26.11.2026, unix ms; null for anything else. */
export function momentOf(text: string): number | null {
  const german = /^(\d{1,2})\.(\d{1,2})\.(\d{4})$/.exec(text);
  const [, year, month = '1', day = '1'] = german
    ? [text, german[3], german[2], german[1]]
    : (/^(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?$/.exec(text) ?? []);
  if (year === undefined) return null;
  const date = new Date(Number(year), Number(month) - 1, Number(day));
  return date.getMonth() === Number(month) - 1 && date.getDate() === Number(day) ? date.getTime() : null;
}
