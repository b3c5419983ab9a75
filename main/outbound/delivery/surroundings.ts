import type { Clock } from '../../kernel/ports.ts';
import type { AttemptReport, OutboxStore } from '../../store/outbox-port.ts';
import type { SendEvent } from './sender-port.ts';

/** What a destination needs of the delivery it belongs to. */
export interface Surroundings {
  readonly clock: Clock;
  readonly random: () => number;
  readonly store: OutboxStore;
  readonly send: SendEvent;
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
