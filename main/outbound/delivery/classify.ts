import { reasonIn, scopeIn } from '../../../shared/protocol/reasons.ts';
import { clockRefusal } from '../../clocks/clock-refusal.ts';
import { retryAfterMs } from '../../kernel/back-off.ts';
import { networkReason, peerSays } from './reason.ts';
import type { SendAnswer, SendResult } from './sender-port.ts';

/** What an answer means for the event and for the link (docs/protocol/delivery.md, "What an answer means"). */
export type Outcome =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'held'; readonly reason: string }
  | {
      readonly kind: 'retry';
      readonly reason: string;
      readonly retryAfterMs?: number;
      /** Whether the few quick tries make sense, or only the slow back-off. */
      readonly quick: boolean;
    }
  | {
      readonly kind: 'sign_again';
      readonly reason: string;
      /** False where the peer did not say that it means a replay. */
      readonly certain: boolean;
    }
  | { readonly kind: 'rejected'; readonly reason: string }
  | {
      readonly kind: 'closed';
      readonly reason: string;
      /** Who is refused: this server altogether, or perhaps only in this room. */
      readonly scope: 'server' | 'room';
      /** The peer's clock minus ours, where that is why. */
      readonly clockOffsetMs?: number;
    }
  | { readonly kind: 'wrong_place'; readonly reason: string }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'offline'; readonly reason: string };

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function parseObject(text: string): Json | null {
  if (!text.trimStart().startsWith('{')) return null;
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

const isPage = (answer: SendAnswer): boolean =>
  /^(text\/html|application\/xhtml)/i.test(answer.headers.contentType?.trim() ?? '') ||
  /^\s*<(!doctype|html|head|body)/i.test(answer.body);

/** Classifies what came of sending one event; `nowMs` dates `Retry-After` and the peer's clock. */
export function classify(result: SendResult, nowMs: number): Outcome {
  if (result.kind === 'aborted') return { kind: 'cancelled' };
  if (result.kind === 'network') {
    return result.offline === true
      ? { kind: 'offline', reason: 'This computer has no network; tried again when it is back.' }
      : { kind: 'retry', reason: networkReason(result), quick: true };
  }
  return classifyAnswer(result, nowMs);
}

function classifyAnswer(answer: SendAnswer, nowMs: number): Outcome {
  const { status } = answer;
  const json = parseObject(answer.body);
  const says = peerSays(json);

  if (status >= 500) return waiting(answer, nowMs, true, `Its server failed with status ${status}${says}.`);
  if (status === 429) return waiting(answer, nowMs, false, `It asks us to send more slowly (429)${says}.`);
  if (status === 408 || status === 425) {
    return waiting(answer, nowMs, true, `It was not ready for the request (${status})${says}.`);
  }
  // A proxy in front of a peer refuses what is too big with a page of its own, and will do so every time.
  if (status === 413) return { kind: 'rejected', reason: `It finds the event too big (413)${says}.` };
  if (isPage(answer)) {
    return wrongPlace(`It answered ${status} with a web page instead of JSON`);
  }
  if (status >= 200 && status < 300) {
    return json ? { kind: 'delivered' } : wrongPlace(`It answered ${status}, but not with a JSON object`);
  }
  if (status >= 300 && status < 400) return wrongPlace(`It redirects to somewhere else (${status})`);
  switch (status) {
    case 400:
    case 422:
      return { kind: 'rejected', reason: `It refuses the event as invalid (${status})${says}.` };
    case 401:
      return unauthorized(answer, nowMs, says);
    case 403:
      return forbidden(json, says);
    case 404:
    case 405:
    case 410:
      return wrongPlace(`There is nothing to deliver to at its address (${status})`, says);
    case 409:
      return conflicting(json, says);
    default:
      return wrongPlace(`It answered ${status}, which no such server should`, says);
  }
}

function waiting(answer: SendAnswer, nowMs: number, quick: boolean, reason: string): Outcome {
  const asked = retryAfterMs(answer.headers.retryAfter, nowMs);
  return { kind: 'retry', reason, quick, ...(asked === undefined ? {} : { retryAfterMs: asked }) };
}

function wrongPlace(what: string, says = ''): Outcome {
  return { kind: 'wrong_place', reason: `${what}: probably a proxy or a wrong endpoint${says}.` };
}

function unauthorized(answer: SendAnswer, nowMs: number, says: string): Outcome {
  const clock = clockRefusal(answer, nowMs, answer.clocks ?? { peerMs: null, othersMs: null });
  if (clock)
    return {
      kind: 'closed',
      scope: 'server',
      clockOffsetMs: clock.offsetMs,
      reason: `It does not accept our signature (401), for the clocks disagree: ${clock.text} ${clock.fix}`,
    };
  return { kind: 'closed', scope: 'server', reason: `It does not accept our signature (401)${says}.` };
}

function forbidden(json: Json | null, says: string): Outcome {
  const details = isObject(json?.details) ? json.details : null;
  if (details?.held === true) {
    return { kind: 'held', reason: `It quarantines us and keeps the event for its owner to judge${says}.` };
  }
  if (scopeIn(details) === 'event') {
    return { kind: 'rejected', reason: `It refuses this one event (403)${says}.` };
  }
  return { kind: 'closed', scope: 'room', reason: `It does not let us in (403)${says}.` };
}

function conflicting(json: Json | null, says: string): Outcome {
  const details = isObject(json?.details) ? json.details : null;
  if (reasonIn(details) === 'event_id_conflict') {
    return { kind: 'rejected', reason: `It has another event under the same id (409)${says}.` };
  }
  const message = typeof json?.message === 'string' ? json.message : '';
  const certain =
    json?.code === 'CONFLICT' &&
    (details === null ? /replay|seen before/i.test(message) : reasonIn(details) === 'replay');
  return {
    kind: 'sign_again',
    certain,
    reason: certain
      ? `It took the request for a repetition of an earlier one (409)${says}.`
      : `It sees a conflict and does not name it (409)${says}.`,
  };
}
