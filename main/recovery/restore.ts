/** Restores a backup folder on a node without an identity. */
import { existsSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import type { ProtocolError } from '../../shared/protocol/errors.ts';
import { refusal } from '../../shared/words/refusal.ts';
import { said } from '../../shared/words/said.ts';
import { bytesFromHex, signerFromSeed } from '../crypto/ed25519.ts';
import { missingIdentityOf } from '../identity/belonging.ts';
import type { Keyring } from '../identity/keyring.ts';
import { type Identity, identityFrom } from '../identity/vault.ts';
import { readRegular } from '../kernel/regular-file.ts';
import { whyNotCopied } from '../store/backup/backup.ts';
import type { OwnKey } from '../store/backup/copied.ts';
import { copyBackup, dropCopy, irregularIn, releaseCopy, unreadableIn } from '../store/backup/restore.ts';
import type { Tables } from '../store/ports.ts';
import { showCopy, showFiles } from '../store/thread.ts';
import { cancelable, canceled, type Work } from '../work.ts';

interface Restored {
  readonly server: string;
  readonly events: number;
  readonly rooms: number;
}

interface RestoreDeps {
  readonly dataDir: string;
  readonly store: Tables<'peers' | 'events' | 'place'>;
  readonly keyring: Keyring;
  readonly work: Pick<Work, 'begin'>;
  /** Starts the node again with the restored folder, after the answer has been sent. */
  readonly startAgain: () => void;
}

export class Restore {
  readonly #deps: RestoreDeps;
  #isRunning = false;

  constructor(deps: RestoreDeps) {
    this.#deps = deps;
  }

  /**
   * Checks a backup, copies it here and starts again with it. BAD_REQUEST for a folder that isn't a backup or couldn't
   * start; CONFLICT if this data folder already has a server, stores its data on a database server, or the owner canceled it;
   * SERVICE_UNAVAILABLE if the backup couldn't be copied. Then nothing has changed.
   */
  async run(folder: string): Promise<Restored> {
    const { dataDir, store, keyring, work, startAgain } = this.#deps;
    const isEmpty =
      !keyring.isSetUp && missingIdentityOf(store, keyring) === null && store.events.lastSeq() === 0;
    if (!isEmpty || this.#isRunning) throw refusal('CONFLICT', said('recall.restore_not_empty'));
    // A backup is a file, and would have to replace the database.
    if (!store.place.isFile) throw refusal('CONFLICT', said('recall.restore_elsewhere'));
    this.#isRunning = true;
    const start = { kind: 'restore', about: null, title: said('work.restore') } as const;
    const { job, signal } = cancelable(work, start);
    try {
      const identity = readIdentity(folder);
      const copied = await copyBackup(folder, dataDir, {
        signal,
        onProgress: showCopy(job),
        onFile: showFiles(job),
      });
      if ('notCopied' in copied)
        throw refusal('SERVICE_UNAVAILABLE', whyNotCopied(copied.notCopied, dataDir));
      if ('problem' in copied)
        throw copied.problem === null
          ? wrong('restore_empty', {})
          : wrong('restore_database', { detail: copied.problem });
      if (!copied.own.some((key) => isKeyOf(identity, key)))
        throw wrong('restore_other', { server: identity.server_name });
      signal.throwIfAborted();
      job.settle();
      await releaseCopy(dataDir);
      startAgain();
      return { server: identity.server_name, events: copied.events, rooms: copied.rooms };
    } catch (error) {
      await dropCopy(dataDir).catch(() => {});
      throw signal.aborted ? canceled(said('work.restore_canceled')) : error;
    } finally {
      job.end();
      this.#isRunning = false;
    }
  }
}

function readIdentity(folder: string): Identity {
  if (!isAbsolute(folder)) throw wrong('restore_not_absolute', { folder });
  const unreadable = unreadableIn(folder);
  if (unreadable !== null) throw wrong('unreadable', { ...unreadable });
  if (!existsSync(join(folder, 'node.db'))) throw wrong('restore_no_backup', { folder });
  const irregular = irregularIn(folder);
  if (irregular !== null) throw wrong('restore_not_file', { file: join(folder, irregular) });
  let value: object;
  try {
    value = JSON.parse(readRegular(join(folder, 'identity.json'))) as object;
    if (!('sealed' in value)) return identityFrom(value);
  } catch {
    throw wrong('restore_identity', { folder });
  }
  throw wrong('restore_sealed', {});
}

const isKeyOf = ({ server_name, keys }: Identity, own: OwnKey): boolean =>
  own.server === server_name &&
  keys.some(({ key_id, seed }) => key_id === own.keyId && publicKeyOf(seed) === own.publicKey);

function publicKeyOf(seed: string): string {
  const bytes = bytesFromHex(seed, 32);
  const signer = signerFromSeed(bytes);
  bytes.fill(0);
  signer.wipe();
  return signer.publicKey;
}

type Why =
  | 'restore_not_absolute'
  | 'restore_no_backup'
  | 'restore_not_file'
  | 'restore_identity'
  | 'restore_sealed'
  | 'restore_database'
  | 'restore_empty'
  | 'unreadable'
  | 'restore_other';
const wrong = (why: Why, params: Readonly<Record<string, string>>): ProtocolError =>
  refusal('BAD_REQUEST', { code: `recall.${why}`, params });
