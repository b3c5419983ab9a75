/** Random numbers that are the same for the same seed (mulberry32). */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** Returns a number in [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  below(n: number): number {
    return Math.floor(this.next() * n);
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)] as T;
  }

  bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.below(256)));
  }
}

const oddTexts = [
  '',
  ' ',
  'a',
  '@a:a.test',
  '@user:raw.test',
  '!1:a.test',
  '$1:raw.test',
  '__proto__',
  'constructor',
  'toString',
  '\u0000',
  '\u2028',
  '\ud83d\ude00',
  '\ue000',
  'm.message',
  'owner',
  'x'.repeat(300),
  '9223372036854775808',
  '1',
  "'; DROP TABLE users; --",
  '%00',
  '../..',
  '{"a":1}',
  'raw.test',
  'a.test',
  'null',
  'NaN',
];
const oddNumbers = [
  '0',
  '-0',
  '1',
  '-1',
  '1.0',
  '1e3',
  '1E-7',
  '1e308',
  '9007199254740993',
  '18446744073709551616',
  '0.1',
  '1e-400',
];

/** Random JSON text: of any shape and any depth worth trying, with odd values more often than plain ones. */
export function someJson(dice: Dice, depth = 4): string {
  const kind = dice.below(depth > 0 ? 8 : 5);
  if (kind === 0) return dice.pick(['null', 'true', 'false']);
  if (kind === 1) return dice.pick(oddNumbers);
  if (kind <= 4) return JSON.stringify(dice.pick(oddTexts));
  const items = Array.from({ length: dice.below(5) }, () => someJson(dice, depth - 1));
  if (kind === 5) return `[${items.join(',')}]`;
  const keys = new Set(items.map(() => JSON.stringify(dice.pick(oddTexts))));
  return `{${[...keys].map((key, i) => `${key}:${items[i]}`).join(',')}}`;
}

/** Flips, doubles, removes or inserts a few bytes. */
export function mutate(dice: Dice, bytes: Buffer): Buffer {
  let result = bytes;
  for (let i = 1 + dice.below(4); i > 0; i--) {
    const at = dice.below(result.length + 1);
    const length = dice.below(12);
    const head = result.subarray(0, at);
    const tail = result.subarray(Math.min(at + length, result.length));
    const middle = dice.pick([
      dice.bytes(length),
      Buffer.alloc(0),
      Buffer.concat([result.subarray(at, at + length), result.subarray(at, at + length)]),
      Buffer.from(dice.pick(['\r\n', '\n', ':', '\u0000', '"', '{', '%', ' ', '\r\n\r\n', ',', '0'])),
    ]);
    result = Buffer.concat([head, middle, tail]);
  }
  return result;
}
