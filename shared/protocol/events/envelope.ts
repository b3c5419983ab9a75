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
  /** Monotonic per room; together with the event id it is the room's order. */
  readonly depth: number;
  readonly state_key: string | null;
  readonly content: JsonObject;
}

export interface Envelope extends UnsignedEvent {
  /** `content` in canonical form; written once, used for signing, sending and measuring. */
  readonly contentText: string;
  /** The origin's signatures: key id to lower-case hex. Those of other servers are ignored. */
  readonly signatures: ReadonlyMap<string, string>;
}

const signaturePattern = /^[0-9a-f]{128}$/;

/** The text an envelope signature covers: the nine fields, sorted, `state_key` null when absent. */
export function canonicalEvent(event: UnsignedEvent, contentText = canonicalJson(event.content)): string {
  return (
    `{"content":${contentText},"depth":${event.depth},"event_id":${canonicalString(event.event_id)}` +
    `,"event_type":${canonicalString(event.event_type)},"origin_server":${canonicalString(event.origin_server)}` +
    `,"origin_ts":${event.origin_ts},"room_id":${canonicalString(event.room_id)}` +
    `,"sender":${canonicalString(event.sender)},"state_key":${stateKeyText(event)}}`
  );
}

const stateKeyText = (event: UnsignedEvent): string =>
  event.state_key === null ? 'null' : canonicalString(event.state_key);

/**
 * The envelope as it travels, in the field order that the existing server would write
 * (docs/protocol/existing-server.md, "Bodies in its field order").
 */
export function wireEvent(event: Envelope): string {
  const signatures = canonicalJson(new Map([[event.origin_server, event.signatures]]));
  return (
    `{"event_id":${canonicalString(event.event_id)},"room_id":${canonicalString(event.room_id)}` +
    `,"event_type":${canonicalString(event.event_type)},"sender":${canonicalString(event.sender)}` +
    `,"origin_server":${canonicalString(event.origin_server)},"origin_ts":${event.origin_ts}` +
    `,"content":${event.contentText},"depth":${event.depth},"state_key":${stateKeyText(event)}` +
    `,"signatures":${signatures}}`
  );
}

/**
 * Reads an envelope and checks its form; says nothing yet about who signed it. Throws BAD_REQUEST. `valuesMax`: for a text
 * that another server sent.
 */
export function parseEnvelope(text: string, valuesMax?: number): Envelope {
  return envelopeFrom(parseJson(text, valuesMax));
}

export function envelopeFrom(value: JsonValue): Envelope {
  if (!isObject(value)) throw badRequest('Expected an event: a JSON object.');
  const content = value.get('content');
  if (!isObject(content)) throw badRequest('Field content: expected a JSON object.');
  const event = {
    event_id: text(value, 'event_id', limits.eventIdCharsMax),
    room_id: text(value, 'room_id', limits.eventIdCharsMax),
    event_type: text(value, 'event_type', limits.eventTypeCharsMax),
    sender: text(value, 'sender', limits.eventIdCharsMax),
    origin_server: requireServerName(
      text(value, 'origin_server', limits.serverNameCharsMax),
      'origin_server',
    ),
    origin_ts: integer(value, 'origin_ts'),
    depth: integer(value, 'depth'),
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

function text(object: JsonObject, field: string, charsMax: number): string {
  const value = object.get(field);
  if (typeof value !== 'string' || value === '')
    throw badRequest(`Field ${field}: expected a non-empty text.`);
  if (value.length > charsMax) throw badRequest(`Field ${field}: expected at most ${charsMax} characters.`);
  return value;
}

function stateKey(object: JsonObject): string | null {
  const value = object.get('state_key') ?? null;
  if (value !== null && typeof value !== 'string')
    throw badRequest('Field state_key: expected a text or null.');
  if (value !== null && value.length > limits.stateKeyCharsMax)
    throw badRequest(`Field state_key: expected at most ${limits.stateKeyCharsMax} characters.`);
  return value;
}

/** The signed text is rebuilt from the number, so only a lexeme that a number writes back the same is taken. */
function integer(object: JsonObject, field: string): number {
  const value = object.get(field);
  const number = value instanceof JsonNumber ? Number(value.lexeme) : Number.NaN;
  if (!Number.isSafeInteger(number) || number < 0 || String(number) !== (value as JsonNumber).lexeme)
    throw badRequest(`Field ${field}: expected a whole number from 0 to 2^53−1.`);
  return number;
}

/** Checks `content` against its limits (docs/protocol/wire.md, "Limits"); returns its canonical text. */
export function checkContent(content: JsonObject): string {
  if (levels(content) > limits.contentLevelsMax)
    throw badRequest(`Field content: nested deeper than ${limits.contentLevelsMax} levels.`);
  const contentText = canonicalJson(content);
  // No character of a text takes more than three bytes of UTF-8, so short ones need no counting.
  if (contentText.length * 3 > limits.contentBytesMax && utf8Bytes(contentText) > limits.contentBytesMax)
    throw badRequest(`Field content: larger than ${limits.contentBytesMax} bytes.`);
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
  if (!isObject(value)) throw badRequest('Field signatures: expected a JSON object.');
  const own = value.get(origin);
  const candidates = isObject(own) ? own : value;
  if (candidates.size > limits.signaturesMax)
    throw badRequest(`Field signatures: expected at most ${limits.signaturesMax} signatures.`);
  const signatures = new Map<string, string>();
  for (const [keyId, signature] of candidates)
    if (
      typeof signature === 'string' &&
      signaturePattern.test(signature) &&
      keyId.length <= limits.keyIdCharsMax
    )
      signatures.set(keyId, signature);
  if (signatures.size === 0)
    throw unauthorized(
      `Field signatures: no signature by ${origin}. Expected {"${origin}": {"<key id>": "<128 hex digits>"}}.`,
    );
  return signatures;
}
