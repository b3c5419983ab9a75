import { statSync } from 'node:fs';
import type { Tell } from '../facts.ts';
import { type Meter, noMeter } from '../kernel/meter.ts';
import type { Ports } from '../kernel/ports.ts';
import type { BatchEffects, BatchReads } from './batch/batch-port.ts';
import { batchReads } from './batch/batch-reads.ts';
import { batchWrites } from './batch/batch-writes.ts';
import { type Db, openDatabase, reportErrors } from './database.ts';
import { DiskWatch, readable } from './disk-watch.ts';
import { openLog } from './log.ts';
import { Space } from './space.ts';
import { SessionStore, TokenStore } from './tables/access-store.ts';
import { ActivityStore } from './tables/activity-store.ts';
import { ClientKeyStore } from './tables/client-key-store.ts';
import { AttemptStore } from './tables/delivery/attempt-store.ts';
import { OutboxStore } from './tables/delivery/outbox-store.ts';
import { ReceiptStore } from './tables/delivery/receipt-store.ts';
import { ReplayStore } from './tables/delivery/replay-store.ts';
import { SyncStore } from './tables/delivery/sync-store.ts';
import { ListingStore } from './tables/listing-store.ts';
import { type LogFile, MetaStore } from './tables/meta-store.ts';
import { PeerInviteStore } from './tables/peer-invite-store.ts';
import { PeerStore } from './tables/peer-store.ts';
import { RecoveryStore } from './tables/recovery-store.ts';
import { ErasureStore } from './tables/rooms/erasure-store.ts';
import { EventStore } from './tables/rooms/event-store.ts';
import { HeldStore } from './tables/rooms/held-store.ts';
import { MemberFactStore } from './tables/rooms/member-fact-store.ts';
import { MessageStore } from './tables/rooms/message-store.ts';
import { ReadStore } from './tables/rooms/read-store.ts';
import { RoomStore } from './tables/rooms/room-store.ts';
import { RemoteUserStore, UserStore } from './tables/user-store.ts';
import { Writer } from './writer.ts';

/** Without `sync`, each commit waits for the disk (a virtual clock must not advance meanwhile). */
type StorePorts = Pick<Ports, 'clock' | 'defer' | 'sync'> & { readonly meter?: Meter };

/** All stored data, over one connection: reads run immediately, writes through `writer`. */
export class Store {
  readonly events: EventStore;
  readonly erasures: ErasureStore;
  readonly rooms: RoomStore;
  readonly memberFacts: MemberFactStore;
  readonly messages: MessageStore;
  readonly reads: ReadStore;
  readonly peers: PeerStore;
  readonly peerInvites: PeerInviteStore;
  readonly attempts: AttemptStore;
  readonly outbox: OutboxStore;
  readonly receipts: ReceiptStore;
  readonly held: HeldStore;
  readonly replay: ReplayStore;
  readonly sync: SyncStore;
  readonly users: UserStore;
  readonly sessions: SessionStore;
  readonly tokens: TokenStore;
  readonly remoteUsers: RemoteUserStore;
  readonly listings: ListingStore;
  readonly meta: MetaStore;
  readonly activity: ActivityStore;
  readonly clientKeys: ClientKeyStore;
  readonly recovery: RecoveryStore;
  /** What a batch asks before it decides, and how its effects are written. */
  readonly batch: { readonly reads: BatchReads; readonly write: (effects: BatchEffects) => void };
  readonly writer: Writer;
  readonly disk: DiskWatch;
  readonly space: Space;
  readonly #forgetters: (() => void)[] = [];

  /** `onHookError` receives errors of `afterCommit`. `mustHoldData`: see `openDatabase`. */
  constructor(
    path: string,
    { clock, defer, sync, meter = noMeter }: StorePorts,
    tell: Tell = () => {},
    onHookError: (error: unknown) => void = (error) => {
      throw error;
    },
    mustHoldData = false,
  ) {
    const log = logBeside(path);
    this.disk = new DiskWatch(() => tell({ fact: 'node-changed' }));
    const db: Db = reportErrors(openDatabase(path, mustHoldData), (error) => this.disk.note(error));
    this.events = new EventStore(db);
    this.rooms = new RoomStore(db);
    this.memberFacts = new MemberFactStore(db);
    this.messages = new MessageStore(db);
    this.reads = new ReadStore(db);
    this.peers = new PeerStore(db);
    this.peerInvites = new PeerInviteStore(db);
    this.held = new HeldStore(db);
    this.replay = new ReplayStore(db);
    this.sync = new SyncStore(db);
    this.users = new UserStore(db);
    this.remoteUsers = new RemoteUserStore(db);
    this.listings = new ListingStore(db);
    this.activity = new ActivityStore(db);
    this.meta = new MetaStore(db, log);
    this.clientKeys = new ClientKeyStore(db);
    this.recovery = new RecoveryStore(db);
    this.writer = new Writer(
      db,
      defer,
      () => {
        for (const forget of this.#forgetters) readable(forget, undefined);
      },
      onHookError,
      this.disk,
      meter,
      sync ? openLog(db, path, sync) : null,
    );
    this.space = new Space(db, this.writer);
    this.onRollback(() => this.held.undone());
    this.erasures = new ErasureStore(db, this.writer, { held: this.held, meta: this.meta });
    this.sessions = new SessionStore(db, this.writer);
    this.tokens = new TokenStore(db, this.writer);
    this.receipts = new ReceiptStore(db, tell);
    this.attempts = new AttemptStore(db);
    this.outbox = new OutboxStore(db, this.writer, clock, this, tell);
    this.batch = { reads: batchReads(db), write: batchWrites(db, this, tell) };
  }

  /**
   * Runs after a rollback, so that caches in memory drop the rows they took from it. If `forget` meets a damaged page, the
   * cache keeps what it has.
   */
  onRollback(forget: () => void): void {
    this.#forgetters.push(forget);
  }

  async close(): Promise<void> {
    this.outbox.flush();
    // On a full disk this fails. Then the next start assumes that the log was lost, which does no harm.
    await this.writer.write(() => this.meta.noteClosed()).catch(() => {});
    await this.writer.close();
  }
}

function logBeside(path: string): LogFile {
  const size = statSync(`${path}-wal`, { throwIfNoEntry: false })?.size;
  if (size === undefined) return 'none';
  return size === 0 ? 'empty' : 'filled';
}
