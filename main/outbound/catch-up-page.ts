import {
  isObject,
  JsonNumber,
  type JsonObject,
  type JsonValue,
  parseJson,
} from '../../shared/protocol/json.ts';
import { type Redacted, redactedFrom } from '../../shared/protocol/redaction.ts';

/** One answer to `GET events`. */
export interface Page {
  readonly events: readonly JsonValue[];
  /** What is left of messages that were erased there. */
  readonly erased: readonly Redacted[];
  /** Arrival token of a peer of our kind. */
  readonly next: string | null;
  readonly more: boolean;
}

/** One answer to `GET queue`. */
export interface QueuePage {
  readonly events: readonly JsonValue[];
  /** Said back, it tells that these have arrived. */
  readonly next: number;
  readonly more: boolean;
}

/** Throws for what is no list of events. A peer of another kind tells neither `next` nor `more`. */
export function readPage(text: string, pageSize: number): Page {
  const { body, events } = read(text);
  const next = body.get('next');
  return {
    events,
    erased: redactedOf(body.get('erased')),
    next: typeof next === 'string' ? next : null,
    more: body.get('more') === true || (body.get('more') === undefined && events.length >= pageSize),
  };
}

/** Whatever is wrong with one must not keep the others. */
function redactedOf(list: JsonValue | undefined): Redacted[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((value: JsonValue) => {
    try {
      return [redactedFrom(value)];
    } catch {
      return [];
    }
  });
}

export function readQueuePage(text: string): QueuePage {
  const { body, events } = read(text);
  const next = body.get('next');
  const number = next instanceof JsonNumber ? Number(next.lexeme) : Number.NaN;
  if (!Number.isSafeInteger(number) || number < 0) throw new Error('no place to go on from in the answer');
  return { events, next: number, more: body.get('more') === true };
}

function read(text: string): { readonly body: JsonObject; readonly events: readonly JsonValue[] } {
  const body = parseJson(text);
  const events = isObject(body) ? body.get('events') : undefined;
  if (!isObject(body) || !Array.isArray(events)) throw new Error('no list of events in the answer');
  return { body, events: events as readonly JsonValue[] };
}

export function depthOf(event: JsonValue): number {
  const depth = isObject(event) ? event.get('depth') : undefined;
  const number = depth instanceof JsonNumber ? Number(depth.lexeme) : 0;
  return Number.isSafeInteger(number) ? number : 0;
}
