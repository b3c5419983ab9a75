/** Reads the answer of a push service (RFC 8030). */
import { type Said, said } from '../../../shared/words/said.ts';
import type { HttpResult } from '../../client/http.ts';
import { type BackOff, backOffMs } from '../../kernel/back-off.ts';

export type Outcome =
  | { readonly kind: 'accepted' }
  /** The subscription has ended. */
  | { readonly kind: 'gone'; readonly why: Said }
  /** This message is lost. */
  | { readonly kind: 'refused'; readonly why: Said }
  | { readonly kind: 'later'; readonly afterMs: number; readonly why: Said };

const retries: BackOff = { firstMs: 10_000, maxMs: 600_000 };
const triesMax = 5;
/** A service that asks for more is asked again after this. */
const waitMsMax = 86_400_000;

/** `tries`: how often the message was sent, 1 for the first time. */
export function outcomeOf(result: HttpResult, service: string, tries: number, now: number): Outcome {
  const later = (why: Said, afterMs = backOffMs(retries, tries)): Outcome =>
    tries < triesMax ? { kind: 'later', afterMs, why } : { kind: 'refused', why };
  if (result.kind === 'aborted') return later(said('people.push_failing', { service, status: 0 }));
  if (result.kind === 'network') {
    const why = said('people.push_unreachable', { service, error: result.error });
    return result.code === 'ADDRESS_REFUSED' ? { kind: 'refused', why } : later(why);
  }
  const { status, headers } = result;
  if (status >= 200 && status < 300) return { kind: 'accepted' };
  if (status === 404 || status === 410) return { kind: 'gone', why: said('people.push_gone') };
  const asked = retryAfterMs(headers.retryAfter, now);
  if (status === 429) {
    const afterMs = Math.min(asked ?? backOffMs(retries, tries), waitMsMax);
    return later(said('people.push_busy', { service, seconds: Math.ceil(afterMs / 1000) }), afterMs);
  }
  if (status >= 500)
    return later(
      said('people.push_failing', { service, status }),
      Math.min(Math.max(asked ?? 0, backOffMs(retries, tries)), waitMsMax),
    );
  return { kind: 'refused', why: said('people.push_refused', { service, status }) };
}

/** Seconds, or a date. */
function retryAfterMs(header: string | undefined, now: number): number | null {
  if (header === undefined) return null;
  const seconds = /^\d{1,9}$/.test(header) ? Number(header) : (Date.parse(header) - now) / 1000;
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : null;
}
