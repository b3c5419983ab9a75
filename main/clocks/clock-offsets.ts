import type { Tell } from '../facts.ts';
import type { Clock } from '../kernel/ports.ts';
import { type Clocks, type Consensus, clockWarnMs } from './clock-refusal.ts';
import { type CallAnswer, toldOffset } from './clock-told.ts';

/** `signed`: a timestamp signed by the peer. `told`: the `Date` of an answer, which is not signed. */
export type Evidence = 'signed' | 'told';

export interface Sample {
  readonly at: number;
  /** The server's time minus ours. */
  readonly offsetMs: number;
  readonly by: Evidence;
}

const samplesKept = 9;
/** Catch-up pauses for twelve minutes at most, so the clock of a peer that talks to us stays known. */
const keptMs = 30 * 60_000;
const signedFreshMs = 3 * 60_000;
/** Two readings of the same clock differ by less than this, however slow the network is. */
const agreeMs = 5_000;
/** The result for all peers together is used again for this long, unless one says something new. */
const freshMs = 1_000;
/** Leaves out readings that say the same again within a second. Load brings thousands of them per second. */
const sameMs = 1_000;

/** The offset of each peer's clock from ours, estimated from its signed timestamps and dated answers. */
export class ClockOffsets {
  readonly #clock: Clock;
  readonly #tell: Tell;
  readonly #samples = new Map<string, Sample[]>();
  #known: Known | null = null;

  /** Emits `peer-changed` when a peer's clock becomes wrong, and when it is right again. */
  constructor(clock: Clock, tell: Tell) {
    this.#clock = clock;
    this.#tell = tell;
  }

  /** `offsetMs`: their time minus ours. */
  note(server: string, offsetMs: number, by: Evidence): void {
    const sample = { at: this.#clock.now(), offsetMs, by };
    const [earlier, last] = (this.#samples.get(server) ?? []).filter((one) => one.by === by).slice(-2);
    if (saysTheSame(sample, last) && saysTheSame(sample, earlier, keptMs)) return;
    const before = isOff(this.of(server));
    // A reading from the future was taken before our own clock was set back.
    const samples = (this.#samples.get(server) ?? []).filter(({ at }) => at <= sample.at);
    const others = samples.filter((one) => one.by !== by);
    const alike = [...samples.filter((one) => one.by === by), sample].slice(-samplesKept);
    this.#samples.set(server, [...others, ...alike]);
    this.#known = null;
    if (isOff(this.of(server)) !== before) this.#tell({ fact: 'peer-changed', server });
  }

  /** Learns from the answer to a signed call. Times are ours, unix ms. */
  learn(server: string, answer: CallAnswer, sentAt: number, receivedAt: number): void {
    const offsetMs = toldOffset(answer, sentAt, receivedAt);
    if (offsetMs !== null) this.note(server, offsetMs, 'told');
  }

  /** The server's time minus ours, in ms; `null` if nothing recent shows it. */
  of(server: string): number | null {
    return estimate(this.#samples.get(server) ?? [], this.#clock.now());
  }

  /** Counts recently signed timestamps only; `null` without any. */
  signedBy(server: string): number | null {
    return estimateSigned(this.#samples.get(server) ?? [], this.#clock.now());
  }

  /** How far our clock seems to be off, judging by all peers; null without peers. */
  overall(): Consensus {
    return this.#look().overall;
  }

  /** The offsets needed to judge a refusal by this peer. */
  around(server: string): Clocks {
    return { peerMs: this.of(server), othersMs: this.#overallBut(server) };
  }

  /** All peers whose clock is known. */
  all(): readonly KnownClock[] {
    return this.#look().all;
  }

  #look(): Known {
    const at = this.#clock.now();
    const known = this.#known;
    if (known !== null && known.at <= at && at - known.at < freshMs) return known;
    const all = [...this.#samples].map(([server_name, samples]): KnownClock => {
      return { server_name, clock_offset_ms: estimate(samples, at) };
    });
    this.#known = { all, overall: consensus(knownOf(all)), at };
    return this.#known;
  }

  forget(server: string): void {
    this.#samples.delete(server);
    this.#known = null;
  }

  #overallBut(left: string): Consensus {
    return consensus(knownOf(this.all().filter(({ server_name }) => server_name !== left)));
  }
}

interface KnownClock {
  readonly server_name: string;
  /** Null if nothing of it counts any more. */
  readonly clock_offset_ms: number | null;
}

interface Known {
  readonly all: readonly KnownClock[];
  readonly overall: Consensus;
  readonly at: number;
}

const knownOf = (clocks: readonly KnownClock[]): number[] =>
  clocks.map(({ clock_offset_ms }) => clock_offset_ms).filter((offset) => offset !== null);

/**
 * The median. If two clocks are in the middle, differ by more than the warning limit and don't both agree with us, half
 * of the clocks may be wrong or lying, so there is no verdict.
 */
export function consensus(offsets: readonly number[]): Consensus {
  const sorted = offsets.toSorted((a, b) => a - b);
  const [below, above] = [sorted[sorted.length / 2 - 1], sorted[sorted.length / 2]];
  const isDecided =
    below === undefined ||
    above === undefined ||
    above - below <= clockWarnMs ||
    !(isOff(below) || isOff(above));
  return isDecided ? (sorted[Math.floor(sorted.length / 2)] ?? null) : 'disagree';
}

/**
 * Fresh signed timestamps count alone, because a proxy, or anyone in the middle of plain http, can write any `Date`,
 * and a valid signature arrived within the accepted minute. Without fresh ones `Date` counts too, because a clock that
 * is off by more than that minute leaves no signed timestamps. A single wrong one is outvoted.
 */
export function estimate(samples: readonly Sample[], now: number): number | null {
  return estimateSigned(samples, now) ?? settled(toldLast(since(samples, now - keptMs, now)));
}

function estimateSigned(samples: readonly Sample[], now: number): number | null {
  return settled(since(samples, now - signedFreshMs, now).filter(({ by }) => by === 'signed'));
}

const since = (samples: readonly Sample[], from: number, now: number): Sample[] =>
  samples.filter(({ at }) => from <= at && at <= now);

/** Readings since the peer last signed something; all of them if those are too few. */
function toldLast(samples: readonly Sample[]): readonly Sample[] {
  const signedAt = Math.max(
    ...samples.map(({ at, by }) => (by === 'signed' ? at : Number.NEGATIVE_INFINITY)),
  );
  const told = samples.filter(({ at, by }) => by === 'told' && at > signedAt);
  return told.length > 1 ? told : samples.toSorted((a, b) => a.at - b.at);
}

/**
 * A single odd value is outvoted by the others. Two in a row that agree with each other but not with those before mean
 * that the clock was set, so only readings that agree with them count from then on.
 */
function settled(samples: readonly Sample[]): number | null {
  const offsets = samples.map(({ offsetMs }) => offsetMs);
  const [before, last] = offsets.slice(-2);
  if (before === undefined || last === undefined || Math.abs(last - before) > agreeMs) return median(offsets);
  return median(offsets.filter((offset) => Math.abs(offset - last) <= 2 * agreeMs));
}

const isOff = (offsetMs: number | null): boolean => offsetMs !== null && Math.abs(offsetMs) >= clockWarnMs;

function median(numbers: readonly number[]): number | null {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? null;
}

const saysTheSame = (sample: Sample, earlier: Sample | undefined, withinMs = sameMs): boolean =>
  earlier !== undefined &&
  earlier.at <= sample.at &&
  sample.at - earlier.at < withinMs &&
  Math.abs(sample.offsetMs - earlier.offsetMs) < sameMs;
