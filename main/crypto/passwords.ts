/** Passwords of people, as Argon2id hashes in libsodium's form, which names its own salt and cost. */
import { promisify } from 'node:util';
import { wipe } from './ed25519.ts';
import { sodium } from './sodium.ts';

/** A tenth of a second and 64 MiB for each guess, for an attacker too. */
const operations = 2;
const memoryBytes = 64 * 1_048_576;
/** Limits the hashes that are computed at once, so that they take at most 128 MiB. */
const atOnceMax = 2;
const waitingMax = 32;

/** Too many passwords wait to be hashed. */
export class PasswordsBusyError extends Error {}

/** Takes as long to check as any other, and no password fits. */
const nobodys =
  '$argon2id$v=19$m=65536,t=2,p=1$GOsKoTAI7/vPQZAkeR3new$ZYjae9v0F7086P/7qtvrHddHL0pudBVsvfYOorzggOw';

let running = 0;
const waiting: (() => void)[] = [];

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (running >= atOnceMax) {
    if (waiting.length >= waitingMax) throw new PasswordsBusyError('too many passwords wait');
    await new Promise<void>((resolve) => waiting.push(resolve));
  } else running++;
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    if (next) next();
    else running--;
  }
}

/** The same letter can be encoded in several ways, depending on the keyboard. */
const bytesOf = (password: string): Buffer => Buffer.from(password.normalize('NFC'));

/** Takes a tenth of a second on another thread. Throws PasswordsBusyError. */
export function hashPassword(password: string): Promise<string> {
  return inTurn(async () => {
    const hash = Buffer.alloc(sodium().crypto_pwhash_STRBYTES);
    const secret = bytesOf(password);
    await promisify(sodium().crypto_pwhash_str_async)(hash, secret, operations, memoryBytes);
    wipe(secret);
    return hash.toString('ascii').replace(/\0+$/, '');
  });
}

/** Whether the password has this hash. Without a hash the answer is no, after the same time. Throws PasswordsBusyError. */
export function isPassword(hash: string | null, password: string): Promise<boolean> {
  return inTurn(async () => {
    const stored = Buffer.alloc(sodium().crypto_pwhash_STRBYTES);
    stored.write(hash ?? nobodys, 'ascii');
    const secret = bytesOf(password);
    const fits = await new Promise<boolean>((resolve, reject) =>
      sodium().crypto_pwhash_str_verify_async(stored, secret, (error: Error | null, result: boolean) =>
        error ? reject(error) : resolve(result),
      ),
    );
    wipe(secret);
    return fits && hash !== null;
  });
}
