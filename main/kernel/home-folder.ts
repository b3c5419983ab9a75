import { homedir } from 'node:os';

/** The home folder of this user; null for one that the system knows only by its number, as in some containers. */
export function homeFolder(): string | null {
  try {
    return homedir() || null;
  } catch {
    return null;
  }
}
