import type { Said } from '../../../shared/words/said.ts';
import type { Clocks } from '../../clocks/clock-refusal.ts';
import type { Clock } from '../../kernel/ports.ts';
import type { AttemptReport, OutboxRow, OutboxStore } from '../../store/outbox-port.ts';

export interface SendAnswer {
  readonly kind: 'answer';
  readonly status: number;
  readonly headers: {
    readonly date?: string | undefined;
    readonly retryAfter?: string | undefined;
    readonly contentType?: string | undefined;
  };
  /** As text, and only so much of it as an honest answer would need. */
  readonly body: string;
  /** With a refusal: what is known of clocks, in case it is for the time. */
  readonly clocks?: Clocks | undefined;
}

export interface SendFailure {
  readonly kind: 'network';
  readonly error: Said;
  readonly code?: string | undefined;
  /** Our own network is down, so the peer is not to blame. */
  readonly offline?: boolean | undefined;
}

export type SendResult = SendAnswer | SendFailure | { readonly kind: 'aborted' };

/**
 * Posts one event, signing the request afresh. Never rejects, always settles (timeouts are its own), and settles
 * soon once `signal` is aborted. The signal is shared by all requests to one destination.
 */
export type SendEvent = (destination: string, row: OutboxRow, signal: AbortSignal) => Promise<SendResult>;

/**
 * Posts several events in one request. A result for each, in order; or one for the request as a whole; or `null`: the peer
 * did not understand it, and is sent these one by one. Settles like `SendEvent`.
 */
export type SendEvents = (
  destination: string,
  rows: readonly OutboxRow[],
  signal: AbortSignal,
) => Promise<readonly SendResult[] | SendResult | null>;

/** How a destination is sent to. */
export interface Sender {
  readonly one: SendEvent;
  readonly many: SendEvents;
  /** Whether the destination takes several events in one request. */
  readonly takesMany: (destination: string) => boolean;
}

/** What a destination needs of the delivery it belongs to. */
export interface Surroundings {
  readonly clock: Clock;
  readonly random: () => number;
  readonly store: OutboxStore;
  readonly send: Sender;
  readonly inFlightMax: number;
  readonly maxAgeMs: () => number;
  /** Records the outcome of an attempt and notifies the listener. */
  readonly report: (report: AttemptReport) => void;
  /** A request is over, with whatever result. */
  readonly landed: () => void;
  /** Some server answered, so our network works; or the request could not even leave. */
  readonly networkIs: (up: boolean) => void;
  /** Looks whether the machine slept; if so, wakes every destination. */
  readonly noticeSleep: () => void;
  /** Whether a request begun then may have failed for our having slept. */
  readonly sleptSince: (startedAt: number) => boolean;
}
