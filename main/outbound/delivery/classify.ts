import { plainText } from '../../../shared/protocol/coding/plain-text.ts';
import { reasonIn, scopeIn } from '../../../shared/protocol/reasons.ts';
import { type Said, said, sentences } from '../../../shared/words/said.ts';
import { isRefusal, isWebPage } from '../../client/http.ts';
import { networkMessage } from '../../client/say-network-error.ts';
import { clockRefusal } from '../../clocks/clock-refusal.ts';
import { nextStepFor } from '../../trust/not-a-peer.ts';
import { retryAfterMs } from '../waits.ts';
import type { SendAnswer, SendFailure, SendResult } from './ports.ts';

/** The meaning of an answer for the event and for the link (docs/protocol/delivery.md, "What an answer means"). */
export type Outcome =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'held'; readonly reason: Said }
  | {
      readonly kind: 'retry';
      readonly reason: Said;
      readonly retryAfterMs?: number;
      /** Whether quick retries make sense, or only the slow back-off. */
      readonly quick: boolean;
    }
  | {
      readonly kind: 'sign_again';
      readonly reason: Said;
      /** False if the peer did not say that it means a replay. */
      readonly certain: boolean;
    }
  | { readonly kind: 'rejected'; readonly reason: Said }
  /** The event wasn't sent: the server takes it only after this time. */
  | { readonly kind: 'later'; readonly reason: Said; readonly delayMs: number }
  | {
      readonly kind: 'closed';
      readonly reason: Said;
      /** The extent of the refusal: this server altogether, or perhaps only in this room. */
      readonly scope: 'server' | 'room';
      /** The peer's clock minus ours, if that is the reason. */
      readonly clockOffsetMs?: number;
    }
  | { readonly kind: 'wrong_place'; readonly reason: Said }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'offline'; readonly reason: Said };

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

/** A proxy that lets smaller events through means the size of this one when it answers 413. */
const proxyBytesMin = 65_536;

/** Classifies the result of sending one event; `nowMs` dates `Retry-After` and the peer's clock. */
export function classify(result: SendResult, nowMs: number, eventBytes = 0): Outcome {
  if (result.kind === 'aborted') return { kind: 'cancelled' };
  if (result.kind === 'network') {
    return result.offline === true
      ? { kind: 'offline', reason: said('delivery.offline') }
      : { kind: 'retry', reason: networkReason(result), quick: true };
  }
  if (result.kind === 'unfit')
    return result.laterMs === undefined
      ? { kind: 'rejected', reason: result.reason }
      : { kind: 'later', reason: result.reason, delayMs: result.laterMs };
  return classifyAnswer(result, nowMs, eventBytes);
}

function classifyAnswer(answer: SendAnswer, nowMs: number, eventBytes: number): Outcome {
  const { status } = answer;
  const json = parseObject(answer.body);
  const says = (text: Said): Said => withWords(text, json);
  const isTheirs = isRefusal(answer.body);

  if (status >= 500) return waiting(answer, nowMs, true, says(said('delivery.server_error')));
  if (status === 429) return waiting(answer, nowMs, false, says(said('delivery.slow_down')));
  if (status === 408 || status === 425) return waiting(answer, nowMs, true, says(said('delivery.not_ready')));
  // A proxy in front of a peer refuses a large request with its own page, and will do so every time.
  if (status === 413 && (isTheirs || eventBytes > proxyBytesMin))
    return { kind: 'rejected', reason: says(said('delivery.too_large')) };
  if (isWebPage(answer)) return { kind: 'wrong_place', reason: said('delivery.web_page') };
  if (status >= 200 && status < 300) return isTaken(json) ? { kind: 'delivered' } : odd(answer, json);
  if (status >= 300 && status < 400) return { kind: 'wrong_place', reason: said('delivery.redirect') };
  if (nothingThere.has(status)) {
    // There is nothing left to change there, as with an event that it has already.
    if (answer.verdict === 'gone') return { kind: 'delivered' };
    return { kind: 'wrong_place', reason: says(said('delivery.nothing_there')) };
  }
  if (!isTheirs) return odd(answer, json);
  switch (status) {
    case 400:
    case 422:
      return { kind: 'rejected', reason: says(said('delivery.invalid')) };
    case 401:
      return unauthorized(answer, nowMs, says);
    case 403:
      if (answer.verdict === 'removed') return { kind: 'rejected', reason: said('delivery.author_removed') };
      if (answer.verdict === 'refused') return { kind: 'rejected', reason: said('delivery.refused_there') };
      return forbidden(json, says);
    case 409:
      return conflicting(json, says);
    default:
      return odd(answer, json);
  }
}

const nothingThere: ReadonlySet<number> = new Set([404, 405, 410]);

/** Any program may answer 2xx. Only a Paracord server names the event, or says whether it is new. */
const isTaken = (json: Json | null): boolean =>
  typeof json?.event_id === 'string' || typeof json?.inserted === 'boolean';

const quoteBytesMax = 1000;

/** Another program answered. Its words may show the owner which one. */
function odd(answer: SendAnswer, json: Json | null): Outcome {
  const words = json ?? { message: answer.body.slice(0, quoteBytesMax) };
  return { kind: 'wrong_place', reason: withWords(said('delivery.odd_status'), words) };
}

/** Adds the answer's own message to the sentence about it. */
type Says = (text: Said) => Said;

function waiting(answer: SendAnswer, nowMs: number, quick: boolean, reason: Said): Outcome {
  const asked = retryAfterMs(answer.headers.retryAfter, nowMs);
  return { kind: 'retry', reason, quick, ...(asked === undefined ? {} : { retryAfterMs: asked }) };
}

function unauthorized(answer: SendAnswer, nowMs: number, says: Says): Outcome {
  const clock = clockRefusal(answer, nowMs, answer.clocks ?? { peerMs: null, othersMs: null });
  if (!clock) return { kind: 'closed', scope: 'server', reason: says(said('delivery.signature')) };
  const reason = said('delivery.signature_clock', { text: clock.text, fix: clock.fix });
  return { kind: 'closed', scope: 'server', clockOffsetMs: clock.offsetMs, reason };
}

function forbidden(json: Json | null, says: Says): Outcome {
  const details = isObject(json?.details) ? json.details : null;
  if (details?.held === true) return { kind: 'held', reason: says(said('delivery.held')) };
  if (scopeIn(details) === 'event') return { kind: 'rejected', reason: says(said('delivery.event_refused')) };
  return { kind: 'closed', scope: 'room', reason: says(said('delivery.closed')) };
}

function conflicting(json: Json | null, says: Says): Outcome {
  const details = isObject(json?.details) ? json.details : null;
  if (reasonIn(details) === 'event_id_conflict')
    return { kind: 'rejected', reason: says(said('delivery.id_conflict')) };
  const message = typeof json?.message === 'string' ? json.message : '';
  const certain =
    json?.code === 'CONFLICT' &&
    (details === null ? /replay|seen before/i.test(message) : reasonIn(details) === 'replay');
  const reason = says(certain ? said('delivery.replay') : said('delivery.conflict'));
  return { kind: 'sign_again', certain, reason };
}

/** Adds a peer's own message to the sentence about its answer. It will be shown, so it is made plain first. */
function withWords(text: Said, answer: Readonly<Record<string, unknown>> | null): Said {
  const message = [answer?.message, answer?.error].find((each) => typeof each === 'string');
  const quote = typeof message === 'string' ? plainText(message) : '';
  return quote === '' ? text : said('delivery.says', { text, quote });
}

/** Why a request got no answer. */
function networkReason({ error, code = '' }: SendFailure): Said {
  const known = networkMessage(code);
  if (known !== null) return known;
  if (/CERT|SELF_SIGNED|TLS|SSL/.test(code)) return sentences(badCertificate(error), nextStepFor(code));
  if (error.code !== 'plain.text') return error;
  const detail = plainText(String(error.params.text)) || code;
  return said('network.failed', { detail: detail || said('network.no_details') });
}

/** Quotes OpenSSL; our own messages about certificates are sentences already. */
const badCertificate = (error: Said): Said =>
  error.code === 'plain.text'
    ? said('network.bad_certificate', { detail: plainText(String(error.params.text)) })
    : error;
