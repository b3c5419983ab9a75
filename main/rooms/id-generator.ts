import { hash } from 'node:crypto';
import { limits } from '../../shared/protocol/limits.ts';
import type { Clock, Random } from '../kernel/ports.ts';

/** 2020-01-01: leaves room in 41 bits of milliseconds until 2089. */
const snowflakeEpoch = 1_577_836_800_000;

/**
 * Assigns the times and IDs of new events. No two times are the same on one server, because IDs are made from them; IDs
 * are snowflakes, which fit the 64 bits that other servers have for them.
 */
export class IdGenerator {
  readonly #clock: Clock;
  readonly #random: Random;
  #last = 0;

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  /**
   * Unix milliseconds, later than any returned before. If the clock was set back by minutes, it is the clock's own
   * time, because a time in the future would hide the event.
   */
  time(): number {
    const now = this.#clock.now();
    this.#last = this.#last - now >= limits.clockLeapMsMin ? now : Math.max(now, this.#last + 1);
    return this.#last;
  }

  /** An earlier run used this time. No event gets it again. */
  after(time: number): void {
    if (time <= this.#clock.now() + limits.aheadMsMax) this.#last = Math.max(this.#last, time);
  }

  /** A positive 63-bit integer in decimal: 41 bits of time, 22 random bits. */
  id(): string {
    const chance = BigInt(this.#random.bytes(4).readUInt32BE(0) & 0x3f_ffff);
    return String((BigInt(this.time() - snowflakeEpoch) << 22n) | chance);
  }
}

/**
 * The number of a user on this server: the existing server's wire format needs one besides the user ID. It is derived
 * from the ID, so it is always the same and needs no table. A positive 63-bit integer in decimal.
 */
export function numericUserId(userId: string): string {
  const digest = Buffer.from(hash('sha256', userId, 'hex'), 'hex').readBigUInt64BE(0) >> 1n;
  return String(digest === 0n ? 1n : digest);
}
