import { constants } from 'node:fs';
import { access, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { refusal, SaidError } from '../../../shared/words/refusal.ts';
import { quoted, type Said, said, saidOf } from '../../../shared/words/said.ts';
import type { Tell } from '../../facts.ts';
import type { Clock } from '../../kernel/ports.ts';
import { makePrivate } from '../../kernel/private-file.ts';
import { cancelable, canceled, type Work } from '../../work.ts';
import { syncFolder } from '../file-folder.ts';
import { type CopyProgress, type NotCopied, onThread, showCopy, showFiles } from '../thread.ts';
import { backUpFiles } from './backup-files.ts';

export interface Backup {
  /** Absolute. */
  readonly folder: string;
  readonly bytes: number;
  readonly createdAt: number;
}

/** Next to the database: the server's identity, and the certificates its peers know. Copied unchanged. */
export const backedUp: readonly string[] = [
  'identity.json',
  'tls-key.pem',
  'tls-cert.pem',
  'acme-accounts.json',
  'acme-certificate.json',
  'kept-name.json',
];
const unfinished = '.unfinished';
const namePattern = /^.+-(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d\.\d{3}Z)$/;

interface BackupDeps {
  readonly dataDir: string;
  readonly clock: Clock;
  readonly work: Pick<Work, 'begin'>;
  readonly tell: Tell;
}

/** Backups of the important files in the data folder, in `DIR/backups`, made while the node runs. */
export class Backups {
  readonly #deps: BackupDeps;
  #running: Promise<Backup> | null = null;

  constructor(deps: BackupDeps) {
    this.#deps = deps;
  }

  get #folder(): string {
    return join(this.#deps.dataDir, 'backups');
  }

  /** A folder for testing a backup. Remains of a crashed run are removed like an unfinished backup. */
  get scratch(): string {
    return join(this.#folder, `drill${unfinished}`);
  }

  /**
   * Makes a backup, with the files of messages or without. A second call meanwhile returns the same backup.
   * SERVICE_UNAVAILABLE says why it failed; CONFLICT means that somebody canceled it.
   */
  make(serverName: string, withFiles = true): Promise<Backup> {
    this.#running ??= this.#makeOne(serverName, withFiles).finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  async #makeOne(serverName: string, withFiles: boolean): Promise<Backup> {
    const { dataDir, clock, work, tell } = this.#deps;
    const createdAt = clock.now();
    const stamp = new Date(createdAt).toISOString().replaceAll(':', '-');
    const name = `${serverName.replace(/[^a-z0-9.-]/g, '_')}-${stamp}`;
    const [made, folder] = [join(this.#folder, name + unfinished), join(this.#folder, name)];
    const { job, signal } = cancelable(work, { kind: 'backup', about: null, title: said('work.backup') });
    try {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      await this.#clearUnfinished();
      if (await isThere(folder)) throw new SaidError(said('backup.why_exists', { folder }));
      await mkdir(made, { mode: 0o700 });
      const database = join(made, 'node.db');
      // SQLite would create it with the mode of the umask.
      await write(database, '');
      await copyDatabase(join(dataDir, 'node.db'), database, signal, showCopy(job));
      // After the database, so that no key it mentions is missing.
      for (const file of backedUp) {
        const from = join(dataDir, file);
        if (await isThere(from)) await write(join(made, file), await readFile(from));
      }
      if (withFiles) await backUpFiles(dataDir, made, { signal, onProgress: showFiles(job) });
      signal.throwIfAborted();
      job.settle();
      await syncFolder(made);
      await rename(made, folder);
      await syncFolder(this.#folder);
      tell({ fact: 'node-changed' });
      return { folder, bytes: await bytesIn(folder), createdAt };
    } catch (error) {
      await rm(made, { recursive: true, force: true }).catch(() => {});
      if (signal.aborted) throw canceled(said('work.backup_canceled'));
      throw refusal('SERVICE_UNAVAILABLE', whyNot(error as NodeJS.ErrnoException, this.#folder));
    } finally {
      job.end();
    }
  }

  /** Unfinished backups of a crashed run. */
  async #clearUnfinished(): Promise<void> {
    for (const name of await readdir(this.#folder))
      if (name.endsWith(unfinished)) await rm(join(this.#folder, name), { recursive: true, force: true });
  }

  /** Newest first. */
  async list(): Promise<Backup[]> {
    const names = await readdir(this.#folder).catch(() => []);
    const backups: Backup[] = [];
    for (const name of names) {
      const [, day, hour, minute, second] = namePattern.exec(name) ?? [];
      const folder = join(this.#folder, name);
      if (day === undefined || !(await isThere(join(folder, 'node.db')))) continue;
      const createdAt = Date.parse(`${day}T${hour}:${minute}:${second}`);
      if (!Number.isNaN(createdAt)) backups.push({ folder, bytes: await bytesIn(folder), createdAt });
    }
    return backups.sort((a, b) => b.createdAt - a.createdAt);
  }
}

const isThere = (path: string): Promise<boolean> =>
  access(path, constants.F_OK).then(
    () => true,
    () => false,
  );

async function write(path: string, content: string | Buffer): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  makePrivate(path);
}

async function bytesIn(folder: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name))).size;
  return bytes;
}

interface CopyAnswer {
  readonly damage?: string | null;
  readonly failure?: { readonly code: string; readonly message: string };
}

/** Runs on its own thread, so that neither the copy nor the check delays the node. */
async function copyDatabase(
  from: string,
  to: string,
  signal: AbortSignal,
  onProgress: (progress: CopyProgress) => void,
): Promise<void> {
  const worker = new Worker(new URL('./backup-worker.ts', import.meta.url), { workerData: { from, to } });
  const answer = await onThread<CopyAnswer>(worker, { signal, onProgress });
  if (answer.failure) throw Object.assign(new Error(answer.failure.message), { code: answer.failure.code });
  if (answer.damage) throw new SaidError(said('backup.why_damaged', { detail: answer.damage }));
}

const causes: Readonly<Record<string, (code: string) => Said>> = {
  ENOSPC: (code) => said('backup.why_full', { code }),
  SQLITE_FULL: (code) => said('backup.why_full', { code }),
  EDQUOT: (code) => said('backup.why_quota', { code }),
  EFBIG: (code) => said('backup.why_too_large', { code }),
  EACCES: (code) => said('backup.why_denied', { code }),
  EPERM: (code) => said('backup.why_denied', { code }),
  EROFS: (code) => said('backup.why_read_only', { code }),
  ENOTDIR: (code) => said('backup.why_not_folder', { code }),
  EEXIST: (code) => said('backup.why_not_folder', { code }),
};

/** Names, for people, a cause that they can do something about. */
export function whyNot(error: NodeJS.ErrnoException, folder: string): Said {
  const code = error.code ?? '';
  return said('backup.failed', { folder, why: causes[code]?.(code) ?? saidOf(error) });
}

const spaceCodes: readonly string[] = ['ENOSPC', 'SQLITE_FULL', 'EDQUOT'];

/** Why a backup could not be copied into this folder, to try or restore it. */
export function whyNotCopied({ code, message }: NotCopied, folder: string): Said {
  const why = causes[code]?.(code) ?? quoted(message);
  return spaceCodes.includes(code)
    ? said('recall.no_copy_space', { folder, why })
    : said('recall.no_copy', { folder, why });
}
