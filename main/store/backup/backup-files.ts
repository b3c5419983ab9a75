/** The files of messages in a backup. They never change under their name, so a backup needs no copies of its own. */
import { constants, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { copyFile, link, mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { kindOf } from '../../kernel/regular-file.ts';
import type { CopyProgress } from '../thread.ts';

const name = 'files';
const folderPattern = /^[0-9a-f]{2}$/;
const filePattern = /^[0-9a-f]{62}$/;

/** Paths below `files` of everything that is a file of a message: no links, no devices, no other names. */
function filesIn(folder: string): string[] {
  const root = join(folder, name);
  if (!existsSync(root)) return [];
  return readdirSync(root)
    .filter((each) => folderPattern.test(each))
    .flatMap((each) => readdirSync(join(root, each)).map((file) => join(each, file)))
    .filter((path) => filePattern.test(path.slice(3)) && kindOf(join(root, path)) === 'file');
}

interface Watched {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: CopyProgress) => void;
}

async function bring(
  from: string,
  to: string,
  { signal, onProgress }: Watched,
  one: (from: string, to: string) => Promise<void>,
): Promise<void> {
  const paths = filesIn(from);
  for (const [done, path] of paths.entries()) {
    signal.throwIfAborted();
    const target = join(to, name, path);
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    await one(join(from, name, path), target);
    onProgress({ done: done + 1, total: paths.length });
  }
}

/** Links a file. Makes a copy between two disks, and where the disk has no second names for a file. */
async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    // Somebody deleted the file meanwhile.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    await copySynced(from, to);
  }
}

async function copySynced(from: string, to: string): Promise<void> {
  await copyFile(from, to, constants.COPYFILE_FICLONE);
  const file = await open(to, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Takes the files into a backup. */
export const backUpFiles = (dataDir: string, backup: string, watched: Watched): Promise<void> =>
  bring(dataDir, backup, watched, linkOrCopy);

/** Copies them out of a backup, which may be on a stick that is taken out afterwards. */
export const copyFiles = (backup: string, to: string, watched: Watched): Promise<void> =>
  bring(backup, to, watched, copySynced);

/** How many files the data folder has that the backup lacks. */
export function filesMissing(backup: string, dataDir: string): number {
  const there = new Set(filesIn(backup));
  return filesIn(dataDir).filter((path) => !there.has(path)).length;
}

/** Moves restored files to those that are in the data folder. */
export function moveFiles(from: string, dataDir: string): void {
  for (const path of filesIn(from)) {
    const target = join(dataDir, name, path);
    mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
    renameSync(join(from, name, path), target);
  }
  rmSync(join(from, name), { recursive: true, force: true });
}
