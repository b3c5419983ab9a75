import type { Said } from '../../../shared/words/said.ts';
import type { Clocks } from '../../clocks/clock-refusal.ts';
import type { Clock } from '../../kernel/ports.ts';
import type { AttemptReport, OutboxRow, OutboxStore } from '../../store/outbox-port.ts';
import type { Turner } from './turns.ts';

export interface SendAnswer {
  readonly kind: 'answer';
  readonly status: number;
  readonly headers: {
    readonly date?: string | undefined;
    readonly retryAfter?: string | undefined;
    readonly contentType?: string | undefined;
  };
  /** The answer as text. One longer than a valid answer needs is a failure. */
  readonly body: string;
  /** A server of another kind trusts us and refuses this event, or the message that the event is about is gone there. */
  readonly verdict?: 'refused' | 'gone' | 'removed' | undefined;
  /** The clocks as far as they are known, if the answer is a refusal that may be because of the time. */
  readonly clocks?: Clocks | undefined;
}

export interface SendFailure {
  readonly kind: 'network';
  readonly error: Said;
  readonly code?: string | undefined;
  /** Our own network is down, so the peer is not to blame. */
  readonly offline?: boolean | undefined;
}

/** An event that wasn't sent, because the server would refuse or drop it. */
export interface NotSent {
  readonly kind: 'unfit';
  readonly reason: Said;
  /** When it would take the event; absent for never. */
  readonly laterMs?: number;
}

export type SendResult = SendAnswer | SendFailure | NotSent | { readonly kind: 'aborted' };

/**
 * Posts one event, with a new signature. Never rejects, always settles (it has its own timeouts), and settles soon
 * after `signal` is aborted. All requests to one destination share the signal.
 */
export type SendEvent = (destination: string, row: OutboxRow, signal: AbortSignal) => Promise<SendResult>;

/**
 * Posts several events in one request. `after` is the event before them, if it hasn't been answered yet. Returns a result
 * for each event, in order; or one result for the whole request; or `null` if the peer didn't understand the request and
 * needs these events one by one. Settles like `SendEvent`.
 */
export type SendEvents = (
  destination: string,
  rows: readonly OutboxRow[],
  signal: AbortSignal,
  after: OutboxRow | null,
) => Promise<readonly SendResult[] | SendResult | null>;

/** How a destination is sent to. */
export interface Sender {
  readonly one: SendEvent;
  readonly many: SendEvents;
  /** Whether the destination accepts several events in one request. */
  readonly takesMany: (destination: string) => boolean;
  /** Whether the destination keeps the order of a room if the next request starts before the last is answered. */
  readonly keepsOrder: (destination: string) => boolean;
}

/** The part of delivery that a destination needs. */
export interface Surroundings {
  readonly clock: Clock;
  readonly random: () => number;
  readonly store: OutboxStore;
  readonly send: Sender;
  readonly inFlightMax: number;
  readonly maxAgeMs: () => number;
  /** This destination may have something to send. It gets its turn after the others that asked before. */
  readonly askForTurn: (turner: Turner) => void;
  /** Records the outcome of an attempt and announces it. */
  readonly report: (report: AttemptReport) => void;
  /** A request has ended, with whatever result. */
  readonly answered: () => void;
  /** A server answered, so our network works; or the request could not even leave. */
  readonly networkIs: (up: boolean) => void;
  /** Checks if the computer was asleep; if so, wakes every destination. */
  readonly noticeSleep: () => void;
  /** Whether a request started at that time may have failed because we were asleep. */
  readonly sleptSince: (startedAt: number) => boolean;
}
