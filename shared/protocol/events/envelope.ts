import type { What } from '../../words/expected.ts';
import { said } from '../../words/said.ts';
import { canonicalJson, canonicalString } from '../coding/canonical-json.ts';
import { isObject, JsonNumber, type JsonObject, type JsonValue, parseJson } from '../coding/json.ts';
import { badRequest, unauthorized } from '../errors.ts';
import { parseEventId, parseRoomId, parseUserId, requireServerName } from '../identifiers.ts';
import { limits } from '../limits.ts';
import { utf8Bytes } from './body.ts';

/** An event before it is signed (docs/protocol/events.md, "The envelope"). */
export interface UnsignedEvent {
  readonly event_id: string;
  readonly room_id: string;
  readonly event_type: string;
  readonly sender: string;
  readonly origin_server: string;
  /** Unix milliseconds. */
  readonly origin_ts: number;
  /** The depth that counts (`countedDepth`). Together with the event ID, it is the event's place in its room's order. */
  readonly depth: number;
  /** The signed depth, if a different one counts. */
  readonly signedDepth?: number;
  readonly state_key: string | null;
  readonly content: JsonObject;
}

export interface Envelope extends UnsignedEvent {
  /** `content` in canonical form; serialized once, used for signing, sending and measuring. */
  readonly contentText: string;
  /** The origin's signatures: key ID to lower-case hex. Those of other servers are ignored. */
  readonly signatures: ReadonlyMap<string, string>;
}

/**
 * An event's position in its room's order. A depth more than a day beyond the event's own time followed a wrong clock,
 * so the time counts instead (docs/protocol/events.md, "Depth").
 */
const countedDepth = (depth: number, originTs: number): number =>
  depth - originTs > limits.depthBeyondTimeMsMax ? originTs : depth;

/** The fields `depth` and `signedDepth` of an event that was signed with this depth. */
export function depthFields(signed: number, originTs: number): Pick<UnsignedEvent, 'depth' | 'signedDepth'> {
  const depth = countedDepth(signed, originTs);
  return depth === signed ? { depth } : { depth, signedDepth: signed };
}

export const depthAsSigned = (event: Pick<UnsignedEvent, 'depth' | 'signedDepth'>): number =>
  event.signedDepth ?? event.depth;

const signaturePattern = /^[0-9a-f]{128}$/;

/** The text covered by an envelope signature: the nine fields, sorted, `state_key` null if absent. */
export function canonicalEvent(event: UnsignedEvent, contentText = canonicalJson(event.content)): string {
  return (
    `{"content":${contentText},"depth":${depthAsSigned(event)},"event_id":${canonicalString(event.event_id)}` +
    `,"event_type":${canonicalString(event.event_type)},"origin_server":${canonicalString(event.origin_server)}` +
    `,"origin_ts":${event.origin_ts},"room_id":${canonicalString(event.room_id)}` +
    `,"sender":${canonicalString(event.sender)},"state_key":${stateKeyText(event)}}`
  );
}

const stateKeyText = (event: UnsignedEvent): string =>
  event.state_key === null ? 'null' : canonicalString(event.state_key);

/**
 * The envelope as sent, in the field order of the existing server (docs/protocol/existing-server.md, "Bodies in its
 * field order").
 */
export function wireEvent(event: Envelope): string {
  const signatures = canonicalJson(new Map([[event.origin_server, event.signatures]]));
  return (
    `{"event_id":${canonicalString(event.event_id)},"room_id":${canonicalString(event.room_id)}` +
    `,"event_type":${canonicalString(event.event_type)},"sender":${canonicalString(event.sender)}` +
    `,"origin_server":${canonicalString(event.origin_server)},"origin_ts":${event.origin_ts}` +
    `,"content":${event.contentText},"depth":${depthAsSigned(event)},"state_key":${stateKeyText(event)}` +
    `,"signatures":${signatures}}`
  );
}

/** The depth in a text written by `wireEvent`, without parsing the rest. */
export function signedDepthIn(text: string): number | null {
  const field = ',"depth":';
  let at = text.lastIndexOf(field);
  // The origin chooses the names of its keys. A key called “depth” has a text as its value, not a number.
  while (at > 0 && text[at + field.length] === '"') at = text.lastIndexOf(field, at - 1);
  const depth = Number.parseInt(text.slice(at + field.length, at + field.length + 17), 10);
  return at < 0 || Number.isNaN(depth) ? null : depth;
}

/**
 * Parses an envelope and checks its form, but not who signed it. Throws BAD_REQUEST. `valuesMax`: for a text from
 * another server.
 */
export function parseEnvelope(text: string, valuesMax?: number): Envelope {
  return envelopeFrom(parseJson(text, valuesMax));
}

export function envelopeFrom(value: JsonValue): Envelope {
  if (!isObject(value)) throw badRequest(said('wire.event'));
  const content = value.get('content');
  if (!isObject(content)) throw wrong('content', 'object');
  const originTs = integer(value, 'origin_ts');
  const event = {
    event_id: text(value, 'event_id', limits.eventIdCharsMax),
    room_id: text(value, 'room_id', limits.eventIdCharsMax),
    event_type: text(value, 'event_type', limits.eventTypeCharsMax),
    sender: text(value, 'sender', limits.eventIdCharsMax),
    origin_server: requireServerName(
      text(value, 'origin_server', limits.serverNameCharsMax),
      said('id.where_field', { field: 'origin_server' }),
    ),
    origin_ts: originTs,
    ...depthFields(integer(value, 'depth'), originTs),
    state_key: stateKey(value),
    content,
  };
  parseEventId(event.event_id);
  parseRoomId(event.room_id);
  parseUserId(event.sender);
  const contentText = checkContent(content);
  return {
    ...event,
    contentText,
    signatures: originSignatures(value.get('signatures'), event.origin_server),
  };
}

const wrong = (field: string, what: What) =>
  badRequest(said('wire.field', { field, message: said('expected.what', { what: said(`what.${what}`) }) }));
const tooLong = (field: string, max: number) =>
  badRequest(said('wire.field', { field, message: said('expected.at_most_chars', { max }) }));

function text(object: JsonObject, field: string, charsMax: number): string {
  const value = object.get(field);
  if (typeof value !== 'string' || value === '')
    throw badRequest(
      said('wire.field', { field, message: said('expected.not_empty', { what: said('what.text') }) }),
    );
  if (value.length > charsMax) throw tooLong(field, charsMax);
  return value;
}

function stateKey(object: JsonObject): string | null {
  const value = object.get('state_key') ?? null;
  if (value !== null && typeof value !== 'string') throw wrong('state_key', 'text_or_null');
  if (value !== null && value.length > limits.stateKeyCharsMax)
    throw tooLong('state_key', limits.stateKeyCharsMax);
  return value;
}

/** The signed text is rebuilt from the number, so the number must be written exactly as it would be serialized. */
function integer(object: JsonObject, field: string): number {
  const value = object.get(field);
  const number = value instanceof JsonNumber ? Number(value.lexeme) : Number.NaN;
  if (!Number.isSafeInteger(number) || number < 0 || String(number) !== (value as JsonNumber).lexeme)
    throw wrong(field, 'safe_integer');
  return number;
}

/** Checks `content` against its limits (docs/protocol/wire.md, "Limits"); returns its canonical text. */
export function checkContent(content: JsonObject): string {
  if (levels(content) > limits.contentLevelsMax)
    throw badRequest(said('wire.content_depth', { max: limits.contentLevelsMax }));
  const contentText = canonicalJson(content);
  // A UTF-16 unit takes at most three bytes of UTF-8, so short texts needn't be measured.
  if (contentText.length * 3 > limits.contentBytesMax && utf8Bytes(contentText) > limits.contentBytesMax)
    throw badRequest(said('wire.content_size', { max: limits.contentBytesMax }));
  return contentText;
}

function levels(value: JsonValue): number {
  if (value === null || typeof value !== 'object' || value instanceof JsonNumber) return 0;
  let deepest = 0;
  for (const item of isObject(value) ? value.values() : value) deepest = Math.max(deepest, levels(item));
  return deepest + 1;
}

/** `{server: {key: hex}}`, or flat `{key: hex}`, which the existing server also reads. */
function originSignatures(value: JsonValue | undefined, origin: string): ReadonlyMap<string, string> {
  if (!isObject(value)) throw wrong('signatures', 'object');
  const own = value.get(origin);
  const candidates = isObject(own) ? own : value;
  if (candidates.size > limits.eventSignaturesMax)
    throw badRequest(said('wire.signatures_max', { max: limits.eventSignaturesMax }));
  const signatures = new Map<string, string>();
  for (const [keyId, signature] of candidates)
    if (
      typeof signature === 'string' &&
      signaturePattern.test(signature) &&
      keyId.length <= limits.keyIdCharsMax
    )
      signatures.set(keyId, signature);
  if (signatures.size === 0) throw unauthorized(said('wire.no_signature', { server: origin }));
  return signatures;
}
