import { said } from '../../words/said.ts';
import { badRequest } from '../errors.ts';
import { isObject, JsonNumber, type JsonValue } from './json.ts';

/**
 * Order of two strings by their UTF-8 bytes, which is the order of code points. UTF-16 units agree with it except that
 * surrogates (U+10000 and up) sort before U+E000…U+FFFF; those are moved to the end.
 */
export function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(i);
    if (left !== right) return weight(left) - weight(right);
  }
  return a.length - b.length;
}

const fromSurrogates = /[\ud800-\uffff]/;
const lastUnit = /\uffff/g;
const firstHalf = /[\ud800-\udbff]/g;

/**
 * Sorts distinct keys by code points. Most senders write them in this order. Comparing unit by unit is slow if many keys
 * start alike, so the engine compares them: as they are if their units sort correctly, and otherwise mapped to units that
 * do.
 */
export function sortByCodePoints(keys: Iterable<string>): string[] {
  const list = [...keys];
  if (!list.some((key) => fromSurrogates.test(key))) {
    const isSorted = list.every((key, i) => i === 0 || (list[i - 1] ?? '') < key);
    return isSorted ? list : list.sort();
  }
  const sortable = list.map((key) => [withPairsLast(key), key] as const);
  return sortable.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, key]) => key);
}

/** Each surrogate pair gets U+FFFF in front. A U+FFFF of the text is followed by the lowest unit, so it sorts before. */
const withPairsLast = (text: string): string =>
  text.replace(lastUnit, '\uffff\0').replace(firstHalf, '\uffff$&');

function weight(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit >= 0xe000 ? unit - 0x800 : unit + 0x2000;
}

/** JSON.stringify escapes exactly what canonical JSON requires, once half surrogate pairs are refused. */
export function canonicalString(text: string): string {
  if (!text.isWellFormed()) throw badRequest(said('json.text_surrogate'));
  return JSON.stringify(text);
}

/** Compact, keys by UTF-8 bytes, numbers digit for digit (docs/protocol/wire.md, "Canonical JSON"). */
export function canonicalJson(value: JsonValue): string {
  if (value === null) return 'null';
  if (typeof value === 'string') return canonicalString(value);
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (value instanceof JsonNumber) return value.lexeme;
  if (!isObject(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const keys = sortByCodePoints(value.keys());
  const members = keys.map((key) => `${canonicalString(key)}:${canonicalJson(value.get(key) as JsonValue)}`);
  return `{${members.join(',')}}`;
}
