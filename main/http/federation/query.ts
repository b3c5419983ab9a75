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
