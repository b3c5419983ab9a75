import {
  isObject,
  JsonNumber,
  type JsonObject,
  type JsonValue,
  parseJson,
} from '../../../shared/protocol/coding/json.ts';
import { splitPage } from '../../../shared/protocol/coding/json-page.ts';
import { type Redacted, redactedFrom } from '../../../shared/protocol/events/redaction.ts';
import { limits } from '../../../shared/protocol/limits.ts';
import { type Said, said } from '../../../shared/words/said.ts';
import { answerTooLarge, type HttpResult } from '../../client/http.ts';
import type { Clock } from '../../kernel/ports.ts';

const tokenCharsMax = 256;

/** Pages of one room, or of the queue, that a round reads at most. The next round goes on from there. */
export const pagesPerRoundMax = 500;

/** Pages in a row without a single event that we can use, before a reading is broken off. */
export const uselessPagesMax = 20;

/** Events asked for at once, if nothing says otherwise. */
const pageSizeMax = 200;

/**
 * How many events to ask for at once. A page that was too large is asked for again with half as many, down to one
 * event. Each reading that succeeds asks for twice as many the next time.
 */
export class PageSize {
  #size = pageSizeMax;

  get size(): number {
    return this.#size;
  }

  /** False if one event was too much already. */
  shrink(): boolean {
    if (this.#size === 1) return false;
    this.#size = Math.ceil(this.#size / 2);
    return true;
  }

  grow(): void {
    this.#size = Math.min(this.#size * 2, pageSizeMax);
  }
}

/** The peer answers, but with more than we accept at once. */
export const isTooLarge = (answer: HttpResult): boolean =>
  answer.kind === 'network' && answer.code === answerTooLarge;

/** Lets other work go on. */
export type Pause = () => Promise<void>;

export const pauseBy =
  (clock: Clock): Pause =>
  () =>
    new Promise((resolve) => clock.after(0, resolve));

/** One answer to `GET events`. */
export interface Page {
  readonly events: readonly JsonValue[];
  /** What is left of messages that were erased there. */
  readonly erased: readonly Redacted[];
  /** Arrival token of a peer of our kind. */
  readonly next: string | null;
  readonly more: boolean;
  readonly isLarge: boolean;
}

/** One answer to `GET queue`. */
export interface QueuePage {
  readonly events: readonly JsonValue[];
  /** Said back, it says that these have arrived. */
  readonly next: number;
  readonly more: boolean;
  readonly isLarge: boolean;
}

/** Null for what is not a list of events. A peer of another kind gives neither `next` nor `more`. */
export async function readPage(text: string, pageSize: number, pause: Pause): Promise<Page | null> {
  const page = await read(text, pause);
  if (page === null) return null;
  const { body, events } = page;
  const next = body.get('next');
  const isMore = body.get('more') === true || (body.get('more') === undefined && events.length >= pageSize);
  // A server that sends nothing and promises more would be asked forever.
  return {
    events,
    erased: redactedOf(body.get('erased'), pageSize),
    next: typeof next === 'string' && next.length <= tokenCharsMax ? next : null,
    isLarge: text.length > largeChars,
    more: isMore && (events.length > 0 || isFilled(body.get('erased'))),
  };
}

const isFilled = (list: JsonValue | undefined): boolean => Array.isArray(list) && list.length > 0;

/** Whatever is wrong with one must not keep the others. They are stored together, so an answer has room for one page. */
function redactedOf(list: JsonValue | undefined, max: number): Redacted[] {
  if (!Array.isArray(list)) return [];
  return list.slice(0, max).flatMap((value: JsonValue) => {
    try {
      return [redactedFrom(value)];
    } catch {
      return [];
    }
  });
}

/** Null for what is not a page of a queue. */
export async function readQueuePage(text: string, pause: Pause): Promise<QueuePage | null> {
  const page = await read(text, pause);
  const next = page?.body.get('next');
  const number = next instanceof JsonNumber ? Number(next.lexeme) : Number.NaN;
  if (page === null || !Number.isSafeInteger(number) || number < 0) return null;
  return {
    events: page.events,
    next: number,
    more: page.body.get('more') === true,
    isLarge: text.length > largeChars,
  };
}

interface Read {
  readonly body: JsonObject;
  readonly events: readonly JsonValue[];
}

/** A page this long is read in pieces, with other work in between. */
const largeChars = 262_144;

/** An event that can't be read is null, so that it keeps none of the others. */
async function read(text: string, pause: Pause): Promise<Read | null> {
  const splitting = splitPage(text);
  let step = splitting.next();
  for (; !step.done; step = splitting.next()) await pause();
  if (step.value === null) return null;
  let body: JsonValue;
  try {
    body = parseJson(step.value.rest, limits.jsonValuesMax);
  } catch {
    return null;
  }
  const events: JsonValue[] = [];
  let read = 0;
  for (const one of step.value.events) {
    events.push(parsed(one));
    read += one.length;
    if (read < largeChars) continue;
    read = 0;
    await pause();
  }
  return isObject(body) ? { body, events } : null;
}

function parsed(event: string): JsonValue {
  try {
    return parseJson(event, limits.jsonValuesMax);
  } catch {
    return null;
  }
}

type Answer = HttpResult & { readonly kind: 'answer' };

/** The status of a server that has no such call at all. */
export const isUnknownCall = ({ status }: Answer): boolean =>
  status === 404 || status === 405 || status === 501;

export const isWebPage = ({ headers, body }: Answer): boolean =>
  /^(text\/html|application\/xhtml)/i.test(headers.contentType?.trim() ?? '') ||
  /^\s*<(!doctype|html|head|body)/i.test(body);

/** What is wrong with an answer to `GET events`. */
export function whyNoEvents(answer: Answer): Said {
  if (isWebPage(answer)) return said('peer.asks_page');
  return said(answer.status === 200 ? 'peer.asks_garbled' : 'peer.asks_status');
}

export const eventIdOf = (event: JsonValue): JsonValue =>
  isObject(event) ? (event.get('event_id') ?? null) : null;

export function depthOf(event: JsonValue): number {
  const depth = isObject(event) ? event.get('depth') : undefined;
  const number = depth instanceof JsonNumber ? Number(depth.lexeme) : 0;
  return Number.isSafeInteger(number) ? number : 0;
}
