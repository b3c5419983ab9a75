import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { refusal } from '../../shared/words/refusal.ts';
import { type Said, said } from '../../shared/words/said.ts';
import type { Keyring } from '../identity/keyring.ts';
import { identityFrom } from '../identity/vault.ts';
import { readRegular } from '../kernel/regular-file.ts';
import { type Backup, type Backups, whyNotCopied } from '../store/backup/backup.ts';
import { filesMissing } from '../store/backup/backup-files.ts';
import { drillDatabase, type Missing } from '../store/backup/drill.ts';
import { unreadableIn } from '../store/backup/restore.ts';
import { showCopy } from '../store/thread.ts';
import { cancelable, canceled, type Work } from '../work.ts';

interface DrillResult {
  readonly backup: Backup;
  /** Why this backup would not bring the server back; empty if it would. */
  readonly problems: readonly Said[];
  /** Null if the database cannot be opened. */
  readonly missing: (Missing & { readonly keys: number; readonly files: number }) | null;
  /** Number of events in it. */
  readonly events: number;
}

interface DrillDeps {
  readonly dataDir: string;
  readonly backups: Pick<Backups, 'list' | 'scratch'>;
  readonly keyring: Keyring;
  readonly work: Pick<Work, 'begin'>;
}

/** Tries the newest backup without touching it or the node: would it start, and what would be missing? */
export class Drill {
  readonly #deps: DrillDeps;
  #running: Promise<DrillResult> | null = null;

  constructor(deps: DrillDeps) {
    this.#deps = deps;
  }

  /**
   * A call during a running drill gets its result. NOT_FOUND without a backup; SERVICE_UNAVAILABLE if it can't be
   * copied; CONFLICT if it was canceled.
   */
  run(): Promise<DrillResult> {
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  async #run(): Promise<DrillResult> {
    const { dataDir, backups, keyring, work } = this.#deps;
    const [backup] = await backups.list();
    if (backup === undefined) throw refusal('NOT_FOUND', said('recall.drill_no_backup'));
    const self = keyring.serverName;
    const unreadable = unreadableIn(backup.folder);
    if (unreadable !== null) throw refusal('SERVICE_UNAVAILABLE', said('recall.unreadable', unreadable));
    const { problems, keys } = await this.#identity(backup.folder);
    const { job, signal } = cancelable(work, { kind: 'drill', about: null, title: said('work.drill') });
    const task = { backup: backup.folder, live: join(dataDir, 'node.db'), scratch: backups.scratch, self };
    const answer = await drillDatabase(task, { signal, onProgress: showCopy(job) })
      .catch(async (error) => {
        if (!signal.aborted) throw error;
        await rm(backups.scratch, { recursive: true, force: true });
        throw canceled(said('work.drill_canceled'));
      })
      .finally(() => job.end());
    if ('notCopied' in answer) throw refusal('SERVICE_UNAVAILABLE', whyNotCopied(answer.notCopied, dataDir));
    if ('problem' in answer) {
      const { problem } = answer;
      const why =
        problem === null ? said('recall.drill_empty') : said('recall.drill_database', { detail: problem });
      return { backup, problems: [why, ...problems], missing: null, events: 0 };
    }
    const isOurs = answer.own.some(
      ({ server, keyId, publicKey }) => server === self && keyring.key(keyId)?.publicKey === publicKey,
    );
    if (!isOurs) problems.unshift(said('recall.drill_database_other'));
    const files = filesMissing(backup.folder, dataDir);
    return { backup, problems, missing: { ...answer.missing, keys, files }, events: answer.checked };
  }

  /** Whether the backup can become this server again, and how many of its keys it lacks. */
  async #identity(folder: string): Promise<{ readonly problems: Said[]; readonly keys: number }> {
    const { keyring } = this.#deps;
    const ours = keyring.keys();
    try {
      const value = JSON.parse(readRegular(join(folder, 'identity.json'))) as object;
      if ('sealed' in value) return { problems: [said('recall.drill_sealed')], keys: 0 };
      const identity = identityFrom(value);
      const { server_name } = identity;
      if (server_name !== keyring.serverName)
        return { problems: [said('recall.drill_other', { server: server_name })], keys: ours.length };
      const held = new Set(identity.keys.map((key) => key.key_id));
      return { problems: [], keys: ours.filter((key) => !held.has(key.keyId)).length };
    } catch {
      return { problems: [said('recall.drill_identity')], keys: ours.length };
    }
  }
}
