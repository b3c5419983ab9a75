/** The emoji that can be chosen, with their names in the reader's language. */
import { text } from '../../../text/text.ts';

export interface Emoji {
  readonly emoji: string;
  readonly name: string;
  /** Other words by which people look for it, its usual code first. */
  readonly words: readonly string[];
  readonly hasTones: boolean;
}

export interface EmojiGroup {
  readonly name: string;
  readonly all: readonly Emoji[];
}

const read = new Map<string, Promise<readonly EmojiGroup[]>>();

/** The language in which emoji have names here. */
export const namesLanguage = (language: string = text.locale): 'de' | 'en' =>
  language.startsWith('de') ? 'de' : 'en';

/** Fetched when somebody first looks for an emoji, and again if that failed. */
export function emojiGroups(language?: string): Promise<readonly EmojiGroup[]> {
  const key = namesLanguage(language);
  const groups = read.get(key) ?? load(key);
  read.set(key, groups);
  groups.catch(() => read.delete(key));
  return groups;
}

async function load(key: 'de' | 'en'): Promise<readonly EmojiGroup[]> {
  const { names } = await (key === 'de' ? import('./names-de.ts') : import('./names-en.ts'));
  return names.split('\n').map((line) => {
    const [name = '', ...entries] = line.split('|');
    return { name, all: entries.map(emojiOf) };
  });
}

function emojiOf(entry: string): Emoji {
  const [mark = '', name = '', words = ''] = entry.split(';');
  const hasTones = mark.endsWith('*');
  return { emoji: hasTones ? mark.slice(0, -1) : mark, name, words: words.split(' '), hasTones };
}

const tones = ['', '\u{1f3fb}', '\u{1f3fc}', '\u{1f3fd}', '\u{1f3fe}', '\u{1f3ff}'] as const;
export const toneCount = tones.length;

/** An emoji in a skin tone: 0 for the yellow one, 1 to 5 from light to dark. */
export function withTone({ emoji, hasTones }: Emoji, tone: number): string {
  if (!hasTones || tone === 0) return emoji;
  const [first, ...rest] = [...emoji.replace('\u{fe0f}', '')];
  return [first, tones[tone], ...rest].join('');
}

/** The best ones first: called so, beginning so (the shortest name before the others), a word of it beginning so. */
export function findEmoji(groups: readonly EmojiGroup[], typed: string, max: number): Emoji[] {
  const query = typed.trim().toLowerCase().replace(/^:/, '').replace(/:$/, '');
  if (query === '') return [];
  const ranked = groups.flatMap(({ all }) =>
    all.flatMap((emoji) => {
      const rank = rankOf(emoji, query);
      return rank === null ? [] : { emoji, rank };
    }),
  );
  return ranked
    .sort((a, b) => a.rank - b.rank)
    .slice(0, max)
    .map(({ emoji }) => emoji);
}

function rankOf({ name, words }: Emoji, query: string): number | null {
  const called = name.toLowerCase();
  if (called === query || words[0] === query) return 0;
  if (words.includes(query)) return 1;
  const begins = [called, words[0] ?? ''].filter((name) => name.startsWith(query));
  if (begins.length > 0) return 3 - 1 / Math.min(...begins.map((name) => name.length));
  if (words.some((word) => word.startsWith(query))) return 3;
  return called.includes(query) ? 4 : null;
}
