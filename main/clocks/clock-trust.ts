import { limits } from '../../shared/protocol/limits.ts';
import { refusal } from '../../shared/words/refusal.ts';
import { type Said, said, span } from '../../shared/words/said.ts';
import type { Tell } from '../facts.ts';
import type { Clock } from '../kernel/ports.ts';
import type { Tables } from '../store/ports.ts';
import type { ClockOffsets } from './clock-offsets.ts';

/** Proof that our clock is wrong. `offsetMs`: the right time is at least this far ahead of it. */
export interface ClockDoubt {
  readonly by: 'peers' | 'past';
  readonly offsetMs: number;
}

const agreeMs = limits.clockSkewMsMax;
const wrongMs = limits.clockLeapMsMin;
const peersMin = 2;
/** After a jump, the clock's time counts as our past only when it has run this long without another jump. */
const steadyMs = 10 * 60_000;
const storeEveryMs = 5 * 60_000;
const retrySeconds = 60;
const metaKey = 'clock';

/**
 * How far the peers' clocks are ahead of ours, if at least two, and more than two thirds of them, agree; otherwise
 * `null`.
 */
export function agreedOffset(offsets: readonly number[]): number | null {
  const sorted = offsets.toSorted((a, b) => a - b);
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (middle === undefined) return null;
  const agreeing = sorted.filter((offset) => Math.abs(offset - middle) <= agreeMs).length;
  return agreeing >= peersMin && agreeing * 3 > sorted.length * 2 ? middle : null;
}

/**
 * `seen`: the latest time at which this node certainly ran. `accepted`: the peers' offset that the owner has called
 * their mistake.
 */
export function doubtOf(clock: {
  readonly now: number;
  readonly seen: number | null;
  readonly offsets: readonly number[];
  readonly accepted: number | null;
}): ClockDoubt | null {
  const { now, seen, offsets, accepted } = clock;
  const agreed = agreedOffset(offsets);
  if (agreed !== null && Math.abs(agreed) >= wrongMs) {
    const isAccepted = accepted !== null && Math.abs(agreed - accepted) <= agreeMs;
    return isAccepted ? null : { by: 'peers', offsetMs: agreed };
  }
  // One peer whose clock agrees is enough to doubt our own record of the past.
  if (offsets.some((offset) => Math.abs(offset) <= agreeMs)) return null;
  return seen !== null && seen - now >= wrongMs ? { by: 'past', offsetMs: seen - now } : null;
}

/**
 * How far the peers' clocks are ahead of ours if all of them are off by minutes, even if it is a single one; otherwise
 * `null`. Too little to refuse to write, but enough to leave alone what was written with another time.
 */
export function contradiction(offsets: readonly number[], accepted: number | null): number | null {
  if (offsets.some((offset) => Math.abs(offset) < wrongMs)) return null;
  const middle = offsets.toSorted((a, b) => a - b)[Math.floor(offsets.length / 2)] ?? null;
  const isAccepted = middle !== null && accepted !== null && Math.abs(middle - accepted) <= agreeMs;
  return isAccepted ? null : middle;
}

interface Stored {
  readonly seen: number | null;
  readonly accepted: number | null;
}

export interface ClockTrustParts {
  readonly store: Tables<'meta' | 'writer'>;
  readonly clockOffsets: Pick<ClockOffsets, 'all'>;
  readonly clock: Clock;
  readonly tell: Tell;
}

/**
 * Whether our clock may date what we sign. An event dated too late is not shown anywhere until that time comes
 * (docs/protocol/events.md, "Depth"), so nothing is written until the owner has checked the clock.
 */
export class ClockTrust {
  readonly #parts: ClockTrustParts;
  #stored: Stored;
  #storedSeen: number | null;
  #observed: number;
  #steadySince: number;
  #last: ClockDoubt['by'] | null = null;
  /** In this run. An earlier one may have dated events wrongly and ended before it could repair them. */
  #wasSure = false;

  constructor(parts: ClockTrustParts) {
    this.#parts = parts;
    this.#stored = JSON.parse(parts.store.meta.get(metaKey) ?? '{"seen":null,"accepted":null}') as Stored;
    this.#storedSeen = this.#stored.seen;
    this.#observed = parts.clock.now();
    this.#steadySince = this.#observed;
  }

  get doubt(): ClockDoubt | null {
    return doubtOf({ now: this.#parts.clock.now(), offsets: this.#offsets(), ...this.#stored });
  }

  #offsets(): number[] {
    return this.#parts.clockOffsets
      .all()
      .flatMap(({ clock_offset_ms: offset }) => (offset === null ? [] : [offset]));
  }

  /** There is evidence that our clock is right, and none that it is wrong. */
  get isConfirmed(): boolean {
    const { seen, accepted } = this.#stored;
    return seen !== null && this.doubt === null && contradiction(this.#offsets(), accepted) === null;
  }

  /** There is evidence from this run: a peer's clock, or that ours has run for a while without a jump. */
  #isSure(now: number): boolean {
    const isShared = this.#offsets().some((offset) => Math.abs(offset) <= agreeMs);
    return this.isConfirmed && (isShared || now - this.#steadySince >= steadyMs);
  }

  /** SERVICE_UNAVAILABLE while our clock is certainly wrong. Call it before anything is dated and signed. */
  require(): void {
    const doubt = this.doubt;
    if (doubt === null) return;
    throw refusal('SERVICE_UNAVAILABLE', doubtText(doubt), {
      retryAfterSeconds: retrySeconds,
      details: { reason: 'clock_doubted' },
    });
  }

  /** Called every 30 seconds. Emits `clock-settled` once our clock is known to be right, and when it was set back. */
  async observe(): Promise<void> {
    const { clock, tell } = this.#parts;
    const now = clock.now();
    const since = now - this.#observed;
    const wasSure = this.#wasSure;
    this.#observed = now;
    if (Math.abs(since) >= wrongMs) this.#steadySince = now;
    const doubt = this.doubt;
    if (doubt === null) await this.#follow(now);
    if ((doubt?.by ?? null) !== this.#last) {
      this.#last = doubt?.by ?? null;
      tell({ fact: 'node-changed' });
    }
    this.#wasSure = this.#isSure(now);
    const isBack = since <= -wrongMs && this.isConfirmed;
    if (isBack || (this.#wasSure && !wasSure)) tell({ fact: 'clock-settled' });
  }

  /** The owner confirms that the clock is right now. */
  async accept(): Promise<void> {
    const { clock, tell } = this.#parts;
    const doubt = this.doubt;
    const other =
      doubt?.by === 'peers' ? doubt.offsetMs : contradiction(this.#offsets(), this.#stored.accepted);
    const accepted = other ?? this.#stored.accepted;
    await this.#store({ seen: clock.now(), accepted });
    this.#last = this.doubt?.by ?? null;
    tell({ fact: 'node-changed' });
    tell({ fact: 'clock-settled' });
  }

  async #follow(now: number): Promise<void> {
    const { seen } = this.#stored;
    const agreed = agreedOffset(this.#offsets());
    const isProven = agreed !== null && Math.abs(agreed) <= agreeMs;
    if (!isProven && now - this.#steadySince < steadyMs) return;
    const next = isProven ? now : Math.max(seen ?? now, now);
    this.#stored = { ...this.#stored, seen: next };
    if (this.#storedSeen === null || Math.abs(next - this.#storedSeen) >= storeEveryMs)
      await this.#store(this.#stored);
  }

  async #store(stored: Stored): Promise<void> {
    const { store } = this.#parts;
    await store.writer.write(() => store.meta.put(metaKey, JSON.stringify(stored)));
    this.#stored = stored;
    this.#storedSeen = stored.seen;
  }
}

/** The text for the owner, or for the caller. */
export const doubtText = ({ by, offsetMs }: ClockDoubt): Said =>
  by === 'peers'
    ? said('clock.doubted_by_peers', {
        span: span(Math.abs(offsetMs)),
        side: offsetMs > 0 ? 'ahead' : 'behind',
      })
    : said('clock.doubted_by_past', { span: span(offsetMs) });
