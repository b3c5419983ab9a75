import { limits } from '../../shared/protocol/limits.ts';
import type { FederationClient } from '../client/federation-client.ts';
import { tuning } from '../config.ts';
import { calleeOf } from '../peers/key-resolver.ts';
import type { Clock } from '../ports.ts';
import type { PeerRow } from '../store/peer-store.ts';
import type { Store } from '../store/store.ts';
import type { SyncCursor } from '../store/sync-store.ts';
import { depthOf, type Page, readPage } from './catch-up-page.ts';
import { nextPageDepth, startDepth, sweepEveryMs } from './catch-up-policy.ts';
import type { Intake } from './intake.ts';

const pageSize = 200;
/** A key or a home that cannot be asked right now: the page is read again this often before it is passed. */
const transientRoundsMax = 5;

export interface PageResult {
  readonly more: boolean;
  /** Where there is no more: read to the end, to be read again, or nothing there that is for us. */
  readonly end: 'read' | 'again' | 'closed';
  /** Events that were new here; of them, how many the asked peer wrote itself. */
  readonly inserted: number;
  readonly own: number;
}

/** Reading one room at one peer, page by page. */
export class RoomReading {
  private readonly parts: {
    readonly store: Store;
    readonly client: FederationClient;
    readonly clock: Clock;
    readonly intake: Intake;
    readonly onAnswered: (server: string, back: boolean) => void;
  };
  private readonly stuck = new Map<string, number>();
  /** Where the last reading failed or was refused, by `server room`. */
  private readonly away = new Set<string>();

  constructor(parts: RoomReading['parts']) {
    this.parts = parts;
  }

  /** The next reading of this peer begins with its first page. */
  forget(server: string): void {
    for (const key of this.pages.keys()) if (key.startsWith(`${server} `)) this.pages.delete(key);
  }

  async readPage(peer: PeerRow, roomId: string): Promise<PageResult> {
    const { store, clock } = this.parts;
    const cursor = store.sync.get(peer.server_name, roomId);
    const asked = this.continued(peer.server_name, roomId) ?? startDepth(cursor, clock.now());
    const page = await this.fetch(peer, roomId, cursor.token ?? '0', asked);
    // No such room there, or not for us (any more): nothing to catch up with, and no trouble of the peer's.
    if (page === null) return { more: false, end: 'closed', inserted: 0, own: 0 };
    const results = await this.parts.intake.takeIn(peer, page.events);
    const key = `${peer.server_name} ${roomId}`;
    // The last user here left while the page was on its way; whoever comes next reads it again.
    if (results.closed) return { more: false, end: 'again', inserted: results.inserted, own: results.own };
    if (results.transient && (this.stuck.get(key) ?? 0) < transientRoundsMax) {
      this.stuck.set(key, (this.stuck.get(key) ?? 0) + 1);
      return { more: false, end: 'again', inserted: results.inserted, own: results.own };
    }
    this.stuck.delete(key);
    const erased = page.erased.filter((left) => left.room_id === roomId);
    await this.parts.intake.takeErased(peer, erased);
    const { next, more } = this.advance(peer.server_name, roomId, cursor, page, asked);
    await store.writer.write(() => store.sync.put(peer.server_name, roomId, next));
    return { more, end: 'read', inserted: results.inserted, own: results.own };
  }

  /** Where a reading by depth goes on, page after page, within one round. */
  private readonly pages = new Map<string, number>();

  private continued(server: string, roomId: string): number | undefined {
    return this.pages.get(`${server} ${roomId}`);
  }

  private advance(
    server: string,
    roomId: string,
    cursor: SyncCursor,
    page: Page,
    asked: number,
  ): { next: SyncCursor; more: boolean } {
    const now = this.parts.clock.now();
    if (page.next !== null)
      return { next: { ...cursor, token: page.next }, more: page.more && page.next !== cursor.token };
    const depths = page.events.map(depthOf).filter((depth) => depth <= now + limits.aheadMsMax);
    const depth = Math.max(cursor.depth, ...depths);
    const nextDepth = nextPageDepth(asked, page.events.map(depthOf), pageSize);
    const key = `${server} ${roomId}`;
    if (nextDepth === null) this.pages.delete(key);
    else this.pages.set(key, nextDepth);
    // The cursor moves only when the reading is complete: one that broke off begins again where it began.
    if (nextDepth !== null) return { next: cursor, more: true };
    const swept = cursor.depth === 0 || now - cursor.sweptAt >= sweepEveryMs;
    return { next: { token: null, depth, sweptAt: swept ? now : cursor.sweptAt }, more: false };
  }

  private async fetch(peer: PeerRow, roomId: string, token: string, depth: number): Promise<Page | null> {
    const callee = calleeOf(peer);
    if (!callee) throw new Error(`${peer.server_name} cannot be called`);
    const path = `/events?room_id=${roomId}&since_depth=${depth}&limit=${pageSize}&since=${encodeURIComponent(token)}`;
    const answer = await this.parts.client.call(callee, {
      method: 'GET',
      path,
      answerBytesMax: tuning.eventsAnswerBytesMax,
    });
    const where = `${peer.server_name} ${roomId}`;
    if (answer.kind === 'answer' && answer.status === 200)
      this.parts.onAnswered(peer.server_name, this.away.delete(where));
    else this.away.add(where);
    if (answer.kind !== 'answer') throw new Error(answer.kind === 'network' ? answer.error : 'cut short');
    if (answer.status === 403 || answer.status === 404) return null;
    if (answer.status !== 200) throw new Error(`status ${answer.status}`);
    return readPage(answer.body, pageSize);
  }
}
