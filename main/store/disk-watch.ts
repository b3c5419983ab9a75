import { ProtocolError } from '../../shared/protocol/errors.ts';
import { refusal } from '../../shared/words/refusal.ts';
import { type Said, said } from '../../shared/words/said.ts';

/** Why nothing can be stored, if it is something the owner can fix. */
export type DiskTrouble = 'full' | 'read_only' | 'files' | 'damaged';

const troubles: readonly (readonly [codes: RegExp, trouble: DiskTrouble])[] = [
  [/^(ENOSPC|EDQUOT|SQLITE_FULL|SQLITE_IOERR_SHMSIZE)$/, 'full'],
  [/^(EMFILE|ENFILE)$/, 'files'],
  [/^(SQLITE_CORRUPT.*|SQLITE_NOTADB|SQLITE_IOERR_(READ|SHORT_READ|DATA|CORRUPTFS))$/, 'damaged'],
  [/^(EIO|EROFS|EACCES|EPERM|SQLITE_READONLY.*|SQLITE_PERM|SQLITE_CANTOPEN.*|SQLITE_IOERR.*)$/, 'read_only'],
];

/** `null` for an error about something else. A socket's EACCES is about a port, not a file. */
export function diskTroubleOf(error: unknown): DiskTrouble | null {
  const { code, syscall } = (error ?? {}) as NodeJS.ErrnoException;
  if (typeof code !== 'string' || /^(listen|bind|connect|send)$/.test(syscall ?? '')) return null;
  return troubles.find(([codes]) => codes.test(code))?.[1] ?? null;
}

/** Runs `read`, and returns `fallback` where the pages it needs are damaged, so that the rest can still be shown. */
export function readable<T>(read: () => T, fallback: T): T {
  try {
    return read();
  } catch (error) {
    if (diskTroubleOf(error) !== 'damaged') throw error;
    return fallback;
  }
}

/** The same as a sentence for the owner. */
export const diskProblem = (trouble: DiskTrouble | null): Said | null =>
  trouble === null ? null : said(`disk.${trouble}`);

const retrySeconds = 60;

/** Remembers why the last write failed, until one succeeds; and that a damaged page was met, until a check finds none. */
export class DiskWatch {
  #trouble: DiskTrouble | null = null;
  #damages = 0;
  readonly #changed: () => void;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  get trouble(): DiskTrouble | null {
    return this.#trouble;
  }

  /** How often a damaged page was met in this run. */
  get damages(): number {
    return this.#damages;
  }

  note(error: unknown): void {
    const trouble = diskTroubleOf(error);
    if (trouble !== null) this.#become(trouble);
  }

  /** Something was stored. That says nothing about pages that it did not touch. */
  worked(): void {
    if (this.#trouble !== null && this.#trouble !== 'damaged') this.#become(null);
  }

  /** A check of the whole database found nothing. */
  mended(): void {
    if (this.#trouble === 'damaged') this.#become(null);
  }

  /**
   * The answer to the failed request: SERVICE_UNAVAILABLE with a retry time, if it failed because of the disk. Other
   * errors are returned unchanged.
   */
  answerTo(error: unknown): unknown {
    if (error instanceof ProtocolError) return error;
    const trouble = diskTroubleOf(error);
    if (trouble === null) return error;
    this.#become(trouble);
    return refusal('SERVICE_UNAVAILABLE', said(`disk.${trouble}`), { retryAfterSeconds: retrySeconds });
  }

  #become(trouble: DiskTrouble | null): void {
    if (trouble === 'damaged') this.#damages++;
    if (trouble === this.#trouble) return;
    this.#trouble = trouble;
    this.#changed();
  }
}
