import type { What } from '../words/expected.ts';
import { said } from '../words/said.ts';
import { unauthorized } from './errors.ts';
import { requireServerName } from './identifiers.ts';
import { limits } from './limits.ts';

/** The four headers of a signed request and what they cover (docs/protocol/wire.md, "Transport signature"). */
export const federationPrefix = '/_paracord/federation/v1';
export const wellKnownPath = '/.well-known/paracord/server';
export const protocolVersion = 'federation-v1';

export const transportHeaders = {
  origin: 'x-paracord-origin',
  keyId: 'x-paracord-key-id',
  timestamp: 'x-paracord-timestamp',
  signature: 'x-paracord-signature',
  /**
   * Our extension: servers to which the origin itself sends this event, so that a room's home needn't forward it to
   * them.
   */
  sentTo: 'x-paracord-sent-to',
} as const;

export interface TransportClaim {
  readonly origin: string;
  readonly keyId: string;
  /** Unix milliseconds. */
  readonly timestamp: number;
  /** 128 lower-case hex digits. */
  readonly signature: string;
}

/** `bodySha256` is lower-case hex; `target` is the request target exactly as on the request line. */
export function transportText(method: string, target: string, timestamp: number, bodySha256: string): string {
  return `${method.toUpperCase()}\n${target}\n${timestamp}\n${bodySha256}`;
}

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
  try {
    requireServerName(origin, said('id.where_header', { header: transportHeaders.origin }));
  } catch {
    throw wrong(transportHeaders.origin, 'header_name');
  }
  if (keyId.length > limits.keyIdCharsMax)
    throw unauthorized(
      said('wire.header', {
        header: transportHeaders.keyId,
        message: said('expected.at_most_chars', { max: limits.keyIdCharsMax }),
      }),
    );
  if (!/^[1-9][0-9]{0,15}$/.test(timestamp) || !Number.isSafeInteger(Number(timestamp)))
    throw wrong(transportHeaders.timestamp, 'time_in_digits');
  if (!/^[0-9a-f]{128}$/.test(signature)) throw wrong(transportHeaders.signature, 'signature');
  return { origin, keyId, timestamp: Number(timestamp), signature };
}

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
