/** Bytes that are held for others right now: bounded for each of them, and in total. */
export class ByteShares {
  readonly #max: { readonly total: number; readonly each: number };
  readonly #held = new Map<string, number>();
  #total = 0;

  constructor(max: { readonly total: number; readonly each: number }) {
    this.#max = max;
  }

  /** Whether there is any room left. What is taken then may go over the bound, once. */
  hasRoom(holder: string): boolean {
    return this.#total < this.#max.total && (this.#held.get(holder) ?? 0) < this.#max.each;
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

/** A body on its way in. */
interface Incoming {
  readonly address: string;
  readonly cut: () => void;
  bytes: number;
  isWhole: boolean;
}

/** What a body's reader tells of it. */
export interface Admitted {
  /** So many bytes more are in memory. */
  grown(bytes: number): void;
  /** It has arrived, and waits for its signature to be verified. */
  arrived(): void;
  /** It is gone from memory, or its sender has been proven. */
  over(): void;
}

/**
 * Bodies in memory whose sender is not proven yet. Where there are too many bytes, the body that has been coming in for
 * longest is cut off: an honest sender is done before those that linger.
 */
export class UnverifiedBodies {
  readonly #shares: ByteShares;
  /** Oldest first. */
  readonly #incoming = new Set<Incoming>();

  constructor(max: { readonly total: number; readonly perAddress: number }) {
    this.#shares = new ByteShares({ total: max.total, each: max.perAddress });
  }

  /** `cut` ends the connection, after which `over` is called. */
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
