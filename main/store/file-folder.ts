import { createHash, type Hash, randomUUID } from 'node:crypto';
import { mkdirSync, rmSync, statSync } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { freeNow } from '../kernel/body.ts';
import { SerialQueue } from '../kernel/queue.ts';

const folderPattern = /^[0-9a-f]{2}$/;
const namePattern = /^[0-9a-f]{62}$/;
const writtenTogetherBytes = 1_048_576;

export interface StoredFile {
  readonly hash: string;
  readonly bytes: number;
  /** Since when it is here, unix ms. */
  readonly since: number;
}

export interface Space {
  readonly kept: number;
  readonly free: number;
}

interface Expected {
  readonly size: number;
  received: () => number;
}

/**
 * The files of messages and the pictures of people and rooms, in `files/` beside the database, each named by the SHA-256 of its bytes.
 * A file is complete from the moment it has its name: it is written under another one, synced, and renamed.
 */
export class FileFolder {
  readonly #folder: string;
  /** The size of all complete files together; null until somebody wants to know. */
  #bytes: number | null = null;
  /** Files get their names and go one after another, so that no two count the same one. */
  readonly #naming = new SerialQueue();
  /** The files that are being received. */
  readonly #expected = new Set<Expected>();

  constructor(dataDir: string) {
    this.#folder = join(dataDir, 'files');
  }

  /** Removes what an earlier run left unfinished. */
  begin(): void {
    rmSync(this.#unfinished, { recursive: true, force: true });
    mkdirSync(this.#unfinished, { recursive: true, mode: 0o700 });
  }

  /** How much is here and how much fits in, in bytes, as if everything that is being received were here already. */
  async space(): Promise<Space> {
    const { bavail, bsize } = await statfs(this.#folder);
    if (this.#bytes === null) {
      let bytes = 0;
      for await (const file of this.all()) bytes += file.bytes;
      this.#bytes ??= bytes;
    }
    let [kept, free] = [this.#bytes, bavail * bsize];
    for (const { size, received } of this.#expected) {
      kept += size;
      free -= Math.max(size - received(), 0);
    }
    return { kept, free };
  }

  get #unfinished(): string {
    return join(this.#folder, 'unfinished');
  }

  pathOf(hash: string): string {
    return join(this.#folder, hash.slice(0, 2), hash.slice(2));
  }

  /** The file's size in bytes; null if it isn't here. */
  sizeOf(hash: string): number | null {
    return statSync(this.pathOf(hash), { throwIfNoEntry: false })?.size ?? null;
  }

  async *all(): AsyncGenerator<StoredFile> {
    for (const folder of await readdir(this.#folder)) {
      if (!folderPattern.test(folder)) continue;
      for (const name of await readdir(join(this.#folder, folder))) {
        if (!namePattern.test(name)) continue;
        const found = await stat(join(this.#folder, folder, name)).catch(() => null);
        if (found) yield { hash: folder + name, bytes: found.size, since: found.mtimeMs };
      }
    }
  }

  /** A new file that will have `size` bytes. Its space is taken from now on, until it is kept or discarded. */
  async create(size: number): Promise<IncomingFile> {
    const path = join(this.#unfinished, randomUUID());
    const expected: Expected = { size, received: () => 0 };
    this.#expected.add(expected);
    const over = () => void this.#expected.delete(expected);
    const handle = await open(path, 'wx', 0o600).catch((error) => {
      over();
      throw error;
    });
    const incoming = new IncomingFile(path, handle, {
      keep: (hash, bytes) => this.#keep(path, hash, bytes),
      over,
    });
    expected.received = () => incoming.bytes;
    return incoming;
  }

  async #keep(path: string, hash: string, bytes: number): Promise<void> {
    const folder = join(this.#folder, hash.slice(0, 2));
    const isNew = (await mkdir(folder, { recursive: true, mode: 0o700 })) !== undefined;
    await this.#naming.run(async () => {
      const isAnother = this.sizeOf(hash) === null;
      await rename(path, this.pathOf(hash));
      if (this.#bytes !== null && isAnother) this.#bytes += bytes;
    });
    await syncFolder(folder);
    if (isNew) await syncFolder(this.#folder);
  }

  remove(hash: string): Promise<void> {
    return this.#naming.run(async () => {
      const bytes = this.sizeOf(hash);
      if (bytes === null) return;
      await rm(this.pathOf(hash), { force: true });
      if (this.#bytes !== null) this.#bytes -= bytes;
    });
  }
}

interface FolderOfIncoming {
  /** Gives it its name. */
  readonly keep: (hash: string, bytes: number) => Promise<void>;
  /** Called once nothing more is received. */
  readonly over: () => void;
}

/** A file that is being received. */
export class IncomingFile {
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #folder: FolderOfIncoming;
  #hash: Hash = createHash('sha256');
  #bytes = 0;
  /** Bytes that have arrived and aren't on their way to the disk, and how much of the buffer is filled. */
  #filling: Buffer | null = null;
  #filled = 0;
  /** Used again for the piece after the next, so that a large file needs no more memory than a small one. */
  #spare: Buffer | null = null;
  #writtenBytes = 0;
  /** While the disk writes, the next pieces arrive and are hashed. */
  #writing: Promise<void> = Promise.resolve();

  constructor(path: string, handle: FileHandle, folder: FolderOfIncoming) {
    this.#path = path;
    this.#handle = handle;
    this.#folder = folder;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Rejects if this piece, or one before it, can't be written. */
  async write(piece: Uint8Array): Promise<void> {
    this.#bytes += piece.length;
    this.#hash.update(piece);
    for (let at = 0; at < piece.length; ) {
      this.#filling ??= this.#spare ?? Buffer.allocUnsafeSlow(writtenTogetherBytes);
      if (this.#filling === this.#spare) this.#spare = null;
      const part = piece.subarray(at, at + this.#filling.length - this.#filled);
      this.#filling.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled === this.#filling.length) await this.#flush();
    }
  }

  /** Waits for the write before, and begins the next one. */
  async #flush(): Promise<void> {
    await this.#writing;
    const [full, length, at] = [this.#filling, this.#filled, this.#writtenBytes];
    if (full === null) return;
    this.#writtenBytes += length;
    this.#filling = null;
    this.#filled = 0;
    this.#writing = this.#writeAll(full.subarray(0, length), at).then(() => {
      // Nobody sends at the moment: an upload that waits keeps no memory.
      this.#spare = this.#filling === null ? null : full;
    });
    // The next piece, or the end, notices a failure.
    this.#writing.catch(() => {});
  }

  async #writeAll(bytes: Buffer, at: number): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const { bytesWritten } = await this.#handle.write(bytes, done, bytes.length - done, at + done);
      done += bytesWritten;
    }
  }

  /** Forgets what has arrived. */
  async restart(): Promise<void> {
    await this.#flush();
    await this.#writing;
    this.#hash = createHash('sha256');
    this.#bytes = 0;
    this.#writtenBytes = 0;
    await this.#handle.truncate(0);
  }

  /** SHA-256 of what has arrived. */
  get hash(): string {
    return this.#hash.copy().digest('hex');
  }

  /** Gives the file its name, its hash. From then on it survives a power failure. */
  async keep(): Promise<string> {
    const { hash } = this;
    await this.#flush();
    await this.#writing;
    await this.#handle.sync();
    await this.#handle.close();
    this.#free();
    await this.#folder.keep(hash, this.#bytes);
    this.#folder.over();
    return hash;
  }

  async discard(): Promise<void> {
    await this.#writing.catch(() => {});
    await this.#handle.close().catch(() => {});
    this.#free();
    await rm(this.#path, { force: true });
    this.#folder.over();
  }

  #free(): void {
    for (const buffer of [this.#filling, this.#spare]) if (buffer !== null) freeNow(buffer);
    this.#filling = null;
    this.#spare = null;
  }
}

/** Brings to disk what is in a folder: which files it has, and under which names. */
export async function syncFolder(folder: string): Promise<void> {
  // Windows can't open a folder, but a rename is durable there.
  const handle = await open(folder, 'r').catch(() => null);
  await handle?.sync().catch(() => {});
  await handle?.close();
}
