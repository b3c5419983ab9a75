import { createPrivateKey, createPublicKey, hash, type KeyObject, sign, verify } from 'node:crypto';

/** Signing as the existing server does it, with OpenSSL instead of this project's library. */
const pkcs8 = Buffer.from('302e020100300506032b657004220420', 'hex');
const spki = Buffer.from('302a300506032b6570032100', 'hex');
const groupOrder = 2n ** 252n + 27742317777372353535851937790883648493n;
/** The y of the points of small order, without the sign: with such a key, one signature fits many texts. */
const smallOrder: ReadonlySet<string> = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
]);

export interface Pen {
  readonly publicKey: string;
  /** Lower-case hex. */
  sign(text: string): string;
}

export function penFrom(seed: Buffer): Pen {
  const key = createPrivateKey({ key: Buffer.concat([pkcs8, seed]), format: 'der', type: 'pkcs8' });
  const publicKey = createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(spki.length);
  return {
    publicKey: publicKey.toString('hex'),
    sign: (text) => sign(null, Buffer.from(text), key).toString('hex'),
  };
}

const bytes = (hex: string, length: number): Buffer | null =>
  hex.length === length * 2 && /^[0-9a-fA-F]*$/.test(hex) ? Buffer.from(hex, 'hex') : null;

const withoutSign = (point: Buffer): string => {
  const y = Buffer.from(point);
  y.writeUInt8(y.readUInt8(31) & 0x7f, 31);
  return y.toString('hex');
};
const isWeak = (point: Buffer): boolean => smallOrder.has(withoutSign(point));

const littleEndian = (scalar: Buffer): bigint => BigInt(`0x${Buffer.from(scalar).reverse().toString('hex')}`);

function keyOf(point: Buffer): KeyObject | null {
  try {
    return createPublicKey({ key: Buffer.concat([spki, point]), format: 'der', type: 'spki' });
  } catch {
    return null;
  }
}

/** Hex in either case. The strict one, since 3.0, also refuses keys and points of small order. */
export function verifies(text: string, signature: string, publicKey: string, strict = true): boolean {
  const [signed, point] = [bytes(signature, 64), bytes(publicKey, 32)];
  if (!signed || !point || littleEndian(signed.subarray(32)) >= groupOrder) return false;
  if (strict && (isWeak(point) || isWeak(signed.subarray(0, 32)))) return false;
  const key = keyOf(point);
  return key !== null && verify(null, Buffer.from(text), key, signed);
}

/** Why its admin can't add this key; null if it can be added. */
export function refusalOfKey(publicKey: string): string | null {
  const point = bytes(publicKey, 32);
  if (!point || keyOf(point) === null) return 'bad request: Invalid Ed25519 public key';
  return isWeak(point) ? 'bad request: Weak Ed25519 public key' : null;
}

/** Four lines, or five with a destination. Only A to Z of it become lower case. */
export function signedText(
  call: { readonly method: string; readonly target: string; readonly body: string | Uint8Array },
  timestamp: number | bigint | string,
  destination: string | null,
): string {
  const lines = [call.method.toUpperCase(), call.target, timestamp, hash('sha256', call.body, 'hex')];
  return [...lines, ...(destination === null ? [] : [asciiLower(destination)])].join('\n');
}

export const asciiLower = (text: string): string =>
  text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());

const parsed = (url: string): URL | null => URL.parse(url);

/** The host of an address, which older eras name as the destination. */
export const hostIn = (url: string): string => parsed(url)?.hostname ?? '';

/** The path and query that it signs. */
export function targetIn(url: string): string {
  const { pathname = '/', search = '' } = parsed(url) ?? {};
  return pathname + search;
}

/** Escapes for a query: everything but letters, digits and `-_.~`. */
export const urlEncode = (text: string): string =>
  encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
