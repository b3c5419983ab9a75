import { hash } from 'node:crypto';
import { type Fields, isFields, type Json, Num, readJson, Unreadable, writeJson } from './codec.ts';

/** An event as the existing server holds it. Its integers have 64 bits. */
export interface StandInEnvelope {
  readonly event_id: string;
  readonly room_id: string;
  readonly event_type: string;
  readonly sender: string;
  readonly origin_server: string;
  readonly origin_ts: bigint;
  readonly content: Json;
  readonly depth: bigint;
  readonly state_key: string | null;
  readonly signatures: Json;
}

type Field = keyof StandInEnvelope;

const quotedWords = (value: Json): string => {
  if (value === null) return 'null';
  if (typeof value === 'boolean') return `boolean \`${value}\``;
  if (typeof value === 'string') return `string ${JSON.stringify(value)}`;
  if (value instanceof Num) return `${value.isInteger ? 'integer' : 'floating point'} \`${value.text}\``;
  return isFields(value) ? 'map' : 'sequence';
};

const wrong = (value: Json, expected: string, what = 'type') =>
  new Unreadable(`invalid ${what}: ${quotedWords(value)}, expected ${expected}`);

const text = (value: Json): string => {
  if (typeof value !== 'string') throw wrong(value, 'a string');
  return value;
};

const integer = (value: Json): bigint => {
  if (!(value instanceof Num) || !value.isInteger) throw wrong(value, 'i64');
  const number = BigInt(value.text);
  if (number >= 2n ** 63n) throw wrong(value, 'i64', 'value');
  return number;
};

/** Its fields in the order in which it writes them, and how it reads each. */
const fields: { readonly [name in Field]: (value: Json) => StandInEnvelope[name] } = {
  event_id: text,
  room_id: text,
  event_type: text,
  sender: text,
  origin_server: text,
  origin_ts: integer,
  content: (value) => value,
  depth: integer,
  state_key: (value) => (value === null ? null : text(value)),
  signatures: (value) => value,
};
const names = Object.keys(fields) as Field[];

/** Throws Unreadable. Unknown fields are ignored. */
export function readEnvelope(wire: string): StandInEnvelope {
  const value = readJson(wire, (key) => {
    if (key in fields) throw new Unreadable(`duplicate field \`${key}\``);
  });
  return envelopeOf(value);
}

export function envelopeOf(value: Json): StandInEnvelope {
  if (!isFields(value)) throw wrong(value, 'struct FederationEventEnvelope');
  const read: Record<string, unknown> = {};
  for (const [name, item] of value) if (name in fields) read[name] = fields[name as Field](item);
  read.state_key ??= null;
  for (const name of names) if (!(name in read)) throw new Unreadable(`missing field \`${name}\``);
  return read as unknown as StandInEnvelope;
}

const textOf = (value: Json | bigint): string =>
  typeof value === 'bigint' ? String(value) : writeJson(value);
const written = (envelope: StandInEnvelope, order: readonly Field[]): string =>
  `{${order.map((name) => `"${name}":${textOf(envelope[name])}`).join(',')}}`;

/** Writes the envelope as the server sends it. */
export const wireText = (envelope: StandInEnvelope): string => written(envelope, names);

const covered = names.filter((name) => name !== 'signatures').sort();

/** Returns the text that the signature covers. */
export const canonicalText = (envelope: StandInEnvelope): string => written(envelope, covered);

/** The origin's signatures: key ID to hex, in an object of their own or flat; null if there are none. */
export function signaturesOf({ signatures, origin_server }: StandInEnvelope): Fields | null {
  if (!isFields(signatures)) return null;
  const own = signatures.get(origin_server);
  if (isFields(own)) return own;
  return [...signatures.values()].some((value) => typeof value === 'string') ? signatures : null;
}

const contentBytesMax = 1_048_576;
const levelsMax = 32;
const entriesMax = 10_000;
const charsMax = 255;

/** Why it refuses this content; null if it accepts it. */
export function refusalOfContent(content: Json): string | null {
  if (Buffer.byteLength(writeJson(content)) > contentBytesMax)
    return `content exceeds maximum size of ${contentBytesMax} bytes`;
  return refusalOfShape(content, 0);
}

function refusalOfShape(value: Json, level: number): string | null {
  if (value === null || typeof value !== 'object' || value instanceof Num) return null;
  if (level >= levelsMax) return `content exceeds maximum nesting depth of ${levelsMax}`;
  const items: readonly Json[] = isFields(value) ? [...value.values()] : (value as readonly Json[]);
  if (items.length > entriesMax)
    return `content ${isFields(value) ? 'object exceeds maximum key' : 'array exceeds maximum element'} count`;
  for (const item of items) {
    const refusal = refusalOfShape(item, level + 1);
    if (refusal) return refusal;
  }
  return null;
}

const short = ['event_id', 'room_id', 'event_type', 'sender', 'origin_server', 'state_key'] as const;

export function refusalOfLength(envelope: Pick<StandInEnvelope, (typeof short)[number]>): string | null {
  const long = short.find((name) => [...(envelope[name] ?? '')].length > charsMax);
  return long === undefined ? null : `${long} exceeds maximum length of ${charsMax} characters`;
}

const oldestMs = 7n * 86_400_000n;
const aheadMs = 60_000n;

export const isFresh = (originTs: bigint, now: number): boolean =>
  originTs > 0n && originTs <= BigInt(now) + aheadMs && originTs >= BigInt(now) - oldestMs;

export const isDepthInRange = (depth: bigint, now: number): boolean =>
  depth >= 0n && depth <= BigInt(now) + aheadMs;

/** The ID of an event that isn't named after its message alone: by the message, or by a hash of what is in it. */
export function customEventId(
  type: string,
  stable: string | { readonly content: Json },
  time: number | bigint,
  domain: string,
): string {
  const about =
    typeof stable === 'string' ? stable : hash('sha256', writeJson(stable.content), 'hex').slice(0, 12);
  return `$${type.replaceAll('.', '_')}:${about}:${time}:${domain}`;
}
