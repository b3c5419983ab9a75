/**
 * Who may lead, decided without I/O (docs/decisions/0067-leader-and-standby.md). The leader writes a beat into the
 * database every half second. Each beat gives it a lease; a standby takes over only when every lease has expired.
 */

export const beats = {
  beatEveryMs: 500,
  /** How long a leader may answer and sign after it sent a beat that was stored. */
  leaseMs: 1_500,
  /** A standby looks this often. */
  pollEveryMs: 250,
  /** Two machines' clocks may run at slightly different speeds. */
  marginMs: 100,
  /** A leader that holds the lock, but sent no beat for this long, is disconnected from the database. */
  silentMs: 1_900,
} as const;

/** Two clocks, because each misses something: the wall clock can be set back, the other can stand still in a sleep. */
export interface TwoClocks {
  /** Unix ms. */
  readonly wall: () => number;
  /** ms since some moment; never goes back. */
  readonly monotonic: () => number;
}

interface Moment {
  readonly wall: number;
  readonly monotonic: number;
}

/** Until when a leader may answer and sign, as far as it can tell by itself. Begins without a lease. */
export class Lease {
  readonly #clocks: TwoClocks;
  #from: Moment | null = null;

  constructor(clocks: TwoClocks) {
    this.#clocks = clocks;
  }

  /** Before a beat is sent: pass it to `renew` once the beat is stored. */
  moment(): Moment {
    return { wall: this.#clocks.wall(), monotonic: this.#clocks.monotonic() };
  }

  /** A beat that was sent at this moment is stored. The lease counts from the sending, which was earlier. */
  renew(sent: Moment): void {
    if (this.#from === null || sent.monotonic >= this.#from.monotonic) this.#from = sent;
  }

  end(): void {
    this.#from = null;
  }

  /** By both clocks: whichever shows that more time has passed is believed. */
  get isValid(): boolean {
    if (this.#from === null) return false;
    const { wall, monotonic } = this.moment();
    return Math.max(wall - this.#from.wall, monotonic - this.#from.monotonic) < beats.leaseMs;
  }
}

/** What a standby sees when it looks. */
export interface Seen {
  /** This node holds the lock. */
  readonly hasLock: boolean;
  /** How old the last beat is by the database's clock, in ms. Infinity if the leader resigned, or there never was one. */
  readonly beatAgeMs: number;
}

/**
 * What a standby does next. With the lock it still waits until the leader's lease has expired, because a leader can lose
 * its lock and not know it yet. Without the lock it disconnects a leader that is silent.
 */
export function nextStep({
  hasLock,
  beatAgeMs,
}: Seen): 'lead' | 'unseat' | { readonly lookAgainInMs: number } {
  const certain = beats.leaseMs + beats.marginMs;
  if (hasLock) {
    if (beatAgeMs >= certain) return 'lead';
    return { lookAgainInMs: Math.min(Math.ceil(certain - beatAgeMs), beats.pollEveryMs) };
  }
  return beatAgeMs >= beats.silentMs ? 'unseat' : { lookAgainInMs: beats.pollEveryMs };
}
