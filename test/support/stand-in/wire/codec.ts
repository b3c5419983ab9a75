/**
 * JSON as the existing server reads and writes it. It is written a second time, because the stand-in must not check this
 * project's code with that code.
 */
export class Num {
  /** The number as it is written: an integer of 64 bits digit for digit, anything else as the nearest double. */
  readonly text: string;
  readonly isInteger: boolean;

  constructor(lexeme: string) {
    const integer = /^-?\d+$/.test(lexeme) && lexeme !== '-0' ? BigInt(lexeme) : null;
    this.isInteger = integer !== null && integer >= -(2n ** 63n) && integer < 2n ** 64n;
    this.text = this.isInteger ? String(integer) : doubleText(Number(lexeme));
  }
}

export type Json = null | boolean | string | Num | readonly Json[] | Fields;
export interface Fields extends ReadonlyMap<string, Json> {}

export const isFields = (value: Json | undefined): value is Fields => value instanceof Map;

/** Thrown with the words of its parser, but without the place. */
export class Unreadable extends Error {}

/** The shortest digits that mean this double: at least one after the point, an exponent from 1e16 and below 1e-5. */
function doubleText(value: number): string {
  if (Object.is(value, -0)) return '-0.0';
  const power = Number(/e(.*)$/.exec(value.toExponential())?.[1]);
  if (value !== 0 && (power >= 16 || power < -5)) return value.toExponential();
  const plain = String(value);
  return plain.includes('.') ? plain : `${plain}.0`;
}

const levelsMax = 127;
const token = /[ \n\r\t]*(?:([{}[\],:])|(true|false|null)|(-?\d[\d.eE+-]*)|"((?:[^"\\]|\\.)*)"|(.))?/suy;

class Reader {
  readonly #text: string;
  #at = 0;
  /** Called for each key of the outermost object that comes a second time. */
  readonly #twice: (key: string) => void;

  constructor(text: string, twice: (key: string) => void) {
    this.#text = text;
    this.#twice = twice;
  }

  document(): Json {
    const value = this.#value(1);
    if (this.#next()[0].trim() !== '') throw new Unreadable('trailing characters');
    return value;
  }

  #next(): RegExpExecArray {
    token.lastIndex = this.#at;
    const found = token.exec(this.#text) as RegExpExecArray;
    this.#at = token.lastIndex;
    return found;
  }

  #value(level: number): Json {
    const [, sign, word, number, text] = this.#next();
    if (word !== undefined) return word === 'null' ? null : word === 'true';
    if (number !== undefined) return this.#number(number);
    if (text !== undefined) return this.#string(text);
    if (sign !== '{' && sign !== '[') throw new Unreadable('expected value');
    if (level > levelsMax) throw new Unreadable('recursion limit exceeded');
    return sign === '{' ? this.#object(level) : this.#array(level);
  }

  #number(text: string): Num {
    if (!/^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(text)) throw new Unreadable('invalid number');
    if (!Number.isFinite(Number(text))) throw new Unreadable('number out of range');
    return new Num(text);
  }

  #string(text: string): string {
    if (/[\0-\x1f]/.test(text))
      throw new Unreadable('control character (\\u0000-\\u001F) found while parsing a string');
    let value: string;
    try {
      value = JSON.parse(`"${text}"`);
    } catch {
      throw new Unreadable('invalid escape');
    }
    if (!value.isWellFormed()) throw new Unreadable('unexpected end of hex escape');
    return value;
  }

  #isAt(sign: string): boolean {
    const before = this.#at;
    if (this.#next()[1] === sign) return true;
    this.#at = before;
    return false;
  }

  #array(level: number): Json[] {
    const items: Json[] = [];
    if (this.#isAt(']')) return items;
    do items.push(this.#value(level + 1));
    while (this.#isAt(','));
    if (!this.#isAt(']')) throw new Unreadable('expected `,` or `]`');
    return items;
  }

  #object(level: number): Fields {
    const fields = new Map<string, Json>();
    if (this.#isAt('}')) return fields;
    do {
      const key = this.#next()[4];
      if (key === undefined) throw new Unreadable('key must be a string');
      const name = this.#string(key);
      if (!this.#isAt(':')) throw new Unreadable('expected `:`');
      if (level === 1 && fields.has(name)) this.#twice(name);
      fields.set(name, this.#value(level + 1));
    } while (this.#isAt(','));
    if (!this.#isAt('}')) throw new Unreadable('expected `,` or `}`');
    return fields;
  }
}

/** The last of equal keys wins. `twice` hears of those of the outermost object. */
export const readJson = (text: string, twice: (key: string) => void = () => {}): Json =>
  new Reader(text, twice).document();

/** Compact, keys sorted by their UTF-8 bytes. */
export function writeJson(value: Json): string {
  if (value instanceof Num) return value.text;
  if (isFields(value)) {
    const members = [...value].map(
      ([key, item]) => [Buffer.from(key), `${JSON.stringify(key)}:${writeJson(item)}`] as const,
    );
    return `{${members
      .sort(([a], [b]) => Buffer.compare(a, b))
      .map(([, text]) => text)
      .join(',')}}`;
  }
  if (value !== null && typeof value === 'object') return `[${value.map(writeJson).join(',')}]`;
  return JSON.stringify(value);
}

/** Plain values of our own. */
export const jsonOf = (plain: unknown): Json => readJson(JSON.stringify(plain));
