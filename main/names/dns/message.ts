/**
 * DNS messages as far as an update needs them (RFC 1035, 2136, 8945): bytes in, values out. A message that is
 * malformed throws a `RangeError`.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

export const types = { A: 1, SOA: 6, TXT: 16, AAAA: 28, TSIG: 250, ANY: 255 } as const;
const classes = { IN: 1, ANY: 255 } as const;
const opcodes = { query: 0, update: 5 } as const;
const algorithm = 'hmac-sha256';
const fudgeSeconds = 300;

/** Signs updates (TSIG). */
export interface TsigKey {
  readonly name: string;
  readonly secret: Buffer;
}

interface DnsRecord {
  readonly name: string;
  readonly type: number;
  readonly data: Buffer;
}

export interface DnsAnswer {
  readonly id: number;
  readonly code: number;
  readonly answers: readonly DnsRecord[];
  /** The error of the signature (RFC 8945, 5.3.2); 0 without one. */
  readonly tsigError: number;
}

export interface Change {
  readonly name: string;
  readonly type: 'A' | 'AAAA' | 'TXT';
  /** The only values from now on; none removes the record. */
  readonly values: readonly Buffer[];
}

export function nameBytes(name: string): Buffer {
  const labels = name === '' ? [] : name.toLowerCase().split('.');
  const parts = labels.map((label) => {
    const bytes = Buffer.from(label, 'ascii');
    if (bytes.length === 0 || bytes.length > 63) throw new RangeError('a label has 1 to 63 bytes');
    return Buffer.concat([Buffer.from([bytes.length]), bytes]);
  });
  return Buffer.concat([...parts, Buffer.from([0])]);
}

/** The bytes of a TXT record with one string, which has at most 255 of them. */
export function textBytes(text: string): Buffer {
  const bytes = Buffer.from(text, 'ascii');
  if (bytes.length > 255) throw new RangeError('a string has at most 255 bytes');
  return Buffer.concat([Buffer.from([bytes.length]), bytes]);
}

const numbers = (...all: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(all.length * 2);
  for (const [at, one] of all.entries()) bytes.writeUInt16BE(one, at * 2);
  return bytes;
};

function recordBytes(name: string, type: number, class_: number, ttl: number, data: Buffer): Buffer {
  const middle = Buffer.alloc(10);
  middle.writeUInt16BE(type, 0);
  middle.writeUInt16BE(class_, 2);
  middle.writeUInt32BE(ttl, 4);
  middle.writeUInt16BE(data.length, 8);
  return Buffer.concat([nameBytes(name), middle, data]);
}

export const queryBytes = (id: number, name: string, type: number): Buffer =>
  Buffer.concat([numbers(id, opcodes.query << 11, 1, 0, 0, 0), nameBytes(name), numbers(type, classes.IN)]);

/** Removes what is there, and adds the values, in one transaction of the server (RFC 2136, 2.5). */
export function updateBytes(id: number, zone: string, ttl: number, changes: readonly Change[]): Buffer {
  const records = changes.flatMap(({ name, type, values }) => [
    recordBytes(name, types[type], classes.ANY, 0, Buffer.alloc(0)),
    ...values.map((data) => recordBytes(name, types[type], classes.IN, ttl, data)),
  ]);
  return Buffer.concat([
    numbers(id, opcodes.update << 11, 1, 0, records.length, 0),
    ...[nameBytes(zone), numbers(types.SOA, classes.IN)],
    ...records,
  ]);
}

export interface Signed {
  readonly bytes: Buffer;
  readonly mac: Buffer;
}

/** Adds its signature as the last record (RFC 8945, 4.3). */
export function signed(message: Buffer, { name, secret }: TsigKey, seconds: number): Signed {
  const time = Buffer.alloc(6);
  time.writeUIntBE(seconds, 0, 6);
  const variables = Buffer.concat([
    ...[nameBytes(name), numbers(classes.ANY, 0, 0), nameBytes(algorithm)],
    ...[time, numbers(fudgeSeconds, 0, 0)],
  ]);
  const mac = createHmac('sha256', secret).update(message).update(variables).digest();
  const data = Buffer.concat([
    ...[nameBytes(algorithm), time, numbers(fudgeSeconds, mac.length), mac],
    numbers(message.readUInt16BE(0), 0, 0),
  ]);
  const bytes = Buffer.concat([message, recordBytes(name, types.TSIG, classes.ANY, 0, data)]);
  bytes.writeUInt16BE(message.readUInt16BE(10) + 1, 10);
  return { bytes, mac };
}

interface RawRecord extends DnsRecord {
  readonly class_: number;
  readonly ttl: number;
  /** Offsets in the message: of the record, and of its data. */
  readonly at: number;
  readonly dataAt: number;
}

/** Compressed names are followed backwards only, so that no answer can keep us busy. */
function nameAt(bytes: Buffer, start: number): { readonly name: string; readonly end: number } {
  const labels: string[] = [];
  let end: number | null = null;
  let at = start;
  let lowest = start;
  for (;;) {
    const length = bytes.readUInt8(at);
    if (length === 0) return { name: labels.join('.'), end: end ?? at + 1 };
    if (length >= 0xc0) {
      end ??= at + 2;
      at = bytes.readUInt16BE(at) & 0x3fff;
      if (at >= lowest) throw new RangeError('a name must point backwards');
      lowest = at;
    } else if (length > 63 || at + 1 + length > bytes.length) throw new RangeError('not a label');
    else {
      labels.push(bytes.toString('latin1', at + 1, at + 1 + length).toLowerCase());
      at += 1 + length;
    }
  }
}

function recordAt(bytes: Buffer, at: number): RawRecord & { readonly end: number } {
  const { name, end } = nameAt(bytes, at);
  const dataAt = end + 10;
  const length = bytes.readUInt16BE(end + 8);
  if (dataAt + length > bytes.length) throw new RangeError('the record is cut off');
  return {
    name,
    at,
    dataAt,
    end: dataAt + length,
    type: bytes.readUInt16BE(end),
    class_: bytes.readUInt16BE(end + 2),
    ttl: bytes.readUInt32BE(end + 4),
    data: bytes.subarray(dataAt, dataAt + length),
  };
}

/** Reads an answer. With `by`, it must be signed with the key as the answer to that request. */
export function readAnswer(
  bytes: Buffer,
  by: { readonly key: TsigKey; readonly mac: Buffer } | null,
): DnsAnswer {
  const [id, flags, questions] = [bytes.readUInt16BE(0), bytes.readUInt16BE(2), bytes.readUInt16BE(4)];
  const counts = [bytes.readUInt16BE(6), bytes.readUInt16BE(8), bytes.readUInt16BE(10)];
  let at = 12;
  for (let n = 0; n < questions; n++) at = nameAt(bytes, at).end + 4;
  const records: RawRecord[] = [];
  for (let n = 0; n < counts.reduce((sum, count) => sum + count, 0); n++) {
    const record = recordAt(bytes, at);
    records.push(record);
    at = record.end;
  }
  const tsig = records.find(({ type }) => type === types.TSIG) ?? null;
  const tsigError = tsig === null ? 0 : tsigParts(bytes, tsig).error;
  if (by !== null && tsigError === 0 && !isSignedBy(bytes, tsig, by))
    throw new RangeError('the answer has no valid signature');
  return { id, code: flags & 0xf, answers: records.slice(0, counts[0]), tsigError };
}

function tsigParts(bytes: Buffer, { data, dataAt }: RawRecord) {
  const { name, end } = nameAt(bytes, dataAt);
  const from = end - dataAt;
  const size = data.readUInt16BE(from + 8);
  return {
    algorithm: name,
    time: data.subarray(from, from + 6),
    fudge: data.readUInt16BE(from + 6),
    mac: data.subarray(from + 10, from + 10 + size),
    originalId: data.readUInt16BE(from + 10 + size),
    error: data.readUInt16BE(from + 12 + size),
    other: data.subarray(from + 16 + size),
  };
}

function isSignedBy(
  bytes: Buffer,
  tsig: RawRecord | null,
  { key, mac }: { readonly key: TsigKey; readonly mac: Buffer },
): boolean {
  if (tsig === null || tsig.name !== key.name.toLowerCase()) return false;
  const parts = tsigParts(bytes, tsig);
  if (parts.algorithm !== algorithm) return false;
  const message = Buffer.from(bytes.subarray(0, tsig.at));
  message.writeUInt16BE(parts.originalId, 0);
  message.writeUInt16BE(message.readUInt16BE(10) - 1, 10);
  const expected = createHmac('sha256', key.secret)
    .update(Buffer.concat([numbers(mac.length), mac, message]))
    .update(Buffer.concat([nameBytes(key.name), numbers(classes.ANY, 0, 0), nameBytes(algorithm)]))
    .update(Buffer.concat([parts.time, numbers(parts.fudge, parts.error, parts.other.length), parts.other]))
    .digest();
  return parts.mac.length === expected.length && timingSafeEqual(parts.mac, expected);
}
