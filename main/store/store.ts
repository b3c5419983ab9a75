import { statSync } from 'node:fs';
import type { Tell } from '../facts.ts';
import { type Meter, noMeter } from '../kernel/meter.ts';
import type { Ports } from '../kernel/ports.ts';
import type { BatchEffects, BatchReads } from './batch/batch-port.ts';
import { batchReads } from './batch/batch-reads.ts';
import { batchWrites } from './batch/batch-writes.ts';
import { type Db, openDatabase, refuseCopy, reportErrors } from './database.ts';
import { DiskWatch, readable } from './disk-watch.ts';
import { openLog } from './log.ts';
import type { Ground } from './postgres/move/moving.ts';
import type { SharedDatabase } from './postgres/shared-database.ts';
import { Space } from './space.ts';
import { AcceptanceStore } from './tables/acceptance-store.ts';
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
import { RetentionStore } from './tables/rooms/retention-store.ts';
import { RoomStore } from './tables/rooms/room-store.ts';
import { ShareStore } from './tables/rooms/share-store.ts';
import { RemoteUserStore, UserStore } from './tables/user-store.ts';
import { Writer } from './writer.ts';

/**
 * Without `sync`, each commit waits for the disk (a virtual clock must not advance meanwhile). `database`: everything is
 * stored there, and the store reads its copy; the store closes both.
 */
type StorePorts = Pick<Ports, 'clock' | 'defer' | 'sync'> & {
  readonly meter?: Meter;
  readonly database?: SharedDatabase;
};

/** Where everything is stored, as it may be shown. */
export interface DatabasePlace {
  readonly engine: 'sqlite' | 'postgresql';
  /** The path of the file, or host and name of the database. */
  readonly name: string;
  /** Everything is in the file of the data folder alone. */
  readonly isFile: boolean;
}

/** All stored data, over one connection: reads run immediately, writes through `writer`. */
export class Store {
  readonly events: EventStore;
  readonly erasures: ErasureStore;
  readonly rooms: RoomStore;
  readonly memberFacts: MemberFactStore;
  readonly messages: MessageStore;
  readonly reads: ReadStore;
  readonly retention: RetentionStore;
  readonly shares: ShareStore;
  readonly peers: PeerStore;
  readonly peerInvites: PeerInviteStore;
  readonly acceptances: AcceptanceStore;
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
  readonly #path: string;
  readonly #forgetters: (() => void)[] = [];
  readonly #db: Db;
  readonly #forget: () => void;
  readonly #tell: Tell;
  #database: SharedDatabase | null;

  /** `onHookError` receives errors of `afterCommit`. `mustHoldData`: see `openDatabase`. */
  constructor(
    path: string,
    { clock, defer, sync, meter = noMeter, database }: StorePorts,
    tell: Tell = () => {},
    onHookError: (error: unknown) => void = (error) => {
      throw error;
    },
    mustHoldData = false,
  ) {
    // A copy needs no log: the database has what the copy has lost.
    const log = database === undefined ? logBeside(path) : 'filled';
    this.#database = database ?? null;
    this.#path = path;
    this.disk = new DiskWatch(() => tell({ fact: 'node-changed' }));
    const opened = database?.copy ?? openDatabase(path, mustHoldData);
    if (database === undefined) refuseCopy(opened, path);
    const db: Db = reportErrors(opened, (error) => this.disk.note(error));
    this.#db = db;
    this.#tell = tell;
    this.events = new EventStore(db);
    this.rooms = new RoomStore(db);
    this.memberFacts = new MemberFactStore(db);
    this.messages = new MessageStore(db);
    this.reads = new ReadStore(db);
    this.retention = new RetentionStore(db);
    this.shares = new ShareStore(db);
    this.peers = new PeerStore(db);
    this.peerInvites = new PeerInviteStore(db);
    this.acceptances = new AcceptanceStore(db);
    this.held = new HeldStore(db);
    this.replay = new ReplayStore(db);
    this.sync = new SyncStore(db);
    this.users = new UserStore(db);
    this.remoteUsers = new RemoteUserStore(db);
    this.listings = new ListingStore(db);
    this.activity = new ActivityStore(db);
    this.meta = new MetaStore(db, log, database?.isRestored ?? null);
    this.clientKeys = new ClientKeyStore(db);
    this.recovery = new RecoveryStore(db);
    this.#forget = () => {
      for (const each of this.#forgetters) readable(each, undefined);
    };
    const forget = this.#forget;
    const syncs = database === undefined ? sync : null;
    const writeLog = syncs === undefined ? null : openLog(db, path, syncs, clock);
    const { disk } = this;
    this.writer = new Writer(db, defer, forget, onHookError, disk, meter, writeLog, database ?? null);
    this.space = new Space(db, this.writer);
    this.onRollback(() => this.held.undone());
    this.onRollback(() => this.rooms.forgetCounts());
    this.erasures = new ErasureStore(db, this.writer, { held: this.held, meta: this.meta });
    this.sessions = new SessionStore(db, this.writer);
    this.tokens = new TokenStore(db, this.writer);
    this.receipts = new ReceiptStore(db, tell);
    this.attempts = new AttemptStore(db);
    this.outbox = new OutboxStore(db, this.writer, clock, this, tell);
    if (database !== undefined) this.#watch(database);
    this.batch = { reads: batchReads(db), write: batchWrites(db, this, tell) };
  }

  /** Where everything is now. */
  get place(): DatabasePlace {
    if (this.#database === null) return { engine: 'sqlite', name: this.#path, isFile: true };
    return { engine: 'postgresql', name: String(this.#database.address), isFile: false };
  }

  get database(): SharedDatabase | null {
    return this.#database;
  }

  /** For a move of the data (postgres/move/moving.ts). */
  get ground(): Ground {
    return { path: this.#path, db: this.#db, writer: this.writer };
  }

  /** From now on everything is stored there, and the file is its copy; null: in the file. While nothing is written. */
  use(database: SharedDatabase | null): void {
    this.#database = database;
    this.writer.engine = database;
    if (database !== null) this.#watch(database);
    // Screens show where the data is.
    this.#tell({ fact: 'node-changed' });
  }

  #watch(database: SharedDatabase): void {
    database.on('opening', () => this.outbox.transaction(true));
    database.on('settled', () => this.outbox.transaction(false));
    database.on('applied', () => {
      this.#forget();
      if (database.token === null) return;
      // Own transactions whose outcome was unknown: what they queued still has to be sent.
      for (const destination of new Set(this.outbox.destinations().map((lane) => lane.destination)))
        this.#tell({ fact: 'queue-changed', destination });
    });
  }

  /**
   * Runs after a rollback, and after another node's changes were applied, so that caches in memory drop the rows they
   * took from the tables as they were. If `forget` meets a damaged page, the cache keeps what it has.
   */
  onRollback(forget: () => void): void {
    this.#forgetters.push(forget);
  }

  /**
   * The process ends and can't wait for `close`. If what it has opened is freed at its end, as in Electron, SQLite closes
   * the database and removes the log, and the next start must not miss it.
   */
  leave(): void {
    if (this.#database !== null || !this.#db.open || this.#db.inTransaction) return;
    try {
      this.meta.noteClosed();
    } catch {
      // As in `close`.
    }
  }

  async close(): Promise<void> {
    this.outbox.flush();
    // On a full disk this fails. Then the next start assumes that the log was lost, which is harmless.
    await this.writer.write(() => this.meta.noteClosed()).catch(() => {});
    await this.writer.close();
    await this.#database?.close();
  }
}

function logBeside(path: string): LogFile {
  const size = statSync(`${path}-wal`, { throwIfNoEntry: false })?.size;
  if (size === undefined) return 'none';
  return size === 0 ? 'empty' : 'filled';
}
