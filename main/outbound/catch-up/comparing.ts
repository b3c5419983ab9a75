import { recallLimits } from '../../../shared/protocol/answers/recall.ts';
import { isObject, type JsonValue } from '../../../shared/protocol/coding/json.ts';
import { type DigestBlock, digestLimits, readDigest } from '../../../shared/protocol/events/digest.ts';
import { tuning } from '../../config.ts';
import type { Intake } from '../../events/intake.ts';
import type { RoomRegistry } from '../../events/projection/room-registry.ts';
import { digestOf } from '../../events/room-digest.ts';
import type { Keyring } from '../../identity/keyring.ts';
import { BoundedMap } from '../../kernel/bounded-map.ts';
import type { Clock } from '../../kernel/ports.ts';
import { pauseBy } from '../../kernel/timers.ts';
import type { Tables } from '../../store/ports.ts';
import type { PeerRow } from '../../store/tables/peer-store.ts';
import type { PeerDirectory } from '../../trust/peer-directory.ts';
import { calleeOf } from '../../trust/peer-rows.ts';
import { countedDepth, isTooLarge, PageSize, readPage } from './catch-up-page.ts';
import { type PatientDeps, patientCall } from './patient-call.ts';

/** The time between two comparisons with a peer. */
const compareEveryMs = 10 * 60_000;
/** The time between two questions for invites. */
const invitesEveryMs = 3_600_000;
/** Newer events may still be in transit. */
const settledMs = 10 * 60_000;
/** Blocks that one comparison reads again, and pages of each. */
const blocksReadMax = 4;
const pagesMax = 2;
/** Differences that reading did not resolve: they are read again once either side is different, or a day later. */
const vainMax = 10_000;
const vainMs = 86_400_000;

interface Deps extends PatientDeps {
  readonly store: Tables<'events'>;
  readonly directory: PeerDirectory;
  readonly registry: Pick<RoomRegistry, 'get'>;
  readonly keyring: Pick<Keyring, 'serverName'>;
  readonly intake: Intake;
  readonly clock: Clock;
  readonly log: { info(details: object, message: string): void };
}

/**
 * Finds gaps: events that a peer has and we lack, and that nobody will send again, because a database lost what it had
 * confirmed. Compares digests of a part of a room at a time, and reads again what differs. The peer finds its own gaps
 * in the same way. A peer that lies makes us read a few pages every ten minutes.
 */
export class Comparing {
  readonly #server: string;
  readonly #deps: Deps;
  #dueAt: number;
  #invitesDueAt: number;
  #lastRoom = '';
  /** The depth up to which each room has been compared in its current pass. */
  readonly #reached = new Map<string, number>();
  readonly #vain = new BoundedMap<string, { readonly what: string; readonly at: number }>(vainMax);

  constructor(server: string, deps: Deps) {
    this.#server = server;
    this.#deps = deps;
    this.#dueAt = deps.clock.now() + compareEveryMs;
    this.#invitesDueAt = this.#dueAt;
  }

  /** Everything is read again, so the next round asks for invites too. */
  restart(): void {
    this.#invitesDueAt = 0;
  }

  /** Compares a part of the next room, if it is due. Resolves with how many missing events were found. */
  async step(peer: PeerRow, rooms: readonly string[], signal: AbortSignal): Promise<number> {
    const { directory, clock, log } = this.#deps;
    const now = clock.now();
    const sorted = rooms.toSorted();
    const roomId = sorted.find((id) => id > this.#lastRoom) ?? sorted[0];
    if (roomId === undefined || now < this.#dueAt || !directory.answers(this.#server, 'digest')) return 0;
    this.#dueAt = now + compareEveryMs;
    this.#lastRoom = roomId;
    for (const id of this.#reached.keys()) if (!rooms.includes(id)) this.#reached.delete(id);
    const until = now - settledMs;
    let since = this.#reached.get(roomId) ?? -1;
    const blocks = await this.#ask(peer, roomId, since, until, signal);
    let inserted = 0;
    let reads = 0;
    for (const block of blocks) {
      if (reads >= blocksReadMax || signal.aborted) break;
      if (this.#differs(roomId, since, block)) {
        reads++;
        inserted += await this.#read(peer, roomId, since, block.to, signal);
        this.#noteVain(roomId, since, block);
      }
      since = block.to;
    }
    // After the end of the room, the next pass starts from its beginning.
    this.#reached.set(roomId, since >= until ? -1 : since);
    if (inserted > 0)
      log.info({ peer: this.#server, room: roomId, inserted }, 'missing events were read again');
    return inserted;
  }

  /**
   * A server whose user is only invited is not a member, so no room is compared with it. It returns our invites that it
   * holds, and its own to our users. Resolves with how many were lost here, if it is time to ask.
   */
  async invites(peer: PeerRow, signal: AbortSignal): Promise<number> {
    const { directory, intake, clock, log } = this.#deps;
    const now = clock.now();
    const callee = calleeOf(peer);
    if (callee === null || now < this.#invitesDueAt || !directory.answers(this.#server, 'recall')) return 0;
    this.#invitesDueAt = now + invitesEveryMs;
    const answer = await patientCall(this.#deps, callee, {
      method: 'GET',
      path: '/recall/invites',
      signal,
      answerBytesMax: tuning.eventsAnswerBytesMax,
    });
    const pause = pauseBy(clock);
    // An older version doesn't know the call.
    const page =
      answer.kind === 'answer' && answer.status === 200 ? await readPage(answer.body, 0, pause) : null;
    const events = page?.events
      .slice(0, 2 * recallLimits.invitesMax)
      .filter((event) => this.#isInvite(event));
    const { inserted } = await intake.takeIn(peer, events ?? [], page?.isLarge ? pause : null);
    if (inserted > 0) log.info({ peer: this.#server, inserted }, 'lost invites were recovered');
    return inserted;
  }

  /** Ours, to a room of ours that is here, or the server's own, which is judged as if it were pushed. */
  #isInvite(event: JsonValue): boolean {
    const { registry, keyring } = this.#deps;
    if (!isObject(event)) return false;
    const [type, origin, roomId] = ['event_type', 'origin_server', 'room_id'].map((key) => event.get(key));
    if (type !== 'm.member.invite' && type !== 'm.member.uninvite') return false;
    if (origin === this.#server) return true;
    if (origin !== keyring.serverName || typeof roomId !== 'string') return false;
    return registry.get(roomId)?.row.home === keyring.serverName;
  }

  async #ask(
    peer: PeerRow,
    roomId: string,
    since: number,
    until: number,
    signal: AbortSignal,
  ): Promise<DigestBlock[]> {
    const { directory } = this.#deps;
    const callee = calleeOf(peer);
    if (!callee) return [];
    const path = `/digest?room_id=${roomId}&since_depth=${since}&until_depth=${until}`;
    const answer = await patientCall(this.#deps, callee, { method: 'GET', path, signal });
    if (answer.kind !== 'answer') return [];
    const blocks = answer.status === 200 ? read(answer.body, since, until) : null;
    if (blocks !== null) directory.noteAnswered(this.#server, 'digest');
    else if (answer.status === 200 || answer.status === 404 || answer.status === 405)
      directory.noteUnanswered(this.#server, 'digest');
    return blocks ?? [];
  }

  #ours(roomId: string, since: number, to: number): string {
    // The query reads as many as one answer covers. If the peer claims more, we don't look for them here.
    const { rows } = this.#deps.store.events.placed(roomId, since, to, digestLimits);
    const { count, digest } = digestOf(rows);
    return `${count} ${digest}`;
  }

  #differs(roomId: string, since: number, { to, count, digest }: DigestBlock): boolean {
    const ours = this.#ours(roomId, since, to);
    const theirs = `${count} ${digest}`;
    // If the peer has nothing in this block, there is nothing to read.
    if (count === 0 || ours === theirs) return false;
    const vain = this.#vain.get(`${roomId} ${since}`);
    const isOld = vain === undefined || this.#deps.clock.now() - vain.at >= vainMs;
    return isOld || vain.what !== `${ours} ${theirs}`;
  }

  /** Some differences remain, such as events that one side refused or may not read. */
  #noteVain(roomId: string, since: number, { to, count, digest }: DigestBlock): void {
    const ours = this.#ours(roomId, since, to);
    const theirs = `${count} ${digest}`;
    if (ours !== theirs)
      this.#vain.set(`${roomId} ${since}`, {
        what: `${ours} ${theirs}`,
        at: this.#deps.clock.now(),
      });
  }

  async #read(
    peer: PeerRow,
    roomId: string,
    since: number,
    to: number,
    signal: AbortSignal,
  ): Promise<number> {
    const { intake, clock } = this.#deps;
    const callee = calleeOf(peer);
    const pause = pauseBy(clock);
    const size = new PageSize();
    let inserted = 0;
    let depth = since;
    for (let pages = 0; callee && pages < pagesMax && depth < to; pages++) {
      const answer = await patientCall(this.#deps, callee, {
        method: 'GET',
        path: `/events?room_id=${roomId}&since_depth=${depth}&until_depth=${to}&limit=${size.size}`,
        signal,
        answerBytesMax: tuning.eventsAnswerBytesMax,
      });
      if (isTooLarge(answer) && size.shrink()) continue;
      const page =
        answer.kind === 'answer' && answer.status === 200
          ? await readPage(answer.body, size.size, pause)
          : null;
      if (page === null) break;
      const events = page.events.filter((event) => countedDepth(event) <= to);
      inserted += (await intake.takeIn(peer, events, page.isLarge ? pause : null)).inserted;
      const highest = Math.max(depth, ...page.events.map(countedDepth));
      if (!page.more || highest === depth) break;
      depth = highest - 1 > depth ? highest - 1 : highest;
    }
    return inserted;
  }
}

function read(text: string, since: number, until: number): DigestBlock[] | null {
  try {
    return readDigest(text, since, until);
  } catch {
    return null;
  }
}
