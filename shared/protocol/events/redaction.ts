import * as v from 'valibot';
import { said } from '../../words/said.ts';
import { canonicalJson, canonicalString } from '../coding/canonical-json.ts';
import { type JsonObject, type JsonValue, toPlain } from '../coding/json.ts';
import { badRequest } from '../errors.ts';
import { isDecimalId, parseEventId, parseRoomId, parseUserId } from '../identifiers.ts';
import { limits } from '../limits.ts';
import type { WireReason } from '../reasons.ts';
import { depthAsSigned, depthFields, type UnsignedEvent } from './envelope.ts';
import { type Meaning, meaningOf } from './event-content.ts';

/**
 * Why an event's text was erased: a delete by someone entitled to it, or a newer edit if the owner keeps no history.
 */
export type ErasedReason = Extract<WireReason, 'deleted' | 'edited'>;

/** Why there is no text here. An event that can't be verified here is nobody else's concern, so it is never sent. */
export type LeftReason = ErasedReason | 'unverified';

/** The remains of an event without its text: its position and its subject. Not signed. */
export interface Redacted extends UnsignedEvent {
  readonly erased: LeftReason;
}

const decimalId = v.pipe(v.string(), v.check(isDecimalId));
const nameText = v.nullable(v.pipe(v.string(), v.maxLength(200)));

/**
 * The part of `content` that says where an event belongs. Names of places are kept, because a room's channels are read
 * from them.
 */
const placeFields = {
  guild_id: decimalId,
  channel_id: decimalId,
  message_id: decimalId,
  target_event_id: v.pipe(v.string(), v.startsWith('$'), v.maxLength(limits.eventIdCharsMax)),
  channel_name: nameText,
  guild_name: nameText,
} as const;

/** An edited message still answers what it answered, and is still a forwarded one. */
const editedFields = { reply_to: placeFields.target_event_id, forwarded: v.literal(true) } as const;

function placeIn(content: JsonObject, erased: LeftReason): JsonObject {
  const place = new Map<string, JsonValue>();
  const fields = erased === 'edited' ? { ...placeFields, ...editedFields } : placeFields;
  for (const [field, schema] of Object.entries(fields)) {
    const value = content.get(field);
    if (value !== undefined && v.is(schema, toPlain(value))) place.set(field, value);
  }
  return place;
}

/** Keeps the files of a message whose text an edit replaced, because an edit doesn't change them. */
function filesIn(content: JsonObject, erased: LeftReason): JsonObject {
  const files = content.get('attachments');
  return erased !== 'edited' || files === undefined ? new Map() : new Map([['attachments', files]]);
}

/**
 * An erased event, as exchanged by servers: the envelope's fields, no signatures, and the reason. `isKept`: as this
 * server itself keeps it, with the files that an edit leaves.
 */
export function redactedText(event: UnsignedEvent, erased: LeftReason, isKept = false): string {
  const { content } = event;
  const left = new Map([...placeIn(content, erased), ...(isKept ? filesIn(content, erased) : [])]);
  return (
    `{"event_id":${canonicalString(event.event_id)},"room_id":${canonicalString(event.room_id)}` +
    `,"event_type":${canonicalString(event.event_type)},"sender":${canonicalString(event.sender)}` +
    `,"origin_server":${canonicalString(event.origin_server)},"origin_ts":${event.origin_ts}` +
    `,"content":${canonicalJson(left)},"depth":${depthAsSigned(event)},"erased":"${erased}"}`
  );
}

const id = v.pipe(v.string(), v.nonEmpty(), v.maxLength(limits.eventIdCharsMax));
const wholeNumber = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const Schema = v.object({
  event_id: id,
  room_id: id,
  event_type: v.pipe(v.string(), v.nonEmpty(), v.maxLength(limits.eventTypeCharsMax)),
  sender: id,
  origin_server: v.pipe(v.string(), v.nonEmpty(), v.maxLength(limits.serverNameCharsMax)),
  origin_ts: wholeNumber,
  depth: wholeNumber,
  erased: v.picklist(['deleted', 'edited', 'unverified']),
});

/**
 * Parses the remains of an event, as they are stored; drops everything else. Throws BAD_REQUEST. `isKept`: by
 * this server itself.
 */
export function redactedFrom(value: JsonValue, isKept = false): Redacted {
  const result = v.safeParse(Schema, toPlain(value));
  if (!result.success) throw badRequest(said('wire.erased_event'));
  const event = result.output;
  parseEventId(event.event_id);
  parseRoomId(event.room_id);
  parseUserId(event.sender);
  const found = (value as JsonObject).get('content');
  const content: JsonObject = found instanceof Map ? found : new Map();
  return {
    ...event,
    ...depthFields(event.depth, event.origin_ts),
    state_key: null,
    content: new Map([...placeIn(content, event.erased), ...(isKept ? filesIn(content, event.erased) : [])]),
  };
}

/** The meaning of an erased event, with empty text. Throws BAD_REQUEST for one without a place. */
export function meaningOfRedacted(event: Redacted): Meaning {
  const blank = new Map<string, JsonValue>([...event.content, ['body', ''], ['emoji', '-']]);
  return meaningOf({ ...event, content: blank });
}
