import { limits } from '../../shared/protocol/limits.ts';
import { refusal } from '../../shared/words/refusal.ts';
import { type Said, said, span } from '../../shared/words/said.ts';
import type { Tell } from '../facts.ts';
import type { Clock } from '../kernel/ports.ts';
import type { Tables } from '../store/ports.ts';
import type { ClockOffsets } from './clock-offsets.ts';

/**
 * Proof that our clock is wrong. `offsetMs`: the right time minus our clock's. `leap`: our clock jumped while we ran,
 * and a peer's clock did not. `past`: it shows a time before one at which we ran; `program`: before this program was
 * installed. For these two, `offsetMs` is the least by which it is behind.
 */
export interface ClockDoubt {
  readonly by: 'peers' | 'leap' | 'past' | 'program';
  readonly offsetMs: number;
}

const agreeMs = limits.clockSkewMsMax;
const wrongMs = limits.clockLeapMsMin;
const peersMin = 2;
/** After a start or a jump, the clock's time counts as our past only when it has run this long without another jump. */
const steadyMs = 10 * 60_000;
/** The time between two observations. */
export const observeEveryMs = 30_000;
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
 * `seen`: the latest time at which this node certainly ran. `leapMs`: how far our clock has jumped since it was known to
 * be right; 0 if it hasn't. `accepted`: the offset that the owner has called the others' mistake. `notBefore`: a time that
 * has passed; `ignored`: unless it is this one.
 */
export function doubtOf(clock: {
  readonly now: number;
  readonly seen: number | null;
  readonly offsets: readonly number[];
  readonly leapMs: number;
  readonly accepted: number | null;
  readonly notBefore: number;
  readonly ignored?: number;
}): ClockDoubt | null {
  const { now, seen, offsets, leapMs, accepted, notBefore, ignored } = clock;
  // Our clock as it was before the jump is one more clock to compare with.
  const agreed = agreedOffset(leapMs === 0 ? offsets : [...offsets, -leapMs]);
  if (agreed !== null && Math.abs(agreed) >= wrongMs) {
    const isAccepted = accepted !== null && Math.abs(agreed - accepted) <= agreeMs;
    const by = agreedOffset(offsets) === null ? 'leap' : 'peers';
    if (!isAccepted) return { by, offsetMs: agreed };
  }
  if (now < notBefore && notBefore !== ignored) return { by: 'program', offsetMs: notBefore - now };
  if (agreed !== null && Math.abs(agreed) >= wrongMs) return null;
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
  /** The `notBefore` that the owner has called wrong. */
  readonly ignored?: number;
}

/** The jumps of our clock since peers last agreed with it. */
interface Leap {
  /** All its jumps together. */
  readonly byMs: number;
  /** The value of `seen` before. */
  readonly seen: number | null;
  /** Before it, the clock was known to be right. */
  readonly wasRight: boolean;
}

interface ClockTrustDeps {
  readonly store: Tables<'meta' | 'writer'>;
  readonly clockOffsets: Pick<ClockOffsets, 'all'>;
  readonly clock: Clock;
  /** A time that has certainly passed, because this program was installed then (unix ms). */
  readonly notBefore: number;
  readonly tell: Tell;
}

/**
 * Whether our clock may date what we sign. An event dated too late is not shown anywhere until that time comes
 * (docs/protocol/events.md, "Depth"), so nothing is written until the owner has checked the clock.
 */
export class ClockTrust {
  readonly #deps: ClockTrustDeps;
  #stored: Stored;
  #storedSeen: number | null;
  #observed: number;
  #steadySince: number;
  #leap: Leap | null = null;
  /** A peer agreed with our clock in this run, or it has run long enough without a jump. */
  #isKnownRight = false;
  #last: ClockDoubt['by'] | null = null;
  /**
   * The last observation found that our clock is right. Not kept from an earlier run, which may have dated events
   * wrongly and ended before it could repair them.
   */
  #wasSure = false;

  constructor(deps: ClockTrustDeps) {
    this.#deps = deps;
    this.#stored = JSON.parse(deps.store.meta.get(metaKey) ?? '{"seen":null,"accepted":null}') as Stored;
    this.#storedSeen = this.#stored.seen;
    this.#observed = deps.clock.now();
    this.#steadySince = this.#observed;
  }

  get doubt(): ClockDoubt | null {
    const { clock, notBefore } = this.#deps;
    const leapMs = this.#leap?.wasRight ? this.#leap.byMs : 0;
    return doubtOf({ now: clock.now(), offsets: this.#offsets(), leapMs, notBefore, ...this.#stored });
  }

  #offsets(): number[] {
    return this.#deps.clockOffsets
      .all()
      .flatMap(({ clock_offset_ms: offset }) => (offset === null ? [] : [offset]));
  }

  /** There is evidence that our clock is right, and none that it is wrong. */
  get isConfirmed(): boolean {
    const { seen, accepted } = this.#stored;
    return seen !== null && this.doubt === null && contradiction(this.#offsets(), accepted) === null;
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

  /** Called every `observeEveryMs`. Emits `clock-settled` once our clock is known to be right, and when it was set back. */
  async observe(): Promise<void> {
    const { clock, tell } = this.#deps;
    const now = clock.now();
    const since = now - this.#observed;
    const wasSure = this.#wasSure;
    this.#observed = now;
    if (Math.abs(since) >= wrongMs) await this.#jumped(since - observeEveryMs);
    const doubt = this.doubt;
    if (doubt === null) await this.#follow(now);
    if ((doubt?.by ?? null) !== this.#last) {
      this.#last = doubt?.by ?? null;
      tell({ fact: 'node-changed' });
    }
    this.#wasSure = this.isConfirmed && this.#isKnownRight;
    const isBack = since <= -wrongMs && this.isConfirmed;
    if (isBack || (this.#wasSure && !wasSure)) tell({ fact: 'clock-settled' });
  }

  /** The owner confirms that the clock is right now. */
  async accept(): Promise<void> {
    const { clock, notBefore, tell } = this.#deps;
    const doubt = this.doubt;
    const isComparison = doubt?.by === 'peers' || doubt?.by === 'leap';
    const before = this.#stored.accepted;
    const accepted = isComparison ? doubt.offsetMs : (contradiction(this.#offsets(), before) ?? before);
    const ignored = doubt?.by === 'program' ? { ignored: notBefore } : {};
    this.#leap = null;
    await this.#store({ ...this.#stored, ...ignored, seen: clock.now(), accepted });
    this.#last = this.doubt?.by ?? null;
    tell({ fact: 'node-changed' });
    tell({ fact: 'clock-settled' });
  }

  /** If the clock is back where it was, the times in between were no past of ours. */
  async #jumped(byMs: number): Promise<void> {
    const before = this.#leap ?? { byMs: 0, seen: this.#stored.seen, wasRight: this.#isKnownRight };
    const leap = { ...before, byMs: before.byMs + byMs };
    const isBack = Math.abs(leap.byMs) <= agreeMs;
    this.#steadySince = this.#deps.clock.now();
    this.#leap = isBack ? null : leap;
    this.#isKnownRight = isBack && before.wasRight;
    if (isBack) await this.#store({ ...this.#stored, seen: before.seen });
  }

  async #follow(now: number): Promise<void> {
    const { seen } = this.#stored;
    // Our clock and another one agree, so both are right.
    const agreed = agreedOffset([...this.#offsets(), 0]);
    const isProven = agreed !== null && Math.abs(agreed) <= agreeMs;
    if (!isProven && now - this.#steadySince < steadyMs) return;
    this.#isKnownRight = true;
    if (isProven) this.#leap = null;
    const next = isProven ? now : Math.max(seen ?? now, now);
    this.#stored = { ...this.#stored, seen: next };
    if (this.#storedSeen === null || Math.abs(next - this.#storedSeen) >= storeEveryMs)
      await this.#store(this.#stored);
  }

  async #store(stored: Stored): Promise<void> {
    const { store } = this.#deps;
    await store.writer.write(() => store.meta.put(metaKey, JSON.stringify(stored)));
    this.#stored = stored;
    this.#storedSeen = stored.seen;
  }
}

/** The text for the owner, or for the caller. */
export function doubtText({ by, offsetMs }: ClockDoubt): Said {
  const off = { span: span(Math.abs(offsetMs)), side: offsetMs > 0 ? 'ahead' : 'behind' } as const;
  switch (by) {
    case 'peers':
      return said('clock.doubted_by_peers', off);
    case 'leap':
      return said('clock.doubted_by_leap', off);
    case 'past':
      return said('clock.doubted_by_past', { span: off.span });
    case 'program':
      return said('clock.doubted_by_program', { span: off.span });
  }
}
