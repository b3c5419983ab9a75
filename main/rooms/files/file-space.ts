import type { ProtocolError } from '../../../shared/protocol/errors.ts';
import { SerialQueue } from '../../kernel/queue.ts';
import type { Settings } from '../../settings.ts';
import type { FileFolder, IncomingFile, Space, StoredFile } from '../../store/file-folder.ts';
import type { Tables } from '../../store/ports.ts';

interface FileSpaceDeps {
  readonly store: Tables<'files'>;
  readonly folder: FileFolder;
  readonly settings: Pick<Settings, 'get'>;
  /** Whether somebody may still send a file with this hash. */
  readonly holds: (hash: string) => boolean;
}

/** Frees more than is missing, so that not every file has to look for the oldest ones. */
const spareBytes = 500_000_000;

/** Makes room for new files. Files of other servers can be fetched again, so those that came longest ago go. */
export class FileSpace {
  readonly #deps: FileSpaceDeps;
  /** One file after another looks for space, so that no two take the same. */
  readonly #queue = new SerialQueue();

  constructor(deps: FileSpaceDeps) {
    this.#deps = deps;
  }

  /** Begins a file of this size; throws what `refused` says if there isn't enough room for it. */
  create(size: number, refused: (space: Space) => ProtocolError): Promise<IncomingFile> {
    const { folder } = this.#deps;
    return this.#queue.run(async () => {
      const missing = this.#missing(size, await folder.space());
      if (missing > 0) {
        await this.#remove(missing + spareBytes);
        // The disk isn't freer without a file that a backup has, too.
        const space = await folder.space();
        if (this.#missing(size, space) > 0) throw refused(space);
      }
      return folder.create(size);
    });
  }

  #missing(size: number, { kept, free }: Space): number {
    const { all_mb, spare_mb } = this.#deps.settings.get().files;
    return Math.max(kept + size - all_mb * 1_000_000, size + spare_mb * 1_000_000 - free);
  }

  async #remove(wantedBytes: number): Promise<void> {
    const { folder, store, holds } = this.#deps;
    const files: StoredFile[] = [];
    for await (const file of folder.all()) files.push(file);
    let removed = 0;
    for (const { hash, bytes } of files.sort((a, b) => a.since - b.since)) {
      if (removed >= wantedBytes) return;
      // Perhaps nobody else has a file of a user here. It may have been sent since the last one was removed.
      if (holds(hash) || store.files.isOwn(hash)) continue;
      await folder.remove(hash);
      removed += bytes;
    }
  }
}
