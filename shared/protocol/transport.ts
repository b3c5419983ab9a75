import type { What } from '../words/expected.ts';
import { said } from '../words/said.ts';
import { unauthorized } from './errors.ts';
import { requireServerName } from './identifiers.ts';
import { limits } from './limits.ts';

/** The headers of a signed request and what they cover (docs/protocol/wire.md, "Transport signature"). */
export const federationPrefix = '/_paracord/federation/v1';
export const wellKnownPath = '/.well-known/paracord/server';

export const transportHeaders = {
  origin: 'x-paracord-origin',
  keyId: 'x-paracord-key-id',
  timestamp: 'x-paracord-timestamp',
  signature: 'x-paracord-signature',
  destination: 'x-paracord-destination',
  /** Names the form of the signed text. Nobody signs it, so we send it and never read it. */
  version: 'x-paracord-fed-version',
} as const;

/**
 * The forms of the signed text, oldest first: the version that names each, and its lines in order. The version of the
 * last one is the one that we announce.
 */
export const transportForms = {
  /** The draft, and the existing server until 0.9.1. It doesn't say for whom the request is. */
  bare: { version: 'federation-v1', lines: ['method', 'target', 'timestamp', 'bodySha256'] },
  /** The existing server since 1.0, and Paracord Nodes. */
  addressed: {
    version: 'federation-v2',
    lines: ['method', 'target', 'timestamp', 'bodySha256', 'destination'],
  },
} as const;

export type TransportForm = keyof typeof transportForms;

export interface TransportClaim {
  readonly origin: string;
  readonly keyId: string;
  /** Unix milliseconds. */
  readonly timestamp: number;
  /** 128 lower-case hex digits. */
  readonly signature: string;
  /** The server that the request is for, in lower case; null if the caller signed the bare form. */
  readonly destination: string | null;
}

/**
 * Returns the text that the sender signs. `target` is the request target exactly as on the request line, `timestamp`
 * unix milliseconds, `bodySha256` lower-case hex. With a `destination` the text has the addressed form, without one the
 * bare form.
 */
export function transportText(
  method: string,
  target: string,
  timestamp: number,
  bodySha256: string,
  destination: string | null,
): string {
  const values = {
    method: method.toUpperCase(),
    target,
    timestamp: String(timestamp),
    bodySha256,
    destination: asciiLower(destination ?? ''),
  };
  const { lines } = transportForms[destination === null ? 'bare' : 'addressed'];
  return lines.map((line) => values[line]).join('\n');
}

/** Other letters keep their case: the existing server lowers ASCII only. */
const asciiLower = (text: string): string => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

/**
 * Reads the claim from the headers. `header` returns every value of a header: one that is missing, duplicated, empty or
 * malformed is UNAUTHORIZED.
 */
export function parseTransportClaim(header: (name: string) => readonly string[]): TransportClaim {
  const one = (name: string): string => {
    const values = header(name);
    if (values.length !== 1 || values[0] === '' || values[0] === undefined)
      throw unauthorized(said('wire.one_value', { header: name, count: values.length }));
    return values[0];
  };
  const origin = one(transportHeaders.origin);
  const keyId = one(transportHeaders.keyId);
  const timestamp = one(transportHeaders.timestamp);
  const signature = one(transportHeaders.signature);
  const isAddressed = header(transportHeaders.destination).length > 0;
  const destination = isAddressed ? asciiLower(one(transportHeaders.destination)) : null;
  if (destination !== null && destination.length > limits.serverNameCharsMax)
    throw tooLong(transportHeaders.destination, limits.serverNameCharsMax);
  try {
    requireServerName(origin, said('id.where_header', { header: transportHeaders.origin }));
  } catch {
    throw wrong(transportHeaders.origin, 'header_name');
  }
  if (keyId.length > limits.keyIdCharsMax) throw tooLong(transportHeaders.keyId, limits.keyIdCharsMax);
  if (!/^[1-9][0-9]{0,15}$/.test(timestamp) || !Number.isSafeInteger(Number(timestamp)))
    throw wrong(transportHeaders.timestamp, 'time_in_digits');
  if (!/^[0-9a-f]{128}$/.test(signature)) throw wrong(transportHeaders.signature, 'signature');
  return { origin, keyId, timestamp: Number(timestamp), signature, destination };
}

const tooLong = (header: string, max: number) =>
  unauthorized(said('wire.header', { header, message: said('expected.at_most_chars', { max }) }));

const wrong = (header: string, what: What) =>
  unauthorized(
    said('wire.header', { header, message: said('expected.what', { what: said(`what.${what}`) }) }),
  );

/** Refuses a timestamp more than ±60 s off ours, and reports both. */
export function checkTimestamp(timestamp: number, now: number): void {
  const difference = timestamp - now;
  if (Math.abs(difference) <= limits.clockSkewMsMax) return;
  const side = difference > 0 ? 'ahead' : 'behind';
  throw unauthorized(
    said('wire.clock', { difference: Math.abs(difference), side, max: limits.clockSkewMsMax }),
    { reason: 'clock', our_time: now, difference_ms: difference },
  );
}
