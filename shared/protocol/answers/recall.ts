/** `GET recall`: what a peer knows about the server that asks (docs/protocol/recovery.md, "GET recall"). */
import * as v from 'valibot';
import { said } from '../../words/said.ts';
import { publicKey } from '../bodies.ts';

import { canonicalString } from '../coding/canonical-json.ts';
import { isObject, JsonNumber, type JsonValue, parseJson } from '../coding/json.ts';
import { badRequest } from '../errors.ts';
import { parseRoomId } from '../identifiers.ts';
import { type ChainedKey, KeyChain } from '../key-chain.ts';
import { limits } from '../limits.ts';

export const recallLimits = {
  roomsMax: 50,
  /** A page also ends with the room that exceeds this. */
  pageBytesMax: 1_048_576,
  /** Proof for a room: its newest `m.room.info`, and the last event that the asker wrote. */
  eventsMax: 2,
  keysMax: 100,
  /** Invites in an answer to `GET recall/invites`. */
  invitesMax: 200,
  /** Per page, as JSON. */
  valuesMax: 100_000,
} as const;

export interface RecalledRoom {
  readonly roomId: string;
  /** Events that the asker signed itself, according to the peer. Not verified yet. */
  readonly events: readonly JsonValue[];
}

export interface RecallPage {
  readonly rooms: readonly RecalledRoom[];
  readonly keys: readonly ChainedKey[];
  /** The place to continue; null on the last page. */
  readonly next: string | null;
}

/** `events`: in their wire form. */
export function writeRecall(page: {
  readonly rooms: readonly { readonly roomId: string; readonly events: readonly string[] }[];
  readonly keys: readonly (ChainedKey & { readonly valid_until: number })[];
  readonly next: string | null;
}): string {
  const rooms = page.rooms.map(
    ({ roomId, events }) => `{"room_id":${canonicalString(roomId)},"events":[${events.join(',')}]}`,
  );
  const keys = JSON.stringify(
    page.keys.map(({ key_id, public_key, valid_until, chain }) => ({
      key_id,
      public_key,
      valid_until,
      ...(chain === null ? {} : { chain }),
    })),
  );
  return `{"rooms":[${rooms.join(',')}],"keys":${keys},"next":${JSON.stringify(page.next)}}`;
}

/**
 * Parses no more than the limits allow, and skips entries with the wrong form. BAD_REQUEST for anything but such an
 * answer.
 */
export function readRecall(text: string): RecallPage {
  const body = parseJson(text, recallLimits.valuesMax);
  const rooms = isObject(body) ? body.get('rooms') : undefined;
  const keys = isObject(body) ? body.get('keys') : undefined;
  if (!isObject(body) || !Array.isArray(rooms) || !Array.isArray(keys))
    throw badRequest(said('wire.recall_page'));
  const next = body.get('next');
  return {
    rooms: (rooms as readonly JsonValue[]).slice(0, recallLimits.roomsMax).flatMap(roomFrom),
    keys: (keys as readonly JsonValue[]).slice(0, recallLimits.keysMax).flatMap(keyFrom),
    next: typeof next === 'string' && isRoomId(next) ? next : null,
  };
}

function isRoomId(text: string): boolean {
  try {
    parseRoomId(text);
    return true;
  } catch {
    return false;
  }
}

function roomFrom(value: JsonValue): RecalledRoom[] {
  const roomId = isObject(value) ? value.get('room_id') : undefined;
  const events = isObject(value) ? value.get('events') : undefined;
  if (typeof roomId !== 'string' || !isRoomId(roomId)) return [];
  const told = Array.isArray(events) ? (events as readonly JsonValue[]) : [];
  return [{ roomId, events: told.slice(0, recallLimits.eventsMax) }];
}

const Key = v.object({
  key_id: v.pipe(v.string(), v.minLength(1), v.maxLength(limits.keyIdCharsMax)),
  public_key: publicKey,
  chain: v.optional(v.fallback(v.nullable(KeyChain), null), null),
});

function keyFrom(value: JsonValue): ChainedKey[] {
  const read = v.safeParse(Key, plain(value));
  return read.success ? [read.output] : [];
}

const plain = (value: JsonValue | undefined): unknown => {
  if (value instanceof JsonNumber) return Number(value.lexeme);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    ['key_id', 'public_key', 'chain', 'signature'].map((k) => [k, plain(value.get(k))]),
  );
};
