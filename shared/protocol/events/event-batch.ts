import { said } from '../../words/said.ts';
import { isObject, type JsonValue, parseJson } from '../coding/json.ts';
import { badRequest } from '../errors.ts';
import { limits } from '../limits.ts';

/** Many events in one request (docs/protocol/wire.md, "POST events"), our extension. */
export interface BatchEntry {
  /** An envelope, not checked yet. */
  readonly event: JsonValue;
  /** Other servers to which the sender sends this event itself, so that a room's home needn't forward it to them. */
  readonly sentTo: readonly string[];
  /** The event of this room that the sender sent before, in a request that may not have been answered yet. */
  readonly after: string | null;
}

/** The result for one event: what its own request would have been answered. */
export interface BatchResult {
  readonly status: number;
  readonly retryAfterSeconds: number | null;
  /** The answer's body as JSON text. */
  readonly body: string;
}

/** `event`: the envelope as `wireEvent` wrote it. `after` is about the first entry. */
export function writeBatch(
  entries: readonly { readonly event: string; readonly sentTo: readonly string[] }[],
  after?: string,
): string {
  const texts = entries.map(({ event, sentTo }, at) => {
    const to = sentTo.length === 0 ? '' : `,"sent_to":${JSON.stringify(sentTo.join(' '))}`;
    const behind = at > 0 || after === undefined ? '' : `,"after":${JSON.stringify(after)}`;
    return `{"event":${event}${to}${behind}}`;
  });
  return `{"events":[${texts.join(',')}]}`;
}

/** Throws BAD_REQUEST if the request as a whole has the wrong form. */
export function readBatch(text: string): BatchEntry[] {
  const body = parseJson(text, limits.jsonValuesMax);
  const events = isObject(body) ? body.get('events') : undefined;
  if (!Array.isArray(events) || events.length === 0 || events.length > limits.batchEventsMax)
    throw badRequest(said('wire.batch', { max: limits.batchEventsMax }));
  return events.map((entry: JsonValue) => {
    const event = isObject(entry) ? entry.get('event') : undefined;
    if (!isObject(entry) || event === undefined)
      throw badRequest(said('wire.batch', { max: limits.batchEventsMax }));
    const sentTo = entry.get('sent_to');
    const after = entry.get('after');
    return {
      event,
      sentTo: typeof sentTo === 'string' ? readSentTo(sentTo) : [],
      after: typeof after === 'string' ? after : null,
    };
  });
}

/** Server names, separated by spaces. Only a hint, so anything else in it is ignored. */
const readSentTo = (text: string): string[] =>
  text === '' ? [] : text.split(' ').slice(0, limits.sentToMax);

export function writeBatchResults(results: readonly BatchResult[]): string {
  const texts = results.map(({ status, retryAfterSeconds, body }) => {
    const retryAfter = retryAfterSeconds === null ? '' : `,"retry_after":${retryAfterSeconds}`;
    return `{"status":${status}${retryAfter},"answer":${body}}`;
  });
  return `{"results":[${texts.join(',')}]}`;
}

/** `null` for anything but an answer to a batch of `count` events. */
export function readBatchResults(text: string, count: number): BatchResult[] | null {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return null;
  }
  const results = (body as { readonly results?: unknown } | null)?.results;
  if (!Array.isArray(results) || results.length !== count) return null;
  const read = results.map(readResult);
  return read.every((one) => one !== null) ? read : null;
}

function readResult(value: unknown): BatchResult | null {
  const { status, retry_after, answer } = (value ?? {}) as Readonly<Record<string, unknown>>;
  if (!Number.isInteger(status) || typeof answer !== 'object' || answer === null) return null;
  const retryAfterSeconds =
    typeof retry_after === 'number' && retry_after >= 0 ? Math.ceil(retry_after) : null;
  return { status: status as number, retryAfterSeconds, body: JSON.stringify(answer) };
}
