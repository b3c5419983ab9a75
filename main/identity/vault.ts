import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import * as v from 'valibot';
import { KeyChain } from '../../shared/protocol/key-chain.ts';
import { errorText, SaidError, SpokenError } from '../../shared/words/refusal.ts';
import { said } from '../../shared/words/said.ts';
import { makePrivate } from '../kernel/private-file.ts';
import { diskTroubleOf } from '../store/disk-watch.ts';

const hex32 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
const IdentityFile = v.object({
  version: v.literal(1),
  server_name: v.string(),
  domain: v.string(),
  keys: v.pipe(
    v.array(
      v.object({
        key_id: v.string(),
        seed: hex32,
        created_at: v.number(),
        /** When it starts signing. */
        active_from: v.number(),
        valid_until: v.number(),
        /** Signed by the key before it; absent for a server's first key, and for keys made before there were chains. */
        chain: v.optional(KeyChain),
      }),
    ),
    v.minLength(1),
  ),
  /** Later keys whose private half is lost, restored from peers: they verify what they signed, and sign nothing. */
  public_only: v.optional(
    v.array(
      v.object({
        key_id: v.string(),
        public_key: hex32,
        created_at: v.number(),
        valid_until: v.number(),
        chain: KeyChain,
      }),
    ),
  ),
});
export type Identity = v.InferOutput<typeof IdentityFile>;

/** Names the wrong field but never its value, which may be a seed. */
export function identityFrom(value: unknown): Identity {
  const result = v.safeParse(IdentityFile, value);
  if (result.success) return result.output;
  throw new SaidError(said('identity.why_field', { field: v.getDotPath(result.issues[0]) ?? '' }));
}

/** Seals secrets with the platform's key store. Without one, the file's mode protects them. */
export interface SecretBox {
  /** `null` unless the owner asked for sealing; then the text stays plain. */
  seal(text: string): string | null;
  open(sealed: string): string;
}

/** The identity is there but cannot be read; nothing was overwritten. */
export class IdentityUnreadableError extends SpokenError {}

/** Keeps the identity in its own file: mode 0600, replaced atomically, synced. */
export class KeyVault {
  readonly #path: string;
  readonly #box: SecretBox | null;

  constructor(dataDir: string, box: SecretBox | null) {
    this.#path = join(dataDir, 'identity.json');
    this.#box = box;
  }

  /** `null` before the node is set up. Throws IdentityUnreadableError, or the system's error if it can't be read. */
  load(): Identity | null {
    if (!existsSync(this.#path)) return null;
    try {
      const text = readFileSync(this.#path, 'utf8');
      const outer: unknown = JSON.parse(text);
      const sealed = (outer as { sealed?: unknown }).sealed;
      if (typeof sealed !== 'string') return identityFrom(outer);
      if (!this.#box) throw new SpokenError((words) => words.start.failure.sealedElsewhere);
      return identityFrom(JSON.parse(this.#box.open(sealed)));
    } catch (error) {
      // The file may be intact, but this user is not allowed to read it.
      if (diskTroubleOf(error) !== null) throw error;
      throw new IdentityUnreadableError((words) => {
        const { identityUnreadable, notJson } = words.start.failure;
        const reason = error instanceof SyntaxError ? notJson : errorText(words, error as Error);
        return identityUnreadable({ path: this.#path, reason });
      });
    }
  }

  save(identity: Identity): void {
    const text = JSON.stringify(identity, null, 2);
    const sealed = this.#box?.seal(text) ?? null;
    writeFileAtomically(this.#path, sealed === null ? `${text}\n` : JSON.stringify({ sealed }));
  }
}

/** A reader finds either the old file or the new one, complete, even after a crash. Mode 0600. */
export function writeFileAtomically(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.new`;
  const file = openSync(temporary, 'w', 0o600);
  try {
    // The mode above only applies to a new file, and a process that died may have left one.
    makePrivate(file);
    writeFileSync(file, text);
    fsyncSync(file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
  const folder = openSync(dirname(path), 'r');
  try {
    fsyncSync(folder);
  } catch {
    // Windows can't sync a folder, but a rename is durable there.
  } finally {
    closeSync(folder);
  }
}
