import {
  isObject,
  JsonNumber,
  type JsonObject,
  type JsonValue,
  parseJson,
} from '../../../shared/protocol/coding/json.ts';
import { splitPage } from '../../../shared/protocol/coding/json-page.ts';
import { depthFields } from '../../../shared/protocol/events/envelope.ts';
import { type Redacted, redactedFrom } from '../../../shared/protocol/events/redaction.ts';
import { limits } from '../../../shared/protocol/limits.ts';
import type { Position } from '../../../shared/protocol/room-state.ts';
import { type Said, said } from '../../../shared/words/said.ts';
import { answerTooLarge, type HttpResult, isWebPage } from '../../client/http.ts';
import type { Pause } from '../../kernel/timers.ts';

const tokenCharsMax = 256;
/** The longest ID in a place; the existing server has no longer ones. */
const placeIdCharsMax = 255;

/** The most pages of one room, or of the queue, read in a round. The next round continues from there. */
export const pagesPerRoundMax = 500;

/** How many pages in a row may contain no event that we can use, before reading stops. */
export const uselessPagesMax = 20;

/** How many events to request at once, by default. */
const pageSizeMax = 200;

/**
 * How many events to request at once. A page that was too large is requested again with half as many, down to one
 * event. Each successful reading doubles the number for the next.
 */
export class PageSize {
  #size = pageSizeMax;

  get size(): number {
    return this.#size;
  }

  /** False if even one event was too much. */
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

/** One answer to `GET events`. */
export interface Page {
  readonly events: readonly JsonValue[];
  /** The remains of messages that were erased there. */
  readonly erased: readonly Redacted[];
  /** Arrival token, from a Paracord Node. */
  readonly next: string | null;
  /** The end of the page in the room's order, from the existing server since release 3.0; null if it doesn't say. */
  readonly end: Position | null;
  readonly more: boolean;
  /** How many events come after this page, as the peer says; null if it doesn't. */
  readonly left: number | null;
  readonly isLarge: boolean;
}

/** One answer to `GET queue`. */
interface QueuePage {
  readonly events: readonly JsonValue[];
  /** Passing it back confirms that these have arrived. */
  readonly next: number;
  readonly more: boolean;
  readonly isLarge: boolean;
}

/** Null for anything but a list of events. A server of another kind returns neither `next` nor `more`. */
export async function readPage(text: string, pageSize: number, pause: Pause): Promise<Page | null> {
  const page = await read(text, pause);
  if (page === null) return null;
  const { body, events } = page;
  const next = body.get('next');
  const isMore = body.get('more') === true || (body.get('more') === undefined && events.length >= pageSize);
  // A server that sends nothing but promises more would be asked forever.
  return {
    events,
    erased: redactedOf(body.get('erased'), pageSize),
    next: typeof next === 'string' && next.length <= tokenCharsMax ? next : null,
    end: endIn(body),
    left: wholeNumber(body.get('left')),
    isLarge: text.length > largeChars,
    more: isMore && (events.length > 0 || isFilled(body.get('erased'))),
  };
}

/** The ID is missing if the place is that of no event. */
function endIn(body: JsonObject): Position | null {
  const depth = wholeNumber(body.get('next_depth'));
  const eventId = body.get('next_event_id') ?? '';
  if (depth === null || typeof eventId !== 'string' || eventId.length > placeIdCharsMax) return null;
  return { depth, eventId };
}

const isFilled = (list: JsonValue | undefined): boolean => Array.isArray(list) && list.length > 0;

/** A bad one must not affect the others. They are stored together, so only one page of them is accepted per answer. */
function redactedOf(list: JsonValue | undefined, max: number): Redacted[] {
  if (!Array.isArray(list)) return [];
  return list.slice(0, max).flatMap((value: JsonValue) => {
    try {
      const left = redactedFrom(value);
      return left.erased === 'unverified' ? [] : [left];
    } catch {
      return [];
    }
  });
}

/** Null for anything but a page of a queue. */
export async function readQueuePage(text: string, pause: Pause): Promise<QueuePage | null> {
  const page = await read(text, pause);
  const next = wholeNumber(page?.body.get('next'));
  if (page === null || next === null) return null;
  return {
    events: page.events,
    next,
    more: page.body.get('more') === true,
    isLarge: text.length > largeChars,
  };
}

function wholeNumber(value: JsonValue | undefined): number | null {
  const number = value instanceof JsonNumber ? Number(value.lexeme) : Number.NaN;
  return Number.isSafeInteger(number) && number >= 0 ? number : null;
}

interface Read {
  readonly body: JsonObject;
  readonly events: readonly JsonValue[];
}

/** A page longer than this is read in pieces, with other work in between. */
const largeChars = 262_144;

/** An event that can't be read is null, so that the others can still be used. */
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

/** The status of a server that doesn't have this call. */
export const isUnknownCall = ({ status }: Answer): boolean =>
  status === 404 || status === 405 || status === 501;

/** Says why an answer to `GET events` can't be used. */
export function whyNoEvents(answer: Answer): Said {
  if (isWebPage(answer)) return said('peer.asks_page');
  return said(answer.status === 200 ? 'peer.asks_garbled' : 'peer.asks_status');
}

export const eventIdOf = (event: JsonValue): JsonValue =>
  isObject(event) ? (event.get('event_id') ?? null) : null;

/** Reads the depth as it was signed. */
export const depthOf = (event: JsonValue): number => numberIn(event, 'depth');

/** The depth that counts (docs/protocol/events.md, "Depth"). */
export const countedDepth = (event: JsonValue): number =>
  depthFields(depthOf(event), numberIn(event, 'origin_ts')).depth;

function numberIn(event: JsonValue, field: 'depth' | 'origin_ts'): number {
  const value = isObject(event) ? event.get(field) : undefined;
  const number = value instanceof JsonNumber ? Number(value.lexeme) : 0;
  return Number.isSafeInteger(number) ? number : 0;
}
