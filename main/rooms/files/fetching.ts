import type { FileNote } from '../../../shared/protocol/events/attachments.ts';
import { limits } from '../../../shared/protocol/limits.ts';
import { refusal } from '../../../shared/words/refusal.ts';
import { said } from '../../../shared/words/said.ts';
import type { FederationClient } from '../../client/federation-client.ts';
import { tuning } from '../../config.ts';
import type { RoomRegistry } from '../../events/projection/room-registry.ts';
import { BoundedMap } from '../../kernel/bounded-map.ts';
import type { Log } from '../../kernel/log.ts';
import type { Clock } from '../../kernel/ports.ts';
import type { FileFolder, IncomingFile, StoredFile } from '../../store/file-folder.ts';
import type { Tables } from '../../store/ports.ts';
import type { PeerDirectory } from '../../trust/peer-directory.ts';
import { calleeOf } from '../../trust/peer-rows.ts';

/** A file of a message, with all that is needed to fetch it. */
export interface Wanted extends FileNote {
  readonly hash: string;
  readonly size: number;
  readonly roomId: string;
  /** The server of the author. */
  readonly origin: string;
}

interface FetchingDeps {
  readonly store: Tables<'files'>;
  readonly folder: FileFolder;
  readonly registry: Pick<RoomRegistry, 'get'>;
  readonly directory: Pick<PeerDirectory, 'get' | 'isAllowed' | 'isUs' | 'answers'>;
  readonly client: Pick<FederationClient, 'call'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Of one file, besides its author's and the room's home. */
const othersAskedMax = 6;
/** One that broke in the middle is continued this often at the same server. */
const continuedMax = 3;
const fetchedTogetherMax = 4;
/** So long a file that nobody had isn't looked for again: a page asks for each picture that it shows. */
const failedMs = 5_000;
const failedMax = 1_000;

/** Brings files of other servers here when somebody looks at them, from any member server that has them. */
export class Fetching {
  readonly #deps: FetchingDeps;
  readonly #running = new Map<string, Promise<void>>();
  readonly #failed = new BoundedMap<string, { readonly at: number; readonly error: unknown }>(failedMax);
  readonly #waiting: (() => void)[] = [];
  readonly #ending = new AbortController();
  #count = 0;

  constructor(deps: FetchingDeps) {
    this.#deps = deps;
  }

  /** Whether a file with this hash is on its way. */
  holds(hash: string): boolean {
    return this.#running.has(hash);
  }

  /** Resolves once the file is here. SERVICE_UNAVAILABLE if nobody has it, or there is no space for it. */
  bring(wanted: Wanted): Promise<void> {
    const { hash } = wanted;
    const failed = this.#failed.get(hash);
    if (failed && this.#deps.clock.now() - failed.at < failedMs) return Promise.reject(failed.error);
    const running = this.#running.get(hash) ?? this.#inTurn(wanted).finally(() => this.#running.delete(hash));
    this.#running.set(hash, running);
    return running;
  }

  async stop(): Promise<void> {
    this.#ending.abort();
    for (const next of this.#waiting.splice(0)) next();
    await Promise.allSettled(this.#running.values());
  }

  async #inTurn(wanted: Wanted): Promise<void> {
    if (this.#count >= fetchedTogetherMax) await new Promise<void>((next) => this.#waiting.push(next));
    this.#count++;
    try {
      await this.#bring(wanted);
    } catch (error) {
      this.#failed.set(wanted.hash, { at: this.#deps.clock.now(), error });
      throw error;
    } finally {
      this.#count--;
      this.#waiting.shift()?.();
    }
  }

  async #bring(wanted: Wanted): Promise<void> {
    const { folder, store } = this.#deps;
    await this.#makeSpace(wanted.size);
    const incoming = await folder.create();
    try {
      for (const server of this.#servers(wanted)) {
        if (this.#ending.signal.aborted) break;
        await incoming.restart();
        if (!(await this.#from(server, wanted, incoming))) continue;
        await incoming.keep();
        // It may have been deleted meanwhile.
        if (!store.files.isNamed(wanted.hash)) await folder.remove(wanted.hash);
        return;
      }
      throw refusal('SERVICE_UNAVAILABLE', said('file.nobody', { server: wanted.origin }), {
        retryAfterSeconds: failedMs / 1_000,
      });
    } finally {
      await incoming.discard();
    }
  }

  /** The author's server, the room's home, and others in the room; of those that can be called and know the call. */
  #servers({ roomId, origin }: Wanted): string[] {
    const { registry, directory } = this.#deps;
    const room = registry.get(roomId);
    if (!room) return [];
    const canAsk = (server: string) =>
      !directory.isUs(server) && directory.isAllowed(server) && directory.answers(server, 'files');
    const [near, others] = [[origin, room.row.home], [...room.servers].slice(0, othersAskedMax)];
    return [...new Set([...near, ...others])].filter((server) => canAsk(server));
  }

  /** True if the whole file is in `incoming`, and is the one that the message names. */
  async #from(server: string, wanted: Wanted, incoming: IncomingFile): Promise<boolean> {
    const { directory, client, log } = this.#deps;
    const { hash, size, roomId } = wanted;
    const peer = directory.get(server);
    const callee = peer ? calleeOf(peer) : null;
    if (!callee) return false;
    const asked = new URLSearchParams({ room_id: roomId, content_hash: hash });
    let failure: Error | null = null;
    const sink = (piece: Uint8Array) =>
      incoming.write(piece).catch((error: Error) => {
        failure = error;
        throw error;
      });
    for (let tries = 0; tries < continuedMax; tries++) {
      const from = incoming.bytes;
      const answer = await client.call(callee, {
        method: 'GET',
        path: `/file?${asked}`,
        from,
        sink,
        answerBytesMax: size - from,
        signal: this.#ending.signal,
      });
      if (failure !== null) throw failure;
      if (answer.kind === 'answer') {
        // A server that doesn't know ranges begins at the beginning.
        const isWhole = answer.status === (from === 0 ? 200 : 206) && incoming.bytes === size;
        if (isWhole && incoming.hash === hash) return true;
        if (isWhole)
          log.warn({ peer: server, room: roomId }, 'peer sent another file than the message names');
        return false;
      }
      // What came so far is good for nothing if nothing came.
      if (answer.kind === 'aborted' || incoming.bytes === from) return false;
    }
    return false;
  }

  /** Files of other servers can be fetched again, so those that came longest ago make room. */
  async #makeSpace(size: number): Promise<void> {
    const { folder, store } = this.#deps;
    const { allFileBytesMax, freeDiskBytesMin } = tuning;
    const lacking = async () =>
      Math.max(
        (await folder.bytes()) + size - allFileBytesMax,
        size + freeDiskBytesMin - (await folder.freeBytes()),
      );
    let missing = await lacking();
    if (missing <= 0) return;
    const copies: StoredFile[] = [];
    for await (const file of folder.all()) if (!store.files.isOwn(file.hash)) copies.push(file);
    for (const { hash, bytes } of copies.sort((a, b) => a.since - b.since)) {
      if (missing <= 0) return;
      await folder.remove(hash);
      missing -= bytes;
    }
    if (missing > 0 && (await lacking()) > 0) throw refusal('SERVICE_UNAVAILABLE', said('file.no_space'));
  }
}

/** Why a file can't be fetched at all. */
export function whyNotFetched({ hash, size }: FileNote, origin: string) {
  if (hash === null || size === null) return said('file.only_named', { server: origin });
  const { fileBytesMax: max } = limits;
  return size > max ? said('file.too_large_there', { max: Math.ceil(max / 1_000_000) }) : null;
}
