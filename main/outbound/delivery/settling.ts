import { type Said, said, sentences, span } from '../../../shared/words/said.ts';
import type { NextStep, OutboxRow, ReportedOutcome } from '../../store/outbox-port.ts';
import { nextDelayMs, probeDelayMs } from '../waits.ts';
import { classify, type Outcome } from './classify.ts';
import type { Lane } from './lane.ts';
import type { Lanes } from './lanes.ts';
import { heardGapMs, heardIntervalMs, type Link } from './link.ts';
import type { SendResult, Surroundings } from './ports.ts';

/** One row of a running request. */
interface SentRow {
  readonly lane: Lane;
  readonly row: OutboxRow;
  readonly epoch: number;
  readonly startedAt: number;
  readonly signal: AbortSignal;
}

/** A conflict without a reason that is repeated this often counts as a refusal. */
const signAgainTriesMax = 3;

/** Turns the result of a request into what it means for its row, its lane and the link. */
export class Settling {
  readonly #env: Surroundings;
  readonly #lanes: Lanes;
  readonly #link: Link;

  constructor(env: Surroundings, lanes: Lanes, link: Link) {
    this.#env = env;
    this.#lanes = lanes;
    this.#link = link;
  }

  /** Returns whether the row is finished, so that the next one of its lane can be processed. */
  settle(sent: SentRow, result: SendResult): boolean {
    const now = this.#env.clock.now();
    const status = result.kind === 'answer' ? result.status : null;
    const isDone = this.#act(sent, this.#judge(sent, result, now), status, now);
    if (result.kind === 'answer') this.#env.networkIs(true);
    return isDone;
  }

  /** Makes a row a dead letter only because of its age. */
  giveUp(lane: Lane, row: OutboxRow, lastWord: Said | null): void {
    lane.settle(row);
    this.#env.report({
      row,
      at: this.#env.clock.now(),
      latencyMs: 0,
      status: null,
      outcome: 'expired',
      error: sentences(said('delivery.gave_up', { span: span(this.#env.maxAgeMs()) }), lastWord),
      next: { state: 'dead' },
    });
  }

  #judge(sent: SentRow, result: SendResult, now: number): Outcome {
    if (result.kind === 'network') {
      if (sent.signal.aborted) return { kind: 'cancelled' };
      this.#env.noticeSleep();
      if (result.offline !== true && this.#env.sleptSince(sent.startedAt)) {
        return { kind: 'offline', reason: said('delivery.asleep') };
      }
    }
    return classify(result, now, Buffer.byteLength(sent.row.body));
  }

  #act(sent: SentRow, outcome: Outcome, status: number | null, now: number): boolean {
    const { lane, epoch } = sent;
    const link = this.#link;
    if (outcome.kind !== 'sign_again' && outcome.kind !== 'cancelled') lane.signAgains = 0;
    switch (outcome.kind) {
      case 'cancelled':
        return false;
      case 'offline':
        link.lastError = outcome.reason;
        link.offline(epoch, now);
        this.#env.networkIs(false);
        return false;
      case 'delivered':
      case 'held': {
        const reason = outcome.kind === 'held' ? outcome.reason : null;
        this.#serverIsAlive(epoch);
        this.#laneIsOpen(lane);
        link.succeeded(now, status, reason);
        this.#finish(sent, outcome.kind, status, reason, { state: 'done' });
        return true;
      }
      case 'rejected':
        this.#reject(sent, status, outcome.reason);
        return true;
      case 'sign_again': {
        lane.signAgains++;
        if (!outcome.certain && lane.signAgains >= signAgainTriesMax) {
          this.#reject(sent, status, outcome.reason);
          return true;
        }
        this.#serverIsAlive(epoch);
        this.#hold(lane, 'waiting', now, nextDelayMs(lane.signAgains, this.#env.random()), outcome.reason);
        break;
      }
      case 'later':
        this.#hold(lane, 'waiting', now, outcome.delayMs, outcome.reason);
        this.#failed(sent, 'retry', status, outcome.reason, now);
        return false;
      case 'retry': {
        const failedAlone = lane.failed(link.answers);
        if (failedAlone > 0 && outcome.quick && outcome.retryAfterMs === undefined) {
          this.#hold(lane, 'waiting', now, nextDelayMs(failedAlone, this.#env.random()), outcome.reason);
        } else {
          link.failed(epoch, now, outcome.quick, outcome.retryAfterMs);
        }
        break;
      }
      case 'closed':
      case 'wrong_place':
        if (outcome.kind === 'closed' && outcome.scope === 'server' && lane.failed(link.answers) === 0) {
          link.refused(epoch, now);
        } else {
          this.#serverIsAlive(epoch);
          const delay = probeDelayMs(++lane.parkings, this.#env.random());
          this.#hold(lane, 'parked', now, delay, outcome.reason);
        }
        break;
      default:
        outcome satisfies never;
        return false;
    }
    this.#failed(sent, outcome.kind, status, outcome.reason, now);
    return false;
  }

  #serverIsAlive(epoch: number): void {
    // Failures of lanes while the whole server was in trouble don't count against them.
    if (this.#link.answered(epoch)) this.#lanes.release((hold) => hold.kind === 'waiting');
  }

  #laneIsOpen(lane: Lane): void {
    const wasParked = lane.parkings > 0;
    lane.answered();
    // A server that accepts one room again may accept all of them.
    if (wasParked) this.#lanes.release((hold) => hold.kind === 'parked');
  }

  #hold(lane: Lane, kind: 'waiting' | 'parked', now: number, delayMs: number, reason: Said): void {
    const gap = kind === 'parked' ? heardGapMs(delayMs) : heardIntervalMs;
    this.#lanes.hold(lane, { kind, until: now + delayMs, reason, heardGapMs: gap });
  }

  #reject(sent: SentRow, status: number | null, reason: Said): void {
    this.#serverIsAlive(sent.epoch);
    sent.lane.answered();
    this.#link.stumbled(status, reason);
    this.#finish(sent, 'rejected', status, reason, { state: 'dead' });
  }

  /** The row stays where it is, and is retried after the wait of its lane or link. */
  #failed(sent: SentRow, outcome: ReportedOutcome, status: number | null, reason: Said, now: number): void {
    const { lane, row } = sent;
    const wait = lane.hold ?? this.#link.wait;
    const state = wait?.kind === 'parked' ? 'parked' : 'retrying';
    this.#link.stumbled(status, reason);
    this.#report(sent, outcome, status, reason, { state, nextAttemptAt: wait?.until ?? now });
    if (now - row.enqueuedAt > this.#env.maxAgeMs()) this.giveUp(lane, row, reason);
  }

  #finish(
    sent: SentRow,
    outcome: ReportedOutcome,
    status: number | null,
    error: Said | null,
    next: NextStep,
  ): void {
    sent.lane.settle(sent.row);
    this.#report(sent, outcome, status, error, next);
  }

  #report(
    sent: SentRow,
    outcome: ReportedOutcome,
    status: number | null,
    error: Said | null,
    next: NextStep,
  ): void {
    const at = this.#env.clock.now();
    const latencyMs = Math.max(at - sent.startedAt, 0);
    this.#env.report({ row: sent.row, at, latencyMs, status, outcome, error, next });
  }
}
