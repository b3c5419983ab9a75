import type { Random } from '../../../main/kernel/ports.ts';

/** All randomness of a simulated world: the same seed gives the same numbers on every machine. */
export class Dice implements Random {
  #a: number;
  #b: number;
  #c: number;
  #d = 1;

  constructor(seed: number) {
    this.#a = seed >>> 0;
    this.#b = Math.imul(seed, 0x9e37_79b1) >>> 0;
    this.#c = 0x2545_f491;
    for (let i = 0; i < 16; i++) this.#draw();
  }

  /** Small fast counting generator (sfc32): 32 bits. */
  #draw(): number {
    const sum = (this.#a + this.#b + this.#d) | 0;
    this.#d = (this.#d + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  next(): number {
    return this.#draw() / 2 ** 32;
  }

  bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.#draw() & 0xff));
  }

  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** Undefined for an empty list. */
  pick<T>(items: readonly T[]): T | undefined {
    return items[this.below(items.length)];
  }

  /** A separate generator, so that what one part draws doesn't change what another gets. */
  fork(): Dice {
    return new Dice(this.#draw());
  }
}
