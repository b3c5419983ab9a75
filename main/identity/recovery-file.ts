import * as v from 'valibot';
import { recoveryFileName } from '../../shared/api/views/access-views.ts';
import { normalizeServerName } from '../../shared/protocol/identifiers.ts';
import { refusal } from '../../shared/words/refusal.ts';
import { type Said, said } from '../../shared/words/said.ts';
import { wordsIn } from '../../shared/words/words.ts';
import { sha256Hex } from '../crypto/ed25519.ts';
import {
  type KdfCost,
  kdfMax,
  kdfMin,
  nonceBytes,
  OutOfMemoryError,
  type Sealed,
  saltBytes,
  seal,
  unseal,
} from '../crypto/sealed.ts';
import type { Tables } from '../store/ports.ts';
import type { Keyring } from './keyring.ts';
import { type Identity, identityFrom } from './vault.ts';

const format = 'paracord-node-recovery';
/** The note is in English, because a file may be read years later by someone else. */
const note = wordsIn('en').say(said('recovery.note'));

const hex = (bytes: number) => v.pipe(v.string(), v.regex(new RegExp(`^[0-9a-f]{${bytes * 2}}$`)));
const between = (min: number, max: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max));
const Kdf = v.object({
  algorithm: v.literal('argon2id13'),
  operations: v.pipe(v.number(), v.integer(), v.minValue(kdfMin.operations)),
  memory_bytes: v.pipe(v.number(), v.integer(), v.minValue(kdfMin.memoryBytes)),
  salt: hex(saltBytes),
});
const RecoveryFile = v.object({
  version: v.literal(1),
  server_name: v.string(),
  created_at: between(0, Number.MAX_SAFE_INTEGER),
  kdf: Kdf,
  nonce: hex(nonceBytes),
  sealed: v.pipe(v.string(), v.base64()),
  checksum: hex(32),
});
type RecoveryFile = v.InferOutput<typeof RecoveryFile>;

const KeptPeer = v.object({
  server_name: v.string(),
  domain: v.string(),
  endpoint: v.nullable(v.string()),
  endpoint_by_owner: v.picklist([0, 1]),
  tls_sha256: v.nullable(v.string()),
  mode: v.picklist(['allow', 'block', 'quarantine']),
  mode_after: v.nullable(v.picklist(['allow', 'block', 'quarantine', 'known'])),
  reason: v.nullable(v.string()),
  until: v.nullable(v.number()),
  extensions: v.nullable(v.string()),
  keys: v.array(v.object({ key_id: v.string(), public_key: v.string(), valid_until: v.number() })),
});
/** The file has this besides the keys, so that friends find this server again and it finds them. */
export const Kept = v.object({
  users: v.array(v.object({ localpart: v.string(), display_name: v.string() })),
  /** PKCS #8 in PEM: peers have pinned it. */
  tls_key: v.nullable(v.string()),
  peers: v.array(KeptPeer),
});
export type Kept = v.InferOutput<typeof Kept>;

interface Contents {
  readonly identity: Identity;
  readonly kept: Kept;
}

/** Covers all fields, encrypted or not, to tell a damaged file from a wrong passphrase. */
function checksumOf(file: Omit<RecoveryFile, 'checksum'>): string {
  const { kdf } = file;
  return sha256Hex(
    JSON.stringify([
      format,
      file.version,
      file.server_name,
      file.created_at,
      [kdf.algorithm, kdf.operations, kdf.memory_bytes, kdf.salt],
      file.nonce,
      file.sealed,
    ]),
  );
}

/**
 * The whole identity, all keys and all friends, as a text that can be stored anywhere: only the passphrase decrypts it.
 * SERVICE_UNAVAILABLE without enough memory.
 */
export async function writeRecovery(
  { identity, kept }: Contents,
  passphrase: string,
  now: number,
  cost?: KdfCost,
): Promise<{ file_name: string; text: string }> {
  const { server_name } = identity;
  const sealed: Sealed = await sealing(() =>
    seal(JSON.stringify({ created_at: now, identity, kept }), passphrase, cost),
  );
  const file = { version: 1 as const, server_name, created_at: now, ...sealed };
  const text = `${JSON.stringify({ format, note, ...file, checksum: checksumOf(file) }, null, 2)}\n`;
  return { file_name: recoveryFileName(server_name, now), text };
}

/**
 * BAD_REQUEST for a text that isn't a recovery file, or one that is damaged, of a newer version, or too costly to open.
 * FORBIDDEN for a wrong passphrase, SERVICE_UNAVAILABLE without enough memory.
 */
export async function readRecovery(
  text: string,
  passphrase: string,
): Promise<Contents & { createdAt: number }> {
  const file = recoveryFileFrom(text);
  const opened = await sealing(() => unseal(file, passphrase));
  if (opened === null) throw refusal('FORBIDDEN', said('recovery.wrong_passphrase'));
  try {
    const inside = JSON.parse(opened) as {
      created_at?: unknown;
      identity?: unknown;
      kept?: unknown;
    };
    const identity = identityFrom(inside.identity);
    for (const name of [identity.server_name, identity.domain])
      if (normalizeServerName(name) !== name) throw new Error('bad name');
    if (identity.server_name !== file.server_name || inside.created_at !== file.created_at)
      throw new Error('differs');
    return { identity, kept: v.parse(Kept, inside.kept), createdAt: file.created_at };
  } catch {
    // A parser's message could quote what it read, which is secret.
    throw damaged(said('recovery.why_content'));
  }
}

const damaged = (why: Said) => refusal('BAD_REQUEST', said('recovery.damaged', { why }));

function recoveryFileFrom(text: string): RecoveryFile {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    if (text.includes(format)) throw damaged(said('recovery.why_cut'));
    throw refusal('BAD_REQUEST', said('recovery.not_json'));
  }
  const outer = Object(value) as { format?: unknown; version?: unknown };
  if (outer.format !== format) throw refusal('BAD_REQUEST', said('recovery.not_ours'));
  if (typeof outer.version === 'number' && outer.version > 1)
    throw refusal('BAD_REQUEST', said('recovery.newer'));
  const result = v.safeParse(RecoveryFile, value);
  if (!result.success)
    throw damaged(said('recovery.why_field', { field: v.getDotPath(result.issues[0]) ?? '' }));
  const file = result.output;
  if (file.checksum !== checksumOf(file)) throw damaged(said('recovery.why_checksum'));
  if (file.kdf.operations > kdfMax.operations || file.kdf.memory_bytes > kdfMax.memoryBytes)
    throw refusal(
      'BAD_REQUEST',
      said('recovery.too_costly', {
        rounds: file.kdf.operations,
        bytes: file.kdf.memory_bytes,
        rounds_max: kdfMax.operations,
        bytes_max: kdfMax.memoryBytes,
      }),
    );
  return file;
}

const noteKey = 'recovery_file';

interface Noted {
  /** The file has every key up to this one. */
  readonly key_id: string | null;
  readonly saved_at: number;
  /** The servers that it finds again. */
  readonly peers: readonly string[];
}

/** Inside a transaction. Records that a recovery file was saved. */
export function noteRecovery(
  store: Tables<'meta'>,
  keyId: string | null,
  { savedAt, peers }: { readonly savedAt: number; readonly peers: Kept['peers'] },
): void {
  const noted = { key_id: keyId, saved_at: savedAt, peers: peers.map(({ server_name }) => server_name) };
  store.meta.put(noteKey, JSON.stringify(noted satisfies Noted));
}

const notedIn = (store: Tables<'meta'>): Noted | null => {
  const noted = store.meta.get(noteKey);
  return noted === undefined ? null : (JSON.parse(noted) as Noted);
};

/** Picks the servers that the latest recovery file doesn't have. Without a file, none. */
export function recoveryLacks(store: Tables<'meta'>, servers: readonly string[]): string[] {
  const noted = notedIn(store);
  const known = new Set(noted?.peers);
  return noted === null ? [] : servers.filter((name) => !known.has(name));
}

/** When the latest recovery file was saved; `null` if none was, or if a key was made since. */
export function recoverySavedAt(store: Tables<'meta'>, keyring: Keyring): number | null {
  const noted = notedIn(store);
  return noted !== null && keyring.isSetUp && noted.key_id === keyring.newestKeyId ? noted.saved_at : null;
}

async function sealing<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof OutOfMemoryError)
      throw refusal('SERVICE_UNAVAILABLE', said('recovery.no_memory', { mib: error.mib }));
    throw error;
  }
}
