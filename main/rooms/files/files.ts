import type { FileNote } from '../../../shared/protocol/events/attachments.ts';
import { refusal } from '../../../shared/words/refusal.ts';
import { said } from '../../../shared/words/said.ts';
import { filesIn } from '../../events/projection/stored.ts';
import type { Clock } from '../../kernel/ports.ts';
import { SerialQueue } from '../../kernel/queue.ts';
import type { Settings } from '../../settings.ts';
import type { FileFolder } from '../../store/file-folder.ts';
import type { Tables } from '../../store/ports.ts';
import type { MessageRow } from '../../store/tables/rooms/message-store.ts';
import type { Actors } from '../actors.ts';
import { type Fetching, whyNotFetched } from './fetching.ts';
import type { Uploads } from './uploads.ts';

interface FilesDeps {
  readonly store: Tables<'events' | 'files' | 'messages' | 'rooms' | 'writer'>;
  readonly folder: FileFolder;
  readonly uploads: Pick<Uploads, 'holds' | 'expire' | 'offer' | 'release'>;
  readonly fetching: Pick<Fetching, 'bring' | 'holds' | 'isBusy'>;
  readonly settings: Pick<Settings, 'get'>;
  readonly clock: Clock;
  readonly actors: Pick<Actors, 'room'>;
}

/** A file that is here. */
export interface ReadableFile {
  readonly path: string;
  readonly size: number;
  readonly name: string;
}

const sweptTogether = 100;
/** Files of older messages aren't fetched by themselves: somebody who joins reads the whole room. */
const recentMs = 7 * 86_400_000;

/** The files of messages, for those who may read the messages. */
export class Files {
  readonly #deps: FilesDeps;
  readonly #sweeps = new SerialQueue();
  /** The sweep that hasn't begun. */
  #next: Promise<void> | null = null;

  constructor(deps: FilesDeps) {
    this.#deps = deps;
  }

  /** Whether it can be brought here at all. */
  canRead(file: FileNote): boolean {
    return whyNotFetched(file, '') === null;
  }

  /** Whether a file that a message in this room names is here; false for one that is only named. */
  isHere({ hash }: FileNote, roomId: string): boolean {
    return hash !== null && this.sizeIn(roomId, hash) !== null;
  }

  /**
   * A file of a message, brought here first if necessary. NOT_FOUND without such a message or file, GONE if it was
   * deleted, SERVICE_UNAVAILABLE if nobody has the file now.
   */
  async read(roomId: string, eventId: string, number: number): Promise<ReadableFile> {
    const { folder, fetching, store } = this.#deps;
    const { file, origin } = this.#find(roomId, eventId, number);
    const why = whyNotFetched(file, origin);
    if (why !== null || file.hash === null || file.size === null)
      throw refusal('NOT_FOUND', why ?? said('file.none'));
    const { hash, size, name } = file;
    if (this.sizeIn(roomId, hash) === null) await fetching.bring({ ...file, hash, size, roomId, origin });
    // Somebody may have deleted it while it was on its way.
    if (store.messages.byEventId(eventId)?.deleted !== 0) throw gone();
    return { path: folder.pathOf(hash), size: folder.sizeOf(hash) ?? size, name };
  }

  /**
   * The files of a message as uploads of a user who can read it, for a message of theirs in another room. Each is brought
   * here for its own room first: nobody gets a file by forwarding a message that only names its hash.
   */
  async forward(
    { seq, room_id, event_id }: Pick<MessageRow, 'seq' | 'room_id' | 'event_id'>,
    toRoomId: string,
    user: string,
  ): Promise<string[]> {
    const { uploads, store } = this.#deps;
    const row = store.events.bySeq(seq);
    const offered: string[] = [];
    try {
      for (const [number, file] of (row ? filesIn(row.body) : []).entries()) {
        await this.read(room_id, event_id, number);
        const { hash } = file;
        const size = hash === null ? null : this.sizeIn(room_id, hash);
        // It may have been removed since it was read.
        if (hash === null || size === null) throw gone();
        offered.push(uploads.offer(toRoomId, { ...file, size }, hash, user));
      }
    } catch (error) {
      uploads.release(offered);
      throw error;
    }
    return offered;
  }

  /**
   * A message of another server arrived. Brings its files here if they are as small as the owner chose; what can't be
   * fetched now is fetched when somebody looks.
   */
  arrived(roomId: string, eventId: string): void {
    void this.#bringSmall(roomId, eventId).catch(() => {});
  }

  async #bringSmall(roomId: string, eventId: string): Promise<void> {
    const { store, fetching, settings, clock } = this.#deps;
    const bytesMax = settings.get().files.fetched_mb * 1_000_000;
    const message = bytesMax === 0 ? undefined : store.messages.byEventId(eventId);
    const row = message?.shown === 1 ? store.events.bySeq(message.seq) : undefined;
    if (!row || message?.deleted === 1 || clock.now() - row.origin_ts > recentMs) return;
    const origin = row.origin_server;
    for (const file of filesIn(row.body)) {
      const { hash, size } = file;
      if (hash === null || size === null || size > bytesMax || whyNotFetched(file, origin) !== null) continue;
      if (fetching.isBusy) return;
      if (this.sizeIn(roomId, hash) === null)
        await fetching.bring({ ...file, hash, size, roomId, origin }).catch(() => {});
    }
  }

  #find(
    roomId: string,
    eventId: string,
    number: number,
  ): { readonly file: FileNote; readonly origin: string } {
    const { store, actors } = this.#deps;
    actors.room(roomId);
    const message = store.messages.byEventId(eventId);
    if (!message || message.room_id !== roomId)
      throw refusal('NOT_FOUND', said('room.no_message', { room: roomId, event: eventId }));
    if (message.deleted === 1) throw gone();
    const row = store.events.bySeq(message.seq);
    const file = row && filesIn(row.body)[number];
    if (!row || !file) throw refusal('NOT_FOUND', said('file.none'));
    return { file, origin: row.origin_server };
  }

  /**
   * Returns the size of a file that a message in this room names; null if no message does, or the file didn't come here for
   * this room. Anyone who only knows the hash of a file in another room gets nothing by naming it.
   */
  sizeIn(roomId: string, hash: string): number | null {
    const { store, folder } = this.#deps;
    return store.files.isGivenIn(hash, roomId) ? folder.sizeOf(hash) : null;
  }

  pathOf(hash: string): string {
    return this.#deps.folder.pathOf(hash);
  }

  /**
   * A file that was uploaded here, by its number, for a user of another server who is in its room now; null otherwise, as
   * if there were no such file.
   */
  uploadedFor(id: string, user: string, server: string): ReadableFile | null {
    const { store, folder } = this.#deps;
    const own = store.files.ownById(id);
    const member = own && store.rooms.member(own.room_id, user);
    if (!own || member?.state !== 'joined' || member.server !== server) return null;
    const size = folder.sizeOf(own.hash);
    const { file } = this.#find(own.room_id, own.event_id, own.nr);
    return size === null ? null : { path: folder.pathOf(own.hash), size, name: file.name };
  }

  /** Removes files whose last message was deleted, or that were never sent. */
  sweep(): Promise<void> {
    // One that hasn't begun sees what everybody noted until then.
    this.#next ??= this.#sweeps.run(() => {
      this.#next = null;
      return this.#sweep();
    });
    return this.#next;
  }

  async #sweep(): Promise<void> {
    const { store, folder, uploads, fetching } = this.#deps;
    // Asked again after each wait: meanwhile somebody may have uploaded or fetched the same file.
    const isHeld = (hash: string) => fetching.holds(hash) || uploads.holds(hash);
    await uploads.expire();
    for (let after: string | undefined = ''; after !== undefined; ) {
      const due = store.files.due(after, sweptTogether);
      const [named, removed]: [string[], string[]] = [[], []];
      for (const hash of due) {
        if (isHeld(hash)) continue;
        const isNamed = store.files.isNamed(hash);
        if (!isNamed) await folder.remove(hash);
        (isNamed ? named : removed).push(hash);
      }
      if (named.length + removed.length > 0)
        await store.writer.write(() => {
          // The last one that named it may have gone while this write waited. Then it is still due, for the next sweep.
          for (const hash of [...named.filter((each) => store.files.isNamed(each)), ...removed])
            if (!isHeld(hash)) store.files.removeDue(hash);
        });
      after = due.length < sweptTogether ? undefined : due.at(-1);
    }
  }
}

const gone = () => refusal('GONE', said('room.deleted'));
