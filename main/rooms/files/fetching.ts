import { FileTokenAnswer, readBody, writeFileTokenRequest } from '../../../shared/protocol/bodies.ts';
import type { FileNote } from '../../../shared/protocol/events/attachments.ts';
import { limits } from '../../../shared/protocol/limits.ts';
import { refusal } from '../../../shared/words/refusal.ts';
import { type Said, said } from '../../../shared/words/said.ts';
import type { Callee, FederationClient } from '../../client/federation-client.ts';
import { answerTooLarge, type HttpResult, tooSlow } from '../../client/http.ts';
import type { RoomRegistry } from '../../events/projection/room-registry.ts';
import type { Keyring } from '../../identity/keyring.ts';
import { BoundedMap } from '../../kernel/bounded-map.ts';
import type { Log } from '../../kernel/log.ts';
import type { Clock } from '../../kernel/ports.ts';
import type { FileFolder, IncomingFile } from '../../store/file-folder.ts';
import type { Tables } from '../../store/ports.ts';
import type { MemberRow } from '../../store/tables/rooms/room-store.ts';
import type { PeerDirectory } from '../../trust/peer-directory.ts';
import { calleeOf } from '../../trust/peer-rows.ts';
import type { FileSpace } from './file-space.ts';
import type { Uploads } from './uploads.ts';

/** A file, with all that is needed to fetch it. */
export interface Wanted extends Pick<FileNote, 'id'> {
  readonly hash: string;
  readonly size: number;
  readonly roomId: string;
  /** The server of the author, or of the person or room whose picture it is. */
  readonly origin: string;
}

interface FetchingDeps {
  readonly store: Tables<'files' | 'rooms' | 'writer'>;
  readonly folder: Pick<FileFolder, 'remove'>;
  readonly space: Pick<FileSpace, 'create'>;
  readonly registry: Pick<RoomRegistry, 'get'>;
  readonly keyring: Pick<Keyring, 'serverName'>;
  readonly directory: Pick<PeerDirectory, 'get' | 'isAllowed' | 'isUs' | 'answers' | 'isOfOurKind'>;
  readonly client: Pick<FederationClient, 'call'>;
  readonly uploads: Pick<Uploads, 'holds'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** How many servers are asked for one file. */
const askedMax = 8;
/** How often a file is asked for at the same server if the line breaks. */
const triesMax = 3;
/** A slow server that has sent this much is asked again before the next one. */
const worthBytes = 1_000_000;
/**
 * How many files are fetched at a time: no more than one server sends us, and half of them for authors of the same server,
 * which may be slow.
 */
const fetchedMax = { total: limits.fileReads.perPeer, each: limits.fileReads.perPeer / 2 };
/** Files that wait to be fetched, beyond which no more are fetched by themselves. */
const waitingMax = 100;
/** How long a file that nobody had isn't looked for again: a page asks for each picture that it shows. */
const failedMs = 5_000;
const failedMax = 1_000;

/**
 * The result of asking one server. `other`: its answer isn't the file that the message names. `without`: it doesn't have
 * it. `silent`: it wasn't reached, or too slow, or refused for now.
 */
type Outcome = 'whole' | 'other' | 'without' | 'silent';

/** Brings files of other servers here when somebody looks at them, from any member server that has them. */
export class Fetching {
  readonly #deps: FetchingDeps;
  /** Has one entry for each hash and room: a file that was fetched for one room isn't handed out in another. */
  readonly #running = new Map<string, Promise<void>>();
  readonly #failed = new BoundedMap<string, { readonly at: number; readonly error: unknown }>(failedMax);
  /** The servers of the authors of what is being fetched, one for each file. */
  readonly #begun: string[] = [];
  readonly #waiting = new Set<{ readonly origin: string; readonly begin: () => void }>();
  readonly #ending = new AbortController();

  constructor(deps: FetchingDeps) {
    this.#deps = deps;
  }

  /** Whether a file with this hash is on its way. */
  holds(hash: string): boolean {
    return this.#running.keys().some((key) => key.startsWith(hash));
  }

  /** So many are asked for already that nothing is fetched unless somebody looks at it. */
  get isBusy(): boolean {
    return this.#waiting.size >= waitingMax;
  }

  /**
   * Resolves once the file is here. SERVICE_UNAVAILABLE if nobody has it, or there is no space for it. `againMs`: how long
   * one that nobody had isn't looked for again.
   */
  bring(wanted: Wanted, againMs = failedMs): Promise<void> {
    const key = keyOf(wanted);
    const failed = this.#failed.get(key);
    if (failed && this.#deps.clock.now() - failed.at < againMs) return Promise.reject(failed.error);
    const running = this.#running.get(key) ?? this.#inTurn(wanted).finally(() => this.#running.delete(key));
    this.#running.set(key, running);
    return running;
  }

  async stop(): Promise<void> {
    this.#ending.abort();
    await Promise.allSettled(this.#running.values());
  }

  async #inTurn(wanted: Wanted): Promise<void> {
    const { origin } = wanted;
    await new Promise<void>((begin) => {
      this.#waiting.add({ origin, begin });
      this.#beginNext();
    });
    try {
      await this.#bring(wanted);
    } catch (error) {
      this.#failed.set(keyOf(wanted), { at: this.#deps.clock.now(), error });
      throw error;
    } finally {
      this.#begun.splice(this.#begun.indexOf(origin), 1);
      this.#beginNext();
    }
  }

  /** Begins the one that has waited longest, of those that may begin. */
  #beginNext(): void {
    const { total, each } = fetchedMax;
    for (const waiting of this.#waiting) {
      if (this.#begun.length >= total) return;
      const { origin, begin } = waiting;
      if (this.#begun.filter((other) => other === origin).length >= each) continue;
      this.#waiting.delete(waiting);
      this.#begun.push(origin);
      begin();
    }
  }

  async #bring(wanted: Wanted): Promise<void> {
    const { folder, space, store, uploads } = this.#deps;
    const incoming = await space.create(wanted.size, () =>
      refusal('SERVICE_UNAVAILABLE', said('file.no_space')),
    );
    const outcomes = new Map<string, Outcome>();
    try {
      for (const server of this.#servers(wanted)) {
        if (this.#ending.signal.aborted) break;
        await incoming.restart();
        const outcome = await this.#from(server, wanted, incoming);
        outcomes.set(server, outcome);
        if (outcome !== 'whole') continue;
        // If this process is killed, nothing else says that perhaps no message names it any more.
        await store.writer.write(() => store.files.addDue(wanted.hash));
        await incoming.keep();
        const isNamed = await store.writer.write(() => {
          // The message may have been deleted meanwhile.
          if (!store.files.isNamed(wanted.hash)) return false;
          store.files.addFetched(wanted.hash, wanted.roomId);
          store.files.removeDue(wanted.hash);
          return true;
        });
        if (!isNamed && !uploads.holds(wanted.hash)) await folder.remove(wanted.hash);
        return;
      }
      throw refusal('SERVICE_UNAVAILABLE', whyNobody(wanted.origin, outcomes), {
        retryAfterSeconds: failedMs / 1_000,
      });
    } finally {
      await incoming.discard();
    }
  }

  /**
   * The author's server, the room's home, and others in the room; of those that can be called and know the call. A server
   * of another kind only has files of its own users, by their number.
   */
  #servers({ roomId, origin, id }: Wanted): string[] {
    const { registry, directory } = this.#deps;
    const room = registry.get(roomId);
    if (!room) return [];
    const canAsk = (server: string) =>
      !directory.isUs(server) &&
      directory.isAllowed(server) &&
      (directory.answers(server, 'files') ||
        (server === origin && id !== null && directory.isOfOurKind(server) === false));
    const servers = new Set([origin, room.row.home, ...room.servers]);
    return [...servers].filter(canAsk).slice(0, askedMax);
  }

  /** If the result is `whole`, the file is in `incoming`, and is the one that the message names. */
  async #from(server: string, wanted: Wanted, incoming: IncomingFile): Promise<Outcome> {
    const { directory, client, log } = this.#deps;
    const { hash, size, roomId } = wanted;
    const peer = directory.get(server);
    const callee = peer ? calleeOf(peer) : null;
    if (!callee) return 'silent';
    const path = await this.#pathAt(server, callee, wanted);
    if (path === null) return 'silent';
    let failure: Error | null = null;
    const sink = (piece: Uint8Array) =>
      incoming.write(piece).catch((error: Error) => {
        failure = error;
        throw error;
      });
    for (let tries = 0; tries < triesMax; tries++) {
      const from = incoming.bytes;
      const answer = await client.call(callee, {
        method: 'GET',
        path,
        from,
        sink,
        answerBytesMax: size - from,
        signal: this.#ending.signal,
      });
      if (failure !== null) throw failure;
      const isFile = incoming.bytes === size && incoming.hash === hash;
      const outcome = outcomeOf(answer, { isFirst: from === 0, isFile, came: incoming.bytes - from });
      if (outcome === 'other')
        log.warn({ peer: server, room: roomId }, 'peer sent another file than the message names');
      if (outcome !== 'continue') return outcome;
    }
    return 'silent';
  }

  /** Returns the path of the file on this server; null if it gives us no link. */
  async #pathAt(server: string, callee: Callee, { hash, id, roomId }: Wanted): Promise<string | null> {
    const { directory, store, keyring, client } = this.#deps;
    if (directory.answers(server, 'files'))
      return `/file?${new URLSearchParams({ room_id: roomId, content_hash: hash })}`;
    const isOurs = ({ server: of, state }: MemberRow) => of === keyring.serverName && state === 'joined';
    const user = store.rooms.members(roomId).find(isOurs)?.user_id;
    if (user === undefined || id === null) return null;
    const answer = await client.call(callee, {
      method: 'POST',
      path: '/file/token',
      body: writeFileTokenRequest({
        origin_server: keyring.serverName,
        attachment_id: id,
        room_id: roomId,
        user_id: user,
      }),
      signal: this.#ending.signal,
    });
    if (answer.kind !== 'answer' || answer.status !== 200) return null;
    try {
      const { token } = readBody(FileTokenAnswer, answer.body);
      return `/file/${id}?${new URLSearchParams({ token })}`;
    } catch {
      return null;
    }
  }
}

/**
 * `isFirst`: the whole was asked for. A server that doesn't know ranges sends the whole later, too, which is no lie.
 * `came`: bytes of this answer. `continue`: the line broke, and the bytes so far are worth asking for the rest.
 */
function outcomeOf(
  answer: HttpResult,
  { isFirst, isFile, came }: { readonly isFirst: boolean; readonly isFile: boolean; readonly came: number },
): Outcome | 'continue' {
  if (answer.kind === 'aborted') return 'silent';
  if (answer.kind === 'network') {
    if (answer.code === answerTooLarge) return isFirst ? 'other' : 'silent';
    return came > (answer.code === tooSlow ? worthBytes : 0) ? 'continue' : 'silent';
  }
  if (answer.status === (isFirst ? 200 : 206)) return isFile ? 'whole' : 'other';
  return answer.status === 404 ? 'without' : 'silent';
}

function whyNobody(origin: string, outcomes: ReadonlyMap<string, Outcome>): Said {
  for (const [server, outcome] of outcomes) if (outcome === 'other') return said('file.other', { server });
  return said(outcomes.get(origin) === 'without' ? 'file.lost' : 'file.nobody', { server: origin });
}

const keyOf = ({ hash, roomId }: Wanted): string => `${hash} ${roomId}`;

/** Why a file can't be fetched at all. */
export function whyNotFetched({ hash, size }: FileNote, origin: string) {
  if (hash === null || size === null) return said('file.only_named', { server: origin });
  const { fileBytesMax: max } = limits;
  return size > max ? said('file.too_large_there', { max: Math.ceil(max / 1_000_000) }) : null;
}
