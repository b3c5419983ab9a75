import { type Said, said } from '../../words/said.ts';
import { badRequest } from '../errors.ts';
import { limits } from '../limits.ts';

/**
 * Lossless JSON: numbers keep their digits, objects are maps (so `__proto__` is a key like any other), duplicate keys
 * are refused, and so are lone surrogates (docs/protocol/wire.md, "Reading").
 */
export class JsonNumber {
  readonly lexeme: string;
  constructor(lexeme: string) {
    this.lexeme = lexeme;
  }
}

export type JsonObject = ReadonlyMap<string, JsonValue>;
export type JsonValue = null | boolean | string | JsonNumber | readonly JsonValue[] | JsonObject;

const numberPattern = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const plainStringPattern = /[^"\\\u0000-\u001f]*/y;
const hexPattern = /^[0-9a-fA-F]{4}$/;
const escapes: ReadonlySet<string> = new Set('"\\/bfnrt');

const shown = (text: string): string => JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);

class Parser {
  #at = 0;
  #values = 0;
  readonly #text: string;
  readonly #valuesMax: number;

  constructor(text: string, valuesMax: number) {
    this.#text = text;
    this.#valuesMax = valuesMax;
  }

  document(): JsonValue {
    // Unescaped halves are found here; those made by escapes are found where they are parsed.
    if (!this.#text.isWellFormed()) throw badRequest(said('json.surrogate'));
    const value = this.#value(1);
    this.#space();
    if (this.#at < this.#text.length) throw this.#expected(said('json.end'));
    return value;
  }

  #expected(what: Said): Error {
    const at = this.#at;
    if (at >= this.#text.length) return badRequest(said('json.ended', { at, what }));
    return badRequest(said('json.expected', { at, what, found: JSON.stringify(this.#text[at]) }));
  }

  #space(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.#at++;
    }
  }

  #value(level: number): JsonValue {
    if (++this.#values > this.#valuesMax)
      throw badRequest(said('json.too_many_values', { max: this.#valuesMax }));
    this.#space();
    switch (this.#text[this.#at]) {
      case '{':
        return this.#object(level);
      case '[':
        return this.#array(level);
      case '"':
        return this.#string();
      case 't':
        return this.#word('true', true);
      case 'f':
        return this.#word('false', false);
      case 'n':
        return this.#word('null', null);
      default:
        return this.#number();
    }
  }

  #word<T>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#at)) throw this.#expected(said('json.token', { token: word }));
    this.#at += word.length;
    return value;
  }

  #number(): JsonNumber {
    numberPattern.lastIndex = this.#at;
    const match = numberPattern.exec(this.#text);
    if (!match) throw this.#expected(said('json.value'));
    if (!Number.isFinite(Number(match[0]))) throw this.#expected(said('json.number'));
    this.#at += match[0].length;
    return new JsonNumber(match[0]);
  }

  #string(): string {
    const start = this.#at++;
    plainStringPattern.lastIndex = this.#at;
    plainStringPattern.test(this.#text);
    const end = plainStringPattern.lastIndex;
    if (this.#text[end] === '"') {
      this.#at = end + 1;
      return this.#text.slice(start + 1, end);
    }
    const result = this.#escaped(start);
    if (!result.isWellFormed()) throw badRequest(said('json.surrogate'));
    return result;
  }

  /**
   * Half a million escapes are slow one by one, above all before V8 has optimized this, so the engine parses them. Only
   * what it refuses is parsed one by one.
   */
  #escaped(start: number): string {
    const end = endOfString(this.#text, start);
    try {
      const result: unknown = JSON.parse(this.#text.slice(start, end));
      this.#at = end;
      return String(result);
    } catch {
      throw this.#whyMalformed();
    }
  }

  #whyMalformed(): Error {
    for (;;) {
      plainStringPattern.lastIndex = this.#at;
      plainStringPattern.test(this.#text);
      this.#at = plainStringPattern.lastIndex;
      if (this.#text[this.#at] !== '\\') return this.#expected(said('json.string_end'));
      this.#escape();
    }
  }

  /** Throws for an invalid JSON escape. */
  #escape(): void {
    const letter = this.#text[this.#at + 1] ?? '';
    if (letter === 'u') {
      const hex = this.#text.slice(this.#at + 2, this.#at + 6);
      if (!hexPattern.test(hex)) throw this.#expected(said('json.hex'));
      this.#at += 6;
      return;
    }
    if (!escapes.has(letter)) throw this.#expected(said('json.escape'));
    this.#at += 2;
  }

  #enter(level: number): void {
    if (level > limits.jsonLevelsMax) throw badRequest(said('json.too_deep', { max: limits.jsonLevelsMax }));
    this.#at++;
    this.#space();
  }

  #checkEntries(count: number): void {
    if (count > limits.contentEntriesMax)
      throw badRequest(said('json.too_many', { max: limits.contentEntriesMax }));
  }

  #array(level: number): JsonValue[] {
    this.#enter(level);
    const items: JsonValue[] = [];
    if (this.#text[this.#at] === ']') {
      this.#at++;
      return items;
    }
    for (;;) {
      items.push(this.#value(level + 1));
      this.#checkEntries(items.length);
      this.#space();
      const next = this.#text[this.#at];
      if (next !== ',' && next !== ']') throw this.#expected(said('json.comma_or', { bracket: ']' }));
      this.#at++;
      if (next === ']') return items;
    }
  }

  #object(level: number): JsonObject {
    this.#enter(level);
    const entries = new Map<string, JsonValue>();
    if (this.#text[this.#at] === '}') {
      this.#at++;
      return entries;
    }
    for (;;) {
      this.#space();
      if (this.#text[this.#at] !== '"') throw this.#expected(said('json.key'));
      const key = this.#string();
      if (entries.has(key)) throw badRequest(said('json.twice', { key: shown(key) }));
      this.#space();
      if (this.#text[this.#at] !== ':') throw this.#expected(said('json.token', { token: ':' }));
      this.#at++;
      entries.set(key, this.#value(level + 1));
      this.#checkEntries(entries.size);
      this.#space();
      const next = this.#text[this.#at];
      if (next !== ',' && next !== '}') throw this.#expected(said('json.comma_or', { bracket: '}' }));
      this.#at++;
      if (next === '}') return entries;
    }
  }
}

/** A thousand runs at once: the engine remembers each of them until the match ends. */
const insideString = /(?:[^"\\]+|(?:\\.)+){0,1000}/sy;

/** The position after the closing quote of the string that begins at `start`; the end of the text without one. */
export function endOfString(text: string, start: number): number {
  for (let at = start + 1; ; ) {
    insideString.lastIndex = at;
    insideString.test(text);
    const end = insideString.lastIndex;
    if (text[end] === '"') return end + 1;
    if (end === at) return text.length;
    at = end;
  }
}

/**
 * Parses one JSON text. Throws BAD_REQUEST with the position and what was expected there, or if there are more than
 * `valuesMax` values, because what others send must not keep us busy.
 */
export function parseJson(text: string, valuesMax = Number.POSITIVE_INFINITY): JsonValue {
  return new Parser(text, valuesMax).document();
}

export const isObject = (value: JsonValue | undefined): value is JsonObject => value instanceof Map;

/**
 * The value as plain JavaScript, for a schema to check. Objects have no prototype, so no key is special. Numbers lose
 * what a double can't represent, so nothing signed may be made from this.
 */
export function toPlain(value: JsonValue): unknown {
  if (value instanceof JsonNumber) return Number(value.lexeme);
  if (Array.isArray(value)) return value.map(toPlain);
  if (!isObject(value)) return value;
  const plain: Record<string, unknown> = Object.create(null);
  for (const [key, item] of value) plain[key] = toPlain(item);
  return plain;
}

export type Plain =
  | null
  | boolean
  | string
  | number
  | readonly Plain[]
  | { readonly [key: string]: Plain | undefined };

/** A value of our own, as a JSON value; `undefined` members are left out. Numbers must be safe integers. */
export function fromPlain(plain: Plain): JsonValue {
  if (typeof plain === 'number') {
    if (!Number.isSafeInteger(plain)) throw new TypeError('only integers within ±(2^53−1) are emitted');
    return new JsonNumber(String(plain));
  }
  if (plain === null || typeof plain !== 'object') return plain;
  if (Array.isArray(plain)) return plain.map(fromPlain);
  const entries = new Map<string, JsonValue>();
  for (const [key, item] of Object.entries(plain as Record<string, Plain | undefined>))
    if (item !== undefined) entries.set(key, fromPlain(item));
  return entries;
}
