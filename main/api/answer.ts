import { type Api, proceduresOf } from '../../shared/api/contract.ts';
import { inWords, type Sayable } from '../../shared/words/in-words.ts';
import { refusal } from '../../shared/words/refusal.ts';
import { said } from '../../shared/words/said.ts';
import type { Words } from '../../shared/words/words.ts';
import type { ReadablePicture } from '../rooms/files/pictures.ts';

const limitDefault = 50;

interface Paging {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

interface Page<T> {
  items: T[];
  next: string | null;
}

export const limitOf = (paging: Paging): number => paging.limit ?? limitDefault;

/** Callers must not interpret a cursor. They only pass it back. */
export const encodeCursor = (value: unknown): string =>
  Buffer.from(JSON.stringify(value)).toString('base64url');

/** BAD_REQUEST for a text that can't be a cursor of this list. */
export function decodeCursor<T>(cursor: string | undefined, check: (value: unknown) => value is T): T | null {
  if (cursor === undefined) return null;
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    value = undefined;
  }
  if (!check(value)) throw refusal('BAD_REQUEST', said('control.cursor'));
  return value;
}

/** The bytes of a picture that a caller sent in Base64. */
export const bytesOf = <T extends null | undefined>(picture: string | T): Buffer | T =>
  typeof picture === 'string' ? Buffer.from(picture, 'base64') : picture;

export const pictureView = ({ bytes, type }: ReadablePicture) => ({
  size: bytes.length,
  content_type: type,
});

const isText = (value: unknown): value is string => typeof value === 'string';
export const isNumber = (value: unknown): value is number => Number.isSafeInteger(value);

/** The last item of a page: its key, and where the page began, in case the item is gone by the next request. */
type PageEnd = readonly [key: string, began: number];
const isPageEnd = (value: unknown): value is PageEnd =>
  Array.isArray(value) && value.length === 2 && isText(value[0]) && isNumber(value[1]) && value[1] >= 0;

/**
 * One page of a list in memory, in its order. If the last item of the page before is gone, that page may have shrunk by as
 * much as it had, so it begins where that one did: rather twice than never, for a caller who removes what it reads.
 */
export function pageOf<T>(all: readonly T[], paging: Paging, keyOf: (item: T) => string): Page<T> {
  const start = startAfter(decodeCursor(paging.cursor, isPageEnd), all.map(keyOf));
  const limit = limitOf(paging);
  const items = all.slice(start, start + limit);
  const last = items.at(-1);
  const end: PageEnd | null = last === undefined ? null : [keyOf(last), start];
  return { items, next: end !== null && start + limit < all.length ? encodeCursor(end) : null };
}

function startAfter(end: PageEnd | null, keys: readonly string[]): number {
  if (end === null) return 0;
  const [key, began] = end;
  const at = keys.indexOf(key);
  return at < 0 ? began : at + 1;
}

/** One page read from the store. Request one row more than the limit, to know whether there is a next page. */
export function pageFrom<R, T>(
  rows: readonly R[],
  limit: number,
  view: (row: R) => T,
  keyOf: (row: R) => unknown,
): Page<T> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(view),
    next: rows.length > limit && last !== undefined ? encodeCursor(keyOf(last)) : null,
  };
}

/** The API before it is put into words: wherever a view has a text, there may be a message. */
export type SaidApi = {
  readonly [P in keyof Api]: (...input: Parameters<Api[P]>) => Promise<Sayable<Awaited<ReturnType<Api[P]>>>>;
};

/** The same in one language. `answerTo` returns the refusal for an error caused by the disk. */
export function apiInWords(words: Words, api: SaidApi, answerTo: (error: unknown) => unknown): Api {
  return proceduresOf<Api>(api, async (name, input) => {
    try {
      return inWords(words, await api[name](input as never));
    } catch (error) {
      throw answerTo(error);
    }
  });
}
