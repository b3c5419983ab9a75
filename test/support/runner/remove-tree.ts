import { chmodSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Removes a folder with everything in it, also if a test took away its own right to change one of the folders. Doesn't
 * throw, because what follows as a process ends would be skipped. Returns why something is left, or null.
 */
export function removeTree(folder: string): string | null {
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  try {
    remove();
    return null;
  } catch {}
  try {
    makeChangeable(folder);
    remove();
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

function makeChangeable(folder: string): void {
  chmodSync(folder, 0o700);
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isDirectory()) makeChangeable(join(folder, entry.name));
}
