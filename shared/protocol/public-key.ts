/**
 * Decides which 32 bytes may be an Ed25519 public key: a canonical encoding (RFC 8032 §5.1.3) of a point that is not of
 * small order. With a point of small order, one signature fits many texts, so anybody could sign. Whether the bytes are
 * a point at all shows when a signature is verified.
 */

/** 2^255 − 19, the last byte first. */
const prime = '7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed';

/** The y coordinates of the points of order 1, 2, 4 and 8, in lower-case hex as in a key, without the sign bit. */
const smallOrder: ReadonlySet<string> = new Set([
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '0000000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
]);

/** `hex`: 64 lower-case hex digits. */
export function mayBePublicKey(hex: string): boolean {
  const top = (Number.parseInt(hex.slice(62), 16) & 0x7f).toString(16).padStart(2, '0');
  const y = hex.slice(0, 62) + top;
  const lastFirst = (y.match(/../g) ?? []).toReversed().join('');
  return lastFirst < prime && !smallOrder.has(y);
}
