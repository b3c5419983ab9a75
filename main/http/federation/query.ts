import { badRequest } from '../../../shared/protocol/errors.ts';
import { limits } from '../../../shared/protocol/limits.ts';
import { type Said, said } from '../../../shared/words/said.ts';

const wrong = (name: string, message: Said) => badRequest(said('wire.parameter', { name, message }));

export function readLimit(text: string | null): number {
  if (text === null) return limits.eventsPageDefault;
  const number = /^[0-9]{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (!(number >= 1 && number <= limits.eventsPageMax))
    throw wrong('limit', said('expected.range', { min: 1, max: limits.eventsPageMax }));
  return number;
}

export function readAfter(text: string | null): number {
  if (text === null) return 0;
  if (!/^[0-9]{1,15}$/.test(text)) throw wrong('after', said('expected.what', { what: said('what.cursor') }));
  return Number(text);
}

export function readDepth(text: string | null, name = 'since_depth'): number {
  if (text === null) return -1;
  if (!/^-?[0-9]{1,16}$/.test(text))
    throw wrong(name, said('expected.what', { what: said('what.whole_number') }));
  return Number(text);
}

/**
 * One page of keys, starting after the key `after` (docs/protocol/wire.md, "GET keys"). `next` is there only if there are
 * more keys, so a server that doesn't know pages sees the answer it expects.
 */
export function keysPage<K extends { readonly key_id: string }>(
  keys: readonly K[],
  after: string | null,
): { readonly keys: readonly K[]; readonly next?: string } {
  const at = after === null ? 0 : keys.findIndex(({ key_id }) => key_id === after) + 1;
  const page = after !== null && at === 0 ? [] : keys.slice(at, at + limits.keysInAnswerMax);
  const last = page.at(-1);
  return last !== undefined && at + page.length < keys.length
    ? { keys: page, next: last.key_id }
    : { keys: page };
}
