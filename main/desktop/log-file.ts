import { renameSync, statSync } from 'node:fs';
import { join } from 'node:path';

const bytesMax = 10 * 1024 * 1024;

/**
 * Where the app writes its log, because nobody sees what a window's program says on stderr. A large one is put
 * aside at the next start, in the place of the one before.
 */
export function logFile(dir: string): string {
  const file = join(dir, 'node.log');
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > bytesMax) renameSync(file, `${file}.old`);
  return file;
}
