import { constants, fstatSync, openSync, writeSync } from 'node:fs';
import { isatty } from 'node:tty';

/** Limits what is kept while the reader doesn't read. Later lines are counted, and lost. */
const heldBytesMax = 1_048_576;
const retryMs = 250;

/**
 * Writes log lines. Nothing that happens to their destination may stop the node: a terminal may be closed, a disk full,
 * and the program that reads a pipe may stall. Lines are written at once, so that those before a crash aren't lost.
 */
export class LogLines {
  readonly #fd: number;
  #held: Buffer[] = [];
  #heldBytes = 0;
  #dropped = 0;
  #retry: NodeJS.Timeout | null = null;

  /** Takes a descriptor that doesn't block (`openEnd`), so that a reader that stalls holds up nothing. */
  constructor(fd: number) {
    this.#fd = fd;
  }

  write(line: string): void {
    const bytes = Buffer.from(line);
    if (this.#heldBytes + bytes.length > heldBytesMax) {
      this.#dropped++;
      return;
    }
    this.#hold(bytes);
    this.#flush();
  }

  #hold(bytes: Buffer): void {
    this.#held.push(bytes);
    this.#heldBytes += bytes.length;
  }

  #flush(): void {
    while (this.#held.length > 0) {
      const [first = Buffer.alloc(0)] = this.#held;
      const written = this.#send(first);
      if (written === null) {
        this.#retry ??= setTimeout(() => {
          this.#retry = null;
          this.#flush();
        }, retryMs).unref();
        return;
      }
      this.#heldBytes -= written;
      if (written < first.length) this.#held[0] = first.subarray(written);
      else this.#held.shift();
      if (this.#held.length === 0 && this.#dropped > 0) {
        const lost = {
          level: 'warn',
          dropped: this.#dropped,
          msg: 'nobody read the log, so lines were dropped',
        };
        this.#dropped = 0;
        this.#hold(Buffer.from(`${JSON.stringify(lost)}\n`));
      }
    }
  }

  /** How many bytes were taken; null if the reader takes none right now. Bytes that can't be written count as taken. */
  #send(bytes: Buffer): number | null {
    try {
      return writeSync(this.#fd, bytes);
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'EAGAIN' ? null : bytes.length;
    }
  }
}

/**
 * Opens the same pipe or terminal again, so that writing to it doesn't block: other programs may share the given
 * descriptor. Returns that one for anything else, such as a socket, and where the system doesn't offer this.
 */
export function openEnd(fd: number): number {
  try {
    if (!isatty(fd) && !fstatSync(fd).isFIFO()) return fd;
    return openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch {
    return fd;
  }
}
