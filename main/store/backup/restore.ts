/**
 * Restores a backup into a data folder that is still empty. The backup is copied to a folder inside it and checked
 * there, then moved into place before anything opens it. After a crash at any point, either the old files are there or
 * the next start finishes the move.
 */
import { closeSync, existsSync, readdirSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { mkdir, open, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { makePrivate } from '../../kernel/private-file.ts';
import { kindOf, openRegular, readRegular } from '../../kernel/regular-file.ts';
import { type CopyProgress, notCopied, onThread } from '../thread.ts';
import { backedUp } from './backup.ts';
import { copyFiles, moveFiles } from './backup-files.ts';
import type { OwnKey, Unusable } from './copied.ts';

export interface RestoreTask {
  readonly from: string;
  readonly to: string;
}

/** `own`: the keys that the backup was made with. */
export type CopiedDatabase =
  | { readonly own: readonly OwnKey[]; readonly events: number; readonly rooms: number }
  | Unusable;

/**
 * A file of the backup that isn't a regular one; null without one. A pipe or a device would never end, and a link
 * could lead to any file of this computer.
 */
export const irregularIn = (folder: string): string | null =>
  ['node.db', ...backedUp].find((file) => kindOf(join(folder, file)) === 'other') ?? null;

/** The first file of the backup that this user may not read, with the system's code; null without one. */
export function unreadableIn(folder: string): { readonly file: string; readonly code: string } | null {
  for (const name of ['node.db', ...backedUp]) {
    const file = join(folder, name);
    try {
      closeSync(openRegular(file));
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      if (code === 'EACCES' || code === 'EPERM') return { file, code };
    }
  }
  return null;
}

const unfinished = (dataDir: string): string => join(dataDir, 'restore.unfinished');
const ready = (dataDir: string): string => join(dataDir, 'restore.ready');

/**
 * Copies a backup into the data folder, next to its files, and checks the database on another thread. `signal` ends it,
 * and leaves an incomplete copy there.
 */
export async function copyBackup(
  folder: string,
  dataDir: string,
  watched: {
    readonly onProgress: (progress: CopyProgress) => void;
    readonly onFile: (progress: CopyProgress) => void;
    readonly signal: AbortSignal;
  },
): Promise<CopiedDatabase> {
  const staged = unfinished(dataDir);
  try {
    await rm(staged, { recursive: true, force: true });
    await mkdir(staged, { recursive: true, mode: 0o700 });
    for (const file of backedUp)
      if (existsSync(join(folder, file)))
        await writeFile(join(staged, file), readRegular(join(folder, file)), { mode: 0o600 });
  } catch (error) {
    return { notCopied: notCopied(error) };
  }
  const task: RestoreTask = { from: join(folder, 'node.db'), to: join(staged, 'node.db') };
  const worker = new Worker(new URL('./restore-worker.ts', import.meta.url), { workerData: task });
  const copied = await onThread<CopiedDatabase>(worker, watched);
  if ('own' in copied)
    try {
      await copyFiles(folder, staged, { signal: watched.signal, onProgress: watched.onFile });
    } catch (error) {
      if (watched.signal.aborted) throw error;
      return { notCopied: notCopied(error) };
    }
  return copied;
}

export const dropCopy = (dataDir: string): Promise<void> =>
  rm(unfinished(dataDir), { recursive: true, force: true });

/** Makes the next start move the copy into place. */
export async function releaseCopy(dataDir: string): Promise<void> {
  const staged = unfinished(dataDir);
  for (const file of (await readdir(staged)).filter((each) => each !== 'files')) {
    // The copy that a migration leaves next to the database isn't needed: the backup itself is such a copy.
    if (file !== 'node.db' && !backedUp.includes(file)) await rm(join(staged, file));
    else {
      const handle = await open(join(staged, file), 'r+');
      makePrivate(handle.fd);
      await handle.sync();
      await handle.close();
    }
  }
  await rename(staged, ready(dataDir));
}

/**
 * Moves a released copy into place before anything in the folder is opened. The identity comes last: without it, the
 * folder still counts as empty, and the move can be repeated. False if no copy waits.
 */
export function moveIntoPlace(dataDir: string): boolean {
  const from = ready(dataDir);
  if (!existsSync(from)) return false;
  moveFiles(from, dataDir);
  const files = readdirSync(from).filter((file) => file !== 'identity.json');
  if (files.includes('node.db'))
    for (const log of ['node.db-wal', 'node.db-shm']) rmSync(join(dataDir, log), { force: true });
  for (const file of [...files, 'identity.json'])
    if (existsSync(join(from, file))) renameSync(join(from, file), join(dataDir, file));
  rmdirSync(from);
  return true;
}
