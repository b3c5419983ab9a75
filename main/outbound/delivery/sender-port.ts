import type { Said } from '../../../shared/words/said.ts';
import type { Clocks } from '../../clocks/clock-refusal.ts';
import type { OutboxRow } from '../../store/outbox-port.ts';

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
