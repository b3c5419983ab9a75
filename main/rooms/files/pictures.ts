import { open } from 'node:fs/promises';
import { pictureTypeOf } from '../../../shared/protocol/file-type.ts';
import { limits } from '../../../shared/protocol/limits.ts';
import { refusal } from '../../../shared/words/refusal.ts';
import { said } from '../../../shared/words/said.ts';
import type { RoomRegistry } from '../../events/projection/room-registry.ts';
import type { Settings } from '../../settings.ts';
import type { FileFolder } from '../../store/file-folder.ts';
import type { Tables } from '../../store/ports.ts';
import type { PictureRow } from '../../store/tables/rooms/file-store.ts';
import type { Actors } from '../actors.ts';
import type { Profiles } from '../profiles.ts';
import type { Fetching } from './fetching.ts';
import type { Files } from './files.ts';

interface PicturesDeps {
  readonly actors: Pick<Actors, 'isMember' | 'local' | 'owns' | 'room'>;
  readonly store: Tables<'accounts' | 'consents' | 'events' | 'files' | 'users'>;
  readonly folder: Pick<FileFolder, 'pathOf' | 'sizeOf'>;
  readonly files: Pick<Files, 'sizeIn'>;
  readonly fetching: Pick<Fetching, 'bring' | 'isBusy'>;
  readonly profiles: Pick<Profiles, 'meetingIn'>;
  readonly registry: Pick<RoomRegistry, 'serverOfUser'>;
  readonly settings: Pick<Settings, 'get'>;
}

export interface ReadablePicture {
  readonly bytes: Uint8Array;
  readonly type: string;
}

/** How long a picture that nobody had isn't looked for again: a page asks for that of everybody whom it shows. */
const failedMs = 60_000;

/** The pictures of people, for those who meet them, and of rooms, for those in them. */
export class Pictures {
  readonly #deps: PicturesDeps;

  constructor(deps: PicturesDeps) {
    this.#deps = deps;
  }

  /**
   * Reads the picture of somebody, and brings it here first if necessary. NOT_FOUND for one that the user who asks is shown
   * nowhere, and for anything but a small picture; SERVICE_UNAVAILABLE if nobody has it now.
   */
  async read(as: string | undefined, person: string, hash: string): Promise<ReadablePicture> {
    const { store, actors } = this.#deps;
    const reader = actors.local(as);
    const rooms = new Set(this.#deps.profiles.meetingIn(reader, person));
    const maySee = ({ room_id }: PictureRow) =>
      room_id === '' ? rooms.size > 0 || reader === person || this.#isAdmin(reader) : rooms.has(room_id);
    return await this.#read(store.files.picturesOf(person).filter(maySee), hash);
  }

  /** Reads the picture of a room that is open to the user who asks, or theirs. Otherwise as `read`. */
  async readOfRoom(as: string | undefined, roomId: string, hash: string): Promise<ReadablePicture> {
    const { store, actors } = this.#deps;
    const reader = actors.local(as);
    const room = actors.room(roomId);
    const isOpen = actors.isMember(room, reader) && store.consents.waiting(reader, roomId) === null;
    const picture = isOpen || actors.owns(room, reader) ? store.files.picture('', roomId) : null;
    return await this.#read(picture ? [picture] : [], hash);
  }

  async #read(seen: readonly PictureRow[], hash: string): Promise<ReadablePicture> {
    const { folder, files } = this.#deps;
    const shown = seen.filter((one) => one.hash === hash);
    const isHere = ({ room_id }: PictureRow) =>
      room_id === '' ? folder.sizeOf(hash) !== null : files.sizeIn(room_id, hash) !== null;
    // If a picture of a user here is lost, another server in one of their rooms may have it.
    const first = shown.find(({ room_id }) => room_id !== '') ?? shown[0];
    if (first === undefined) throw unknown();
    if (!shown.some(isHere)) await this.#bring(first);
    const bytes = await headOf(folder.pathOf(hash));
    const type = pictureTypeOf(bytes);
    if (type === null) throw unknown();
    return { bytes, type };
  }

  /**
   * Called when another server's profile of somebody, or description of a room, arrived. Brings its picture here if the
   * owner wants small files fetched at once.
   */
  arrived(roomId: string, eventId: string): void {
    const { settings, fetching, store, files } = this.#deps;
    const event = store.events.byId(eventId);
    const picture =
      event && store.files.picture(event.event_type === 'm.room.info' ? '' : event.sender, roomId);
    if (!picture || settings.get().files.fetched_mb === 0 || fetching.isBusy) return;
    if (files.sizeIn(roomId, picture.hash) === null) this.#bring(picture).catch(() => {});
  }

  async #bring({ room_id: roomId, user_id, hash, size }: PictureRow): Promise<void> {
    const { fetching, registry, actors } = this.#deps;
    const origin = user_id === '' ? actors.room(roomId).row.home : registry.serverOfUser(user_id);
    await fetching.bring({ id: null, hash, size, roomId, origin }, failedMs);
  }

  #isAdmin(reader: string): boolean {
    const { users, accounts } = this.#deps.store;
    return users.owner()?.user_id === reader || accounts.byUserId(reader)?.role === 'admin';
  }
}

/** The whole of it: no picture is larger. */
async function headOf(path: string): Promise<Uint8Array> {
  const file = await open(path, 'r').catch(() => {
    throw unknown();
  });
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(limits.pictureBytesMax));
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

const unknown = () => refusal('NOT_FOUND', said('file.no_such_picture'));
