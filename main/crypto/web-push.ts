/**
 * Encrypts a push message for one browser (RFC 8291) and signs who sends it (RFC 8292). Keys are base64url, public keys
 * uncompressed points on P-256.
 */
import {
  createCipheriv,
  createECDH,
  createHmac,
  createPrivateKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from 'node:crypto';

/** The keys that a browser gives to those who may send it messages. */
interface PushKeys {
  readonly p256dh: string;
  readonly auth: string;
}

const pointBytes = 65;
const authBytes = 16;
const saltBytes = 16;
const tagBytes = 16;
/** Larger than any message, because a message is one record. */
const recordBytes = 4096;
/** Bytes that fit into a record, without its tag and its end. */
export const pushBytesMax = recordBytes - tagBytes - 1;

const fromBase64 = (text: string): Buffer => Buffer.from(text, 'base64url');
const hmac = (key: Uint8Array, ...data: (string | Uint8Array)[]): Buffer => {
  const made = createHmac('sha256', key);
  for (const each of data) made.update(each);
  return made.digest();
};

/** Whether messages can be encrypted for these keys: the point has to be on the curve. */
export function arePushKeys({ p256dh, auth }: PushKeys): boolean {
  const point = fromBase64(p256dh);
  if (point.length !== pointBytes || fromBase64(auth).length !== authBytes) return false;
  try {
    const own = createECDH('prime256v1');
    own.generateKeys();
    own.computeSecret(point);
    return true;
  } catch {
    return false;
  }
}

/**
 * The body of a request with `content-encoding: aes128gcm`. `padded`: the size that the text is brought to, so that its
 * length shows nothing. `random` gives the salt and the key of this message.
 */
export function encryptPush(
  text: string,
  { p256dh, auth }: PushKeys,
  random: (length: number) => Buffer,
  padded = 0,
): Buffer {
  const plain = Buffer.from(text);
  if (Math.max(plain.length, padded) > pushBytesMax) throw new RangeError('too long for a push message');
  const salt = random(saltBytes);
  const own = createECDH('prime256v1');
  own.setPrivateKey(random(32));
  const ownPoint = own.getPublicKey();
  const theirPoint = fromBase64(p256dh);
  const shared = hmac(fromBase64(auth), own.computeSecret(theirPoint));
  const input = hmac(shared, 'WebPush: info\0', theirPoint, ownPoint, '\x01');
  const extracted = hmac(salt, input);
  const key = hmac(extracted, 'Content-Encoding: aes128gcm\0\x01').subarray(0, 16);
  const nonce = hmac(extracted, 'Content-Encoding: nonce\0\x01').subarray(0, 12);
  const cipher = createCipheriv('aes-128-gcm', key, nonce);
  // 2 ends the text of the last record; zeros follow.
  const end = Buffer.alloc(1 + Math.max(0, padded - plain.length));
  end[0] = 2;
  const sealed = [cipher.update(plain), cipher.update(end), cipher.final(), cipher.getAuthTag()];
  const head = Buffer.alloc(5);
  head.writeUInt32BE(recordBytes);
  head[4] = ownPoint.length;
  return Buffer.concat([salt, head, ownPoint, ...sealed]);
}

/** The key by which push services recognize this server. `secret` is PKCS #8. */
export interface PushSender {
  readonly publicKey: string;
  readonly secret: string;
}

export function newPushSender(): PushSender {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return senderOf(privateKey);
}

export const pushSender = (secret: string): PushSender => senderOf(keyOf(secret));

const keyOf = (secret: string): KeyObject =>
  createPrivateKey({ key: fromBase64(secret), format: 'der', type: 'pkcs8' });

function senderOf(key: KeyObject): PushSender {
  const { x = '', y = '' } = key.export({ format: 'jwk' });
  return {
    publicKey: Buffer.concat([Buffer.of(4), fromBase64(x), fromBase64(y)]).toString('base64url'),
    secret: key.export({ format: 'der', type: 'pkcs8' }).toString('base64url'),
  };
}

/** The value of `authorization`. `audience`: the origin of the push service. `contact`: where its operator finds us. */
export function pushAuthorization(
  sender: PushSender,
  {
    audience,
    contact,
    expiresAt,
  }: { readonly audience: string; readonly contact: string; readonly expiresAt: number },
): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = { aud: audience, exp: Math.floor(expiresAt / 1000), sub: contact };
  const signed = `${part({ typ: 'JWT', alg: 'ES256' })}.${part(claims)}`;
  const signature = sign('sha256', Buffer.from(signed), {
    key: keyOf(sender.secret),
    dsaEncoding: 'ieee-p1363',
  });
  return `vapid t=${signed}.${signature.toString('base64url')}, k=${sender.publicKey}`;
}
