import { ApiError } from '../../../../shared/api/client.ts';
import { uploadBytesPath, uploadPieceBytes } from '../../../../shared/api/file-bytes.ts';
import { limits } from '../../../../shared/protocol/limits.ts';
import { type Failure, failureOf } from '../../../node/failure.ts';
import type { NodeLink } from '../../../node/node-link.ts';
import type { SentFile } from './outgoing.ts';
import { isPicture, prepared } from './prepared.ts';

/** After a break, the next attempt waits so long, and twice as long each time. */
const firstPauseMs = 1_000;
const pauseMsMax = 15_000;

/** A file that is sent with the next message. */
export class FileToSend {
  readonly name: string;
  readonly size: number;
  /** Shows a picture before it is sent; null for other files. */
  readonly preview: string | null;
  /** The node's ID of the upload, once it is known. */
  uploadId: string | null = $state(null);
  /** The share that is uploaded, from 0 to 1. */
  done = $state(0);
  isComplete = $state(false);
  /** Its sender should know that it perhaps says where it was taken. */
  mayTellPlace = $state(false);
  failure: Failure | null = $state.raw(null);
  /** Null for one that the node has already. */
  readonly file: File | null;
  readonly canceled = new AbortController();

  constructor(file: File | SentFile) {
    const isNew = file instanceof File;
    this.name = file.name;
    this.size = file.size;
    this.file = isNew ? file : null;
    this.preview = isNew && isPicture(file) ? URL.createObjectURL(file) : null;
    if (isNew) return;
    this.uploadId = file.upload_id;
    this.done = 1;
    this.isComplete = true;
  }

  drop(): void {
    this.canceled.abort();
    if (this.preview !== null) URL.revokeObjectURL(this.preview);
  }
}

/** The files of the message that is being written. They are uploaded one after another while its text is typed. */
export class FilesToSend {
  list: readonly FileToSend[] = $state.raw([]);
  /** Whether more were chosen than a message can have. */
  isOver = $state(false);
  readonly #node: NodeLink;
  readonly #roomId: string;
  readonly #changed: () => void;
  #as = '';
  #isBusy = false;

  /** `changed` is called when a file is complete, failed or is removed. */
  constructor(node: NodeLink, roomId: string, changed: () => void) {
    this.#node = node;
    this.#roomId = roomId;
    this.#changed = changed;
  }

  get areComplete(): boolean {
    return this.list.every((each) => each.isComplete);
  }

  add(files: Iterable<File>, as: string): void {
    this.#take(
      [...files].map((file) => new FileToSend(file)),
      as,
    );
    void this.#run();
  }

  /** Files of a message that wasn't sent after all. */
  restore(files: readonly SentFile[], as: string): void {
    if (files.length > 0)
      this.#take(
        files.map((file) => new FileToSend(file)),
        as,
      );
  }

  #take(added: readonly FileToSend[], as: string): void {
    this.#as = as;
    const all = [...this.list, ...added];
    this.isOver = all.length > limits.filesMax;
    for (const each of all.slice(limits.filesMax)) each.drop();
    this.list = all.slice(0, limits.filesMax);
  }

  remove(file: FileToSend): void {
    file.drop();
    this.list = this.list.filter((each) => each !== file);
    this.isOver = false;
    this.#changed();
    this.#cancelUploadOf(file);
  }

  #cancelUploadOf({ uploadId }: FileToSend): void {
    if (uploadId === null) return;
    this.#node.api
      .cancelUpload({ room_id: this.#roomId, upload_id: uploadId, as: this.#as })
      // The node drops it after a day anyway.
      .catch(() => {});
  }

  /** Uploads it again, from the beginning. */
  retry(file: FileToSend): void {
    this.#cancelUploadOf(file);
    file.uploadId = null;
    file.failure = null;
    void this.#run();
  }

  /** The files, which are part of a message from now on. */
  taken(): SentFile[] {
    const files = this.list.map(({ uploadId, name, size }) => ({ upload_id: uploadId ?? '', name, size }));
    for (const each of this.list) each.drop();
    this.list = [];
    this.isOver = false;
    return files;
  }

  async #run(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    try {
      for (;;) {
        const next = this.list.find((each) => !each.isComplete && each.failure === null);
        if (!next) return;
        await this.#send(next).catch((error) => {
          if (!next.canceled.signal.aborted) next.failure = failureOf(error);
        });
        this.#changed();
      }
    } finally {
      this.#isBusy = false;
    }
  }

  async #send(file: FileToSend): Promise<void> {
    if (file.file === null) return;
    const { bytes, type, mayTellPlace, shown } = await prepared(file.file);
    file.mayTellPlace = mayTellPlace;
    const about = { room_id: this.#roomId, as: this.#as };
    const started = await this.#node.api.startUpload({
      ...about,
      ...shown,
      name: file.name || 'file',
      size: bytes.size,
      ...(type === null ? {} : { content_type: type }),
    });
    const { upload_id } = started;
    file.uploadId = upload_id;
    // The user removed the file meanwhile.
    if (file.canceled.signal.aborted) {
      await this.#node.api.cancelUpload({ ...about, upload_id });
      return;
    }
    let state = started;
    let pauseMs = firstPauseMs;
    while (!state.complete) {
      file.done = bytes.size === 0 ? 1 : state.received / bytes.size;
      const { received } = state;
      const piece = bytes.slice(received, received + uploadPieceBytes);
      try {
        state = await this.#put(uploadBytesPath(this.#roomId, upload_id, received), piece, file);
        pauseMs = firstPauseMs;
      } catch (error) {
        if (file.canceled.signal.aborted || (error instanceof ApiError && error.code !== 'CONFLICT'))
          throw error;
        // The line broke. The node knows how much arrived.
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
        pauseMs = Math.min(2 * pauseMs, pauseMsMax);
        state = await this.#node.api.upload({ ...about, upload_id }).catch((again) => {
          if (again instanceof ApiError) throw again;
          return state;
        });
      }
    }
    file.done = 1;
    file.isComplete = true;
  }

  async #put(
    path: string,
    piece: Blob,
    { canceled }: FileToSend,
  ): Promise<Awaited<ReturnType<NodeLink['api']['upload']>>> {
    const as = `&as=${encodeURIComponent(this.#as)}`;
    const answer = await fetch(path + as, { method: 'PUT', body: piece, signal: canceled.signal });
    const body = await answer.json();
    if (answer.ok) return body;
    throw new ApiError(answer.status, body.code, body.message, body.details);
  }
}
