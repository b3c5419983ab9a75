import type { FileNote, PictureNote } from '../../../shared/protocol/events/attachments.ts';
import { pictureTypeOf } from '../../../shared/protocol/file-type.ts';
import { limits } from '../../../shared/protocol/limits.ts';
import { refusal } from '../../../shared/words/refusal.ts';
import { said } from '../../../shared/words/said.ts';
import { tuning } from '../../config.ts';
import type { Clock } from '../../kernel/ports.ts';
import type { Settings } from '../../settings.ts';
import type { IncomingFile, Space } from '../../store/file-folder.ts';
import type { Tables } from '../../store/ports.ts';
import type { Actors } from '../actors.ts';
import type { IdGenerator } from '../id-generator.ts';
import type { FileSpace } from './file-space.ts';

/** The sender's description of a file. */
interface Announced extends Pick<FileNote, 'name' | 'type' | 'width' | 'height' | 'thumbhash'> {
  readonly size: number;
}

interface Upload {
  readonly id: string;
  readonly user: string;
  /** Empty for what isn't sent with a message: nobody can ask for it. */
  readonly roomId: string;
  readonly file: Announced;
  /** Null once it is complete; then it has a hash. */
  incoming: IncomingFile | null;
  hash: string | null;
  usedAt: number;
  /** Each request that brings bytes has a number, and the last one counts: the one before may hang on a dead connection. */
  turn: number;
  working: Promise<unknown>;
}

interface UploadState {
  readonly upload_id: string;
  readonly size: number;
  /** Bytes that are here. */
  readonly received: number;
  readonly complete: boolean;
}

interface UploadsDeps {
  readonly store: Tables<'files' | 'writer'>;
  readonly space: Pick<FileSpace, 'create'>;
  readonly actors: Pick<Actors, 'local' | 'memberRoom'>;
  readonly ids: Pick<IdGenerator, 'id'>;
  readonly clock: Clock;
  readonly settings: Pick<Settings, 'get'>;
}

const { fileBytesMax } = limits;
const { uploadsMax, uploadKeptMs } = tuning;
const megabytes = (bytes: number): number => Math.ceil(bytes / 1_000_000);

/**
 * Files that users here are about to send. Until a message names them, they are in memory, and the database has only the
 * hashes of complete ones, so that nothing is left of them if that never happens.
 */
export class Uploads {
  readonly #uploads = new Map<string, Upload>();
  readonly #deps: UploadsDeps;

  constructor(deps: UploadsDeps) {
    this.#deps = deps;
  }

  /** Refuses a file that there is no room for before any of it is read. */
  async start(roomId: string, file: Announced, as: string | undefined): Promise<UploadState> {
    const { actors } = this.#deps;
    const user = actors.local(as);
    actors.memberRoom(roomId, user);
    return stateOf(await this.#begin(user, roomId, file));
  }

  /**
   * Stores a small picture that a user chose. Nobody removes it before `name` has named it. BAD_REQUEST for anything else.
   */
  async keepPicture(
    user: string,
    bytes: Uint8Array,
    name: (picture: PictureNote) => Promise<void>,
  ): Promise<void> {
    const type = pictureTypeOf(bytes);
    const size = bytes.length;
    if (type === null || size > limits.pictureBytesMax) throw refusal('BAD_REQUEST', said('file.no_picture'));
    const about = { name: '', size, type, width: null, height: null, thumbhash: null };
    const upload = await this.#begin(user, '', about);
    try {
      await upload.incoming?.write(bytes);
      await this.#complete(upload);
      await name({ hash: upload.hash ?? '', size, type });
    } finally {
      await this.#drop(upload);
    }
  }

  async #begin(user: string, roomId: string, file: Announced): Promise<Upload> {
    const { space, ids, clock } = this.#deps;
    this.#checkOwn(user, file.size);
    const upload: Upload = {
      id: ids.id(),
      user,
      roomId,
      file,
      incoming: null,
      hash: null,
      usedAt: clock.now(),
      turn: 0,
      working: Promise.resolve(),
    };
    // Counted from now on, so that two that start together can't both take the last of the room.
    this.#uploads.set(upload.id, upload);
    try {
      upload.incoming = await space.create(file.size, (left) => this.#noRoom(file.size, left));
      if (file.size === 0) await this.#complete(upload);
    } catch (error) {
      this.#uploads.delete(upload.id);
      throw error;
    }
    return upload;
  }

  #checkOwn(user: string, size: number): void {
    const { store, settings } = this.#deps;
    const { person_mb } = settings.get().files;
    if (size > fileBytesMax)
      throw tooLarge(said('file.too_large', { size: megabytes(size), max: megabytes(fileBytesMax) }));
    const own = [...this.#uploads.values()].filter((each) => each.user === user);
    if (own.length >= uploadsMax) throw refusal('CONFLICT', said('file.many_uploads', { max: uploadsMax }));
    const announced = own.reduce((sum, { file }) => sum + file.size, 0);
    const needed = store.files.bytesOf(user) + announced + size;
    if (megabytes(needed) > person_mb)
      throw tooLarge(said('file.person_full', { needed: megabytes(needed), max: person_mb }));
  }

  #noRoom(size: number, { kept, free }: Space) {
    const { all_mb } = this.#deps.settings.get().files;
    const isAllFull = megabytes(kept + size) > all_mb;
    return tooLarge(
      isAllFull ? said('file.all_full', { max: all_mb }) : said('file.disk_full', { free: megabytes(free) }),
    );
  }

  /** Makes an upload of a file that is here and that the user may read. Returns its ID. */
  offer(roomId: string, file: Announced, hash: string, user: string): string {
    const { ids, clock } = this.#deps;
    this.#checkOwn(user, file.size);
    const id = ids.id();
    const [usedAt, turn, working] = [clock.now(), 0, Promise.resolve()];
    this.#uploads.set(id, { id, user, roomId, file, incoming: null, hash, usedAt, turn, working });
    return id;
  }

  /** NOT_FOUND for an upload of somebody else, as for one that doesn't exist. */
  #of(roomId: string, id: string, as: string | undefined): Upload {
    const user = this.#deps.actors.local(as);
    this.#deps.actors.memberRoom(roomId, user);
    const upload = this.#uploads.get(id);
    if (!upload || upload.user !== user || upload.roomId !== roomId)
      throw refusal('NOT_FOUND', said('file.no_upload', { upload: id }));
    return upload;
  }

  state(roomId: string, id: string, as: string | undefined): UploadState {
    return stateOf(this.#of(roomId, id, as));
  }

  /**
   * Takes the bytes from `offset` on. Bytes that arrived before the source broke stay, and the next call continues
   * there. CONFLICT if `offset` isn't where the upload stands, or a later call has taken over.
   */
  async receive(
    { roomId, id, as }: { readonly roomId: string; readonly id: string; readonly as: string | undefined },
    offset: number,
    bytes: AsyncIterable<Uint8Array>,
  ): Promise<UploadState> {
    const upload = this.#of(roomId, id, as);
    const turn = ++upload.turn;
    await upload.working.catch(() => {});
    const isCurrent = () => upload.turn === turn && this.#uploads.get(id) === upload;
    if (!isCurrent()) throw refusal('CONFLICT', said('file.taken_over'));
    const received = receivedOf(upload);
    if (offset !== received) throw refusal('CONFLICT', said('file.other_offset', { received }));
    for await (const chunk of bytes) {
      if (!isCurrent()) throw refusal('CONFLICT', said('file.taken_over'));
      const { incoming, file } = upload;
      if (incoming === null || incoming.bytes + chunk.length > file.size)
        throw tooLarge(said('file.too_many_bytes', { size: file.size }));
      upload.usedAt = this.#deps.clock.now();
      upload.working = incoming.write(chunk);
      await upload.working;
    }
    if (isCurrent() && upload.incoming?.bytes === upload.file.size) {
      upload.working = this.#complete(upload);
      await upload.working;
    }
    return stateOf(upload);
  }

  async #complete(upload: Upload): Promise<void> {
    const { store } = this.#deps;
    if (upload.incoming === null) return;
    const { hash } = upload.incoming;
    // Before the file has its name, so that nobody removes it as one that no message names.
    upload.hash = hash;
    // If this process is killed, nothing else says that no message names it.
    await store.writer.write(() => store.files.addDue(hash));
    await upload.incoming.keep();
    upload.incoming = null;
  }

  async cancel(roomId: string, id: string, as: string | undefined): Promise<void> {
    await this.#drop(this.#of(roomId, id, as));
  }

  async #drop(upload: Upload): Promise<void> {
    this.#uploads.delete(upload.id);
    await upload.working.catch(() => {});
    await upload.incoming?.discard();
    await this.#noteUnnamed(upload);
  }

  /** Notes that perhaps no message names it: a sweep may have been here before it was complete. */
  async #noteUnnamed({ hash }: Upload): Promise<void> {
    const { store } = this.#deps;
    if (hash !== null && !store.files.isNamed(hash)) await store.writer.write(() => store.files.addDue(hash));
  }

  /** The files as a message names them. */
  attached(roomId: string, ids: readonly string[], user: string): FileNote[] {
    return [...new Set(ids)].map((id) => {
      const upload = this.#of(roomId, id, user);
      const { file, hash, incoming } = upload;
      if (hash === null || incoming !== null)
        throw refusal('CONFLICT', said('file.unfinished', { name: file.name }));
      return { ...file, id, hash };
    });
  }

  /** A message that names them is stored, or another one did all along. */
  release(ids: readonly string[]): void {
    for (const id of ids) this.#uploads.delete(id);
  }

  /** Whether somebody may still send a file with this hash. */
  holds(hash: string): boolean {
    return [...this.#uploads.values()].some((upload) => upload.hash === hash);
  }

  /** Drops what nobody has continued or sent for a day. */
  async expire(): Promise<void> {
    const before = this.#deps.clock.now() - uploadKeptMs;
    for (const upload of [...this.#uploads.values()]) if (upload.usedAt < before) await this.#drop(upload);
  }

  /** An upload that isn't sent is gone with this run. */
  async stop(): Promise<void> {
    for (const upload of [...this.#uploads.values()]) await this.#drop(upload);
  }
}

const receivedOf = ({ incoming, file }: Upload): number => incoming?.bytes ?? file.size;

const stateOf = (upload: Upload): UploadState => ({
  upload_id: upload.id,
  size: upload.file.size,
  received: receivedOf(upload),
  complete: upload.incoming === null,
});

const tooLarge = (why: Parameters<typeof refusal>[1]) => refusal('BAD_REQUEST', why, { status: 413 });
