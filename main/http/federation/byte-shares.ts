import type { ProtocolError } from '../../../shared/protocol/errors.ts';
import { limits } from '../../../shared/protocol/limits.ts';
import { refusal } from '../../../shared/words/refusal.ts';
import { said } from '../../../shared/words/said.ts';

/** Memory used for others right now, limited per sender and in total. */
export class ByteShares {
  readonly #max: { readonly total: number; readonly each: number };
  readonly #held = new Map<string, number>();
  #total = 0;

  constructor(max: { readonly total: number; readonly each: number }) {
    this.#max = max;
  }

  /** Whether there is any room left. A single request may then exceed the limit once. */
  hasRoom(holder: string): boolean {
    return this.#total < this.#max.total && (this.#held.get(holder) ?? 0) < this.#max.each;
  }

  /**
   * Whether the holder may begin something. The last quarter is for those that hold nothing, so that a few with full
   * shares don't keep all others waiting.
   */
  admits(holder: string): boolean {
    const isSpared = !this.#held.has(holder) || this.#total < (this.#max.total * 3) / 4;
    return isSpared && this.hasRoom(holder);
  }

  take(holder: string, bytes: number): void {
    this.#total += bytes;
    this.#held.set(holder, (this.#held.get(holder) ?? 0) + bytes);
  }

  free(holder: string, bytes: number): void {
    this.#total -= bytes;
    const left = (this.#held.get(holder) ?? 0) - bytes;
    if (left > 0) this.#held.set(holder, left);
    else this.#held.delete(holder);
  }
}

/** Limits the bytes of verified requests being processed, and separately those of answers being sent. */
export const underWay = { total: limits.underWayBytes.total, each: limits.underWayBytes.perPeer };

export const tooMuchUnderWay = (origin: string): ProtocolError =>
  refusal('RATE_LIMITED', said('wire.under_way', { server: origin }), { retryAfterSeconds: 1 });

/** Counts the bytes while some work is running. RATE_LIMITED if there are too many. */
export async function whileHolding<T>(
  shares: ByteShares,
  origin: string,
  bytes: number,
  work: () => Promise<T>,
): Promise<T> {
  if (!shares.admits(origin)) throw tooMuchUnderWay(origin);
  shares.take(origin, bytes);
  try {
    return await work();
  } finally {
    shares.free(origin, bytes);
  }
}

/** A body that is being received. */
interface Incoming {
  readonly address: string;
  readonly cut: () => void;
  bytes: number;
  isWhole: boolean;
}

/** The reports of the reader of a body. */
export interface Admitted {
  /** This many more bytes are in memory. */
  grown(bytes: number): void;
  /** The body has arrived, and waits for its signature to be verified. */
  arrived(): void;
  /** The body is no longer in memory, or its sender has been verified. */
  over(): void;
}

/**
 * Bodies in memory whose sender is not verified yet. If there are too many bytes, the body that has been arriving for
 * longest is cut off: an honest sender is done before one that stalls.
 */
export class UnverifiedBodies {
  readonly #shares: ByteShares;
  /** Oldest first. */
  readonly #incoming = new Set<Incoming>();

  constructor(max: { readonly total: number; readonly perAddress: number }) {
    this.#shares = new ByteShares({ total: max.total, each: max.perAddress });
  }

  /** `cut` ends the connection. `over` is called after that. */
  admit(address: string, cut: () => void): Admitted {
    const one: Incoming = { address, cut, bytes: 0, isWhole: false };
    this.#incoming.add(one);
    return {
      grown: (bytes) => {
        if (!this.#incoming.has(one)) return;
        one.bytes += bytes;
        this.#shares.take(address, bytes);
        this.#makeRoom(one);
      },
      arrived: () => {
        one.isWhole = true;
      },
      over: () => this.#end(one),
    };
  }

  #makeRoom(by: Incoming): void {
    while (!this.#shares.hasRoom(by.address)) {
      const oldest = this.#oldest(by.address) ?? this.#oldest(null);
      if (!oldest) return;
      this.#end(oldest);
      oldest.cut();
    }
  }

  #oldest(address: string | null): Incoming | undefined {
    for (const one of this.#incoming)
      if (!one.isWhole && one.bytes > 0 && (address === null || one.address === address)) return one;
    return undefined;
  }

  #end(one: Incoming): void {
    if (this.#incoming.delete(one)) this.#shares.free(one.address, one.bytes);
  }
}
