import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { SerialQueue } from '../kernel/queue.ts';
import { wipe } from './ed25519.ts';
import { sodium } from './sodium.ts';

/** A text encrypted with a passphrase: Argon2id derives the key, XSalsa20-Poly1305 encrypts. */
export interface Sealed {
  readonly kdf: {
    readonly algorithm: 'argon2id13';
    readonly operations: number;
    readonly memory_bytes: number;
    /** Hex. */
    readonly salt: string;
  };
  /** Hex. */
  readonly nonce: string;
  /** Base64. */
  readonly sealed: string;
}

export interface KdfCost {
  readonly operations: number;
  readonly memoryBytes: number;
}

/** libsodium's MODERATE: half a second and 256 MiB per guess, for an attacker too. */
const costDefault: KdfCost = { operations: 3, memoryBytes: 256 * 1_048_576 };

/** The most that a sealed text may demand of the computer that opens it, because its maker may be hostile. */
export const kdfMax: KdfCost = { operations: 8, memoryBytes: 512 * 1_048_576 };
export const kdfMin: KdfCost = { operations: 1, memoryBytes: 8192 };
/** crypto_pwhash_SALTBYTES and crypto_secretbox_NONCEBYTES. */
export const saltBytes = 16;
export const nonceBytes = 24;

/** This computer doesn't have the memory that the passphrase needs. */
export class OutOfMemoryError extends Error {
  /** How much it needs, in MiB. */
  readonly mib: number;

  constructor(mib: number) {
    super(`${mib} MiB of memory are not free`);
    this.mib = mib;
  }
}

/** One key at a time, so that several calls at once don't need the memory several times. */
const queue = new SerialQueue();

async function keyOf(passphrase: string, salt: Buffer, cost: KdfCost): Promise<Buffer> {
  const key = Buffer.alloc(sodium().crypto_secretbox_KEYBYTES);
  // The same letter can be encoded in several ways, depending on the keyboard.
  const secret = Buffer.from(passphrase.normalize('NFC'));
  const derive = promisify(sodium().crypto_pwhash_async);
  try {
    await queue.run(() =>
      derive(key, secret, salt, cost.operations, cost.memoryBytes, sodium().crypto_pwhash_ALG_ARGON2ID13),
    );
    return key;
  } catch {
    throw new OutOfMemoryError(Math.ceil(cost.memoryBytes / 1_048_576));
  } finally {
    wipe(secret);
  }
}

/** Takes half a second, on another thread. Throws OutOfMemoryError. */
export async function seal(text: string, passphrase: string, cost = costDefault): Promise<Sealed> {
  const salt = randomBytes(saltBytes);
  const nonce = randomBytes(nonceBytes);
  const key = await keyOf(passphrase, salt, cost);
  const plain = Buffer.from(text);
  const sealed = Buffer.alloc(plain.length + sodium().crypto_secretbox_MACBYTES);
  sodium().crypto_secretbox_easy(sealed, plain, nonce, key);
  wipe(key);
  wipe(plain);
  return {
    kdf: {
      algorithm: 'argon2id13',
      operations: cost.operations,
      memory_bytes: cost.memoryBytes,
      salt: salt.toString('hex'),
    },
    nonce: nonce.toString('hex'),
    sealed: sealed.toString('base64'),
  };
}

/**
 * `null` if the passphrase is wrong. Throws OutOfMemoryError. The caller has checked the format, and the cost against
 * `kdfMax`.
 */
export async function unseal(box: Sealed, passphrase: string): Promise<string | null> {
  const { operations, memory_bytes: memoryBytes, salt } = box.kdf;
  const sealed = Buffer.from(box.sealed, 'base64');
  if (sealed.length < sodium().crypto_secretbox_MACBYTES) return null;
  const key = await keyOf(passphrase, Buffer.from(salt, 'hex'), { operations, memoryBytes });
  const plain = Buffer.alloc(sealed.length - sodium().crypto_secretbox_MACBYTES);
  const opened = sodium().crypto_secretbox_open_easy(plain, sealed, Buffer.from(box.nonce, 'hex'), key);
  wipe(key);
  if (!opened) return null;
  const text = plain.toString();
  wipe(plain);
  return text;
}

export const newBoxKey = (): Buffer => randomBytes(sodium().crypto_secretbox_KEYBYTES);

/** Seals with a key from newBoxKey. The result is base64. */
export function sealWithKey(text: string, key: Buffer): string {
  const nonce = randomBytes(nonceBytes);
  const plain = Buffer.from(text);
  const sealed = Buffer.alloc(plain.length + sodium().crypto_secretbox_MACBYTES);
  sodium().crypto_secretbox_easy(sealed, plain, nonce, key);
  wipe(plain);
  return Buffer.concat([nonce, sealed]).toString('base64');
}

/** `null` if it wasn't sealed with this key, or has been changed since. */
export function openWithKey(text: string, key: Buffer): string | null {
  const bytes = Buffer.from(text, 'base64');
  const [nonce, sealed] = [bytes.subarray(0, nonceBytes), bytes.subarray(nonceBytes)];
  if (key.length !== sodium().crypto_secretbox_KEYBYTES || sealed.length < sodium().crypto_secretbox_MACBYTES)
    return null;
  const plain = Buffer.alloc(sealed.length - sodium().crypto_secretbox_MACBYTES);
  return sodium().crypto_secretbox_open_easy(plain, sealed, nonce, key) ? plain.toString() : null;
}
