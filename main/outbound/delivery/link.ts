import type { Said } from '../../../shared/words/said.ts';
import { nextDelayMs, offlineDelayMs, probeDelayMs, quickTries } from '../waits.ts';

type WaitKind = 'starting' | 'backing_off' | 'parked' | 'offline';

interface Wait {
  readonly kind: WaitKind;
  readonly until: number;
  /** The peer itself asked for this wait, so contact from it doesn't shorten it. */
  readonly askedByPeer: boolean;
  /** Contact from the peer ends the wait, but not more often than this. */
  readonly heardGapMs: number;
}

/** Contact from a peer wakes its queue at most this often. */
export const heardIntervalMs = 15_000;

/** Whether less than `gapMs` has passed since `last`. A wall clock that was set back doesn't count as "too soon". */
export const tooSoon = (now: number, last: number, gapMs: number): boolean =>
  now >= last && now - last < gapMs;

/** Contact from the peer wakes a link or lane on hold at most four times as often as it is probed. */
export const heardGapMs = (delayMs: number): number => Math.max(heardIntervalMs, delayMs / 4);

/**
 * The state of a destination as a whole: whether it is in trouble, and how long it is left alone. If several requests
 * fail together, only the first counts: each failure starts an epoch, and results of requests sent in an earlier epoch
 * change nothing.
 */
export class Link {
  wait: Wait | null = null;
  /** After a wait one request goes first; the others follow when it is answered. */
  probing = false;
  epoch = 0;
  /**
   * Answers that showed that the server is alive; those to requests from before a failure don't count. Never reset: a lane
   * remembers the number at its own last failure.
   */
  answers = 0;
  lastError: Said | null = null;
  lastStatus: number | null = null;
  lastSuccessAt: number | null = null;
  /** Attempts since the last success, for display. */
  consecutiveFailures = 0;

  readonly #random: () => number;
  #failures = 0;
  #parkings = 0;
  #heardWakeAt = Number.NEGATIVE_INFINITY;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** Whether the destination as a whole is in trouble: its last result was a failure. */
  get failing(): boolean {
    return this.#failures > 0 || this.#parkings > 0;
  }

  /** Returns true if this ended the trouble. */
  answered(epoch: number): boolean {
    if (epoch !== this.epoch) return false;
    this.answers++;
    const wasFailing = this.failing;
    this.#failures = 0;
    this.#parkings = 0;
    this.probing = false;
    return wasFailing;
  }

  failed(epoch: number, now: number, quick: boolean, retryAfterMs: number | undefined): void {
    if (epoch === this.epoch) {
      this.#failures++;
      const step = quick || retryAfterMs !== undefined ? this.#failures : this.#failures + quickTries;
      const delay = Math.max(nextDelayMs(step, this.#random()), retryAfterMs ?? 0);
      this.#begin('backing_off', now, delay, retryAfterMs !== undefined, heardIntervalMs);
    } else if (this.wait !== null && retryAfterMs !== undefined && this.wait.until < now + retryAfterMs) {
      this.wait = { ...this.wait, until: now + retryAfterMs, askedByPeer: true };
    }
  }

  refused(epoch: number, now: number): void {
    if (epoch !== this.epoch) return;
    const delay = probeDelayMs(++this.#parkings, this.#random());
    this.#begin('parked', now, delay, false, heardGapMs(delay));
  }

  /** Our own network is down: a wait that doesn't count as a failure. */
  offline(epoch: number, now: number): void {
    if (epoch !== this.epoch) return;
    this.#begin('offline', now, offlineDelayMs(this.#random()), false, heardIntervalMs);
  }

  /** An event was delivered; `reason` says what is still wrong, if anything. */
  succeeded(now: number, status: number | null, reason: Said | null): void {
    this.consecutiveFailures = 0;
    this.lastSuccessAt = now;
    this.lastStatus = status;
    this.lastError = reason;
  }

  /** Something was not delivered; what follows from that is decided elsewhere. */
  stumbled(status: number | null, reason: Said): void {
    this.consecutiveFailures++;
    this.lastStatus = status;
    this.lastError = reason;
  }

  startAt(at: number): void {
    this.wait = { kind: 'starting', until: at, askedByPeer: false, heardGapMs: 0 };
  }

  endWait(): void {
    if (this.wait === null) return;
    this.wait = null;
    this.probing = true;
  }

  /** Ignores the results of requests that are still running. */
  newEpoch(): void {
    this.epoch++;
  }

  /** A signed request came from the peer: ends the wait, unless it is too soon or the peer asked for it. */
  heard(now: number): void {
    const wait = this.wait;
    if (wait === null || wait.askedByPeer || wait.kind === 'starting') return;
    if (tooSoon(now, this.#heardWakeAt, wait.heardGapMs)) return;
    this.#heardWakeAt = now;
    this.endWait();
  }

  #begin(kind: WaitKind, now: number, delayMs: number, askedByPeer: boolean, gapMs: number): void {
    this.epoch++;
    this.wait = { kind, until: now + delayMs, askedByPeer, heardGapMs: gapMs };
  }
}
