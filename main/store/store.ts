import { statSync } from 'node:fs';
import type { Tell } from '../facts.ts';
import { type Meter, noMeter } from '../kernel/meter.ts';
import type { Ports } from '../kernel/ports.ts';
import { type Db, openDatabase, refuseCopy, reportErrors } from './database.ts';
import { DiskWatch, readable } from './disk-watch.ts';
import type { DatabasePlace, Engine } from './engine.ts';
import { openLog } from './log.ts';
import { EventTable } from './rules/event-table.ts';
import { MessageTable } from './rules/message-table.ts';
import { QueueTable } from './rules/queue-table.ts';
import { RoomTable } from './rules/room-table.ts';
import { SearchTable } from './rules/search-table.ts';
import { Space } from './space.ts';
import { AcceptanceStore } from './tables/acceptance-store.ts';
import { SessionStore, TokenStore } from './tables/access-store.ts';
import { AccountSessionStore, AccountStore, PeopleLinkStore } from './tables/account-store.ts';
import { ActivityStore } from './tables/activity-store.ts';
import { ClientKeyStore } from './tables/client-key-store.ts';
import { ConsentStore } from './tables/consent-store.ts';
import { AttemptStore } from './tables/delivery/attempt-store.ts';
import { OutboxStore } from './tables/delivery/outbox-store.ts';
import { ReceiptStore } from './tables/delivery/receipt-store.ts';
import { ReplayStore } from './tables/delivery/replay-store.ts';
import { SyncStore } from './tables/delivery/sync-store.ts';
import { ListingStore } from './tables/listing-store.ts';
import { type LogFile, MetaStore } from './tables/meta-store.ts';
import { PasskeyStore } from './tables/passkey-store.ts';
import { PeerInviteStore } from './tables/peer-invite-store.ts';
import { PeerStore } from './tables/peer-store.ts';
import { RecoveryStore } from './tables/recovery-store.ts';
import { ErasureStore } from './tables/rooms/erasure-store.ts';
import { EventStore } from './tables/rooms/event-store.ts';
import { FileStore } from './tables/rooms/file-store.ts';
import { HeldStore } from './tables/rooms/held-store.ts';
import { MemberFactStore } from './tables/rooms/member-fact-store.ts';
import { MessageStore } from './tables/rooms/message-store.ts';
import { ReadStore } from './tables/rooms/read-store.ts';
import { RetentionStore } from './tables/rooms/retention-store.ts';
import { RoomStore } from './tables/rooms/room-store.ts';
import { SearchStore } from './tables/rooms/search-store.ts';
import { ShareStore } from './tables/rooms/share-store.ts';
import { RemoteUserStore, UserStore } from './tables/user-store.ts';
import { Writer } from './writer.ts';

/**
 * Without `sync`, each commit waits for the disk (a virtual clock must not advance meanwhile). With `engine`, everything is
 * stored there, and the store reads its copy; the store closes both.
 */
type StorePorts = Pick<Ports, 'clock' | 'defer' | 'sync'> & {
  readonly meter?: Meter;
  readonly engine?: Engine;
};

/** All stored data, over one connection: reads run immediately, writes through `writer`. */
export class Store {
  readonly events: EventStore;
  readonly erasures: ErasureStore;
  readonly rooms: RoomStore;
  readonly memberFacts: MemberFactStore;
  readonly messages: MessageStore;
  readonly files: FileStore;
  readonly reads: ReadStore;
  readonly retention: RetentionStore;
  readonly search: SearchStore;
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
  readonly accounts: AccountStore;
  readonly accountSessions: AccountSessionStore;
  readonly peopleLinks: PeopleLinkStore;
  readonly consents: ConsentStore;
  readonly passkeys: PasskeyStore;
  readonly remoteUsers: RemoteUserStore;
  readonly listings: ListingStore;
  readonly meta: MetaStore;
  readonly activity: ActivityStore;
  readonly clientKeys: ClientKeyStore;
  readonly recovery: RecoveryStore;
  /** Tables that the rules of rooms read and write, in the transaction of the event that they decide about. */
  readonly rules: {
    readonly events: EventTable;
    readonly rooms: RoomTable;
    readonly messages: MessageTable;
    readonly queues: QueueTable;
    readonly search: SearchTable;
  };
  readonly writer: Writer;
  readonly disk: DiskWatch;
  readonly space: Space;
  readonly place: DatabasePlace;
  readonly #forgetters: (() => void)[] = [];
  readonly #db: Db;
  readonly #engine: Engine | null;

  /** `onHookError` receives errors of `afterCommit`. `mustHoldData`: see `openDatabase`. */
  constructor(
    path: string,
    { clock, defer, sync, meter = noMeter, engine }: StorePorts,
    tell: Tell = () => {},
    onHookError: (error: unknown) => void = (error) => {
      throw error;
    },
    mustHoldData = false,
  ) {
    // A copy needs no log: the database has what the copy has lost.
    const log = engine === undefined ? logBeside(path) : 'filled';
    this.#engine = engine ?? null;
    this.place = engine?.place ?? { engine: 'sqlite', name: path, isFile: true };
    this.disk = new DiskWatch(() => tell({ fact: 'node-changed' }));
    const opened = engine?.copy ?? openDatabase(path, mustHoldData);
    if (engine === undefined) refuseCopy(opened, path);
    const db: Db = reportErrors(opened, (error) => this.disk.note(error));
    this.#db = db;
    this.events = new EventStore(db);
    this.rooms = new RoomStore(db);
    this.memberFacts = new MemberFactStore(db);
    this.messages = new MessageStore(db);
    this.files = new FileStore(db);
    this.reads = new ReadStore(db);
    const search = new SearchTable(db);
    this.search = new SearchStore(db);
    this.retention = new RetentionStore(db, search);
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
    this.meta = new MetaStore(db, log, engine?.isRestored ?? null);
    this.clientKeys = new ClientKeyStore(db);
    this.recovery = new RecoveryStore(db);
    const forget = () => {
      for (const each of this.#forgetters) readable(each, undefined);
    };
    const syncs = engine === undefined ? sync : null;
    const writeLog = syncs === undefined ? null : openLog(db, path, syncs, clock);
    const { disk } = this;
    this.writer = new Writer(
      db,
      defer,
      forget,
      onHookError,
      disk,
      meter,
      writeLog,
      engine && this.#guarded(engine),
    );
    this.space = new Space(db, this.writer);
    this.onRollback(() => this.held.undone());
    this.onRollback(() => this.rooms.forgetCounts());
    this.onRollback(() => search.forget());
    this.erasures = new ErasureStore(db, this.writer, { held: this.held, meta: this.meta });
    this.sessions = new SessionStore(db, this.writer);
    this.tokens = new TokenStore(db, this.writer);
    this.accounts = new AccountStore(db);
    this.accountSessions = new AccountSessionStore(db, this.writer);
    this.peopleLinks = new PeopleLinkStore(db);
    this.consents = new ConsentStore(db);
    this.passkeys = new PasskeyStore(db);
    this.receipts = new ReceiptStore(db, tell);
    this.attempts = new AttemptStore(db);
    this.outbox = new OutboxStore(db, this.writer, clock, this, tell);
    this.rules = {
      events: new EventTable(db, this.erasures, search),
      rooms: new RoomTable(db, this.rooms),
      messages: new MessageTable(db, search),
      queues: new QueueTable(db, this.held, tell),
      search,
    };
  }

  /** The outbox hands out no row of a transaction that may still be rolled back. */
  #guarded(engine: Engine): Pick<Engine, 'transaction' | 'lost'> {
    return {
      get lost() {
        return engine.lost;
      },
      transaction: async (run) => {
        this.outbox.transaction(true);
        try {
          return await engine.transaction(run);
        } finally {
          this.outbox.transaction(false);
        }
      },
    };
  }

  /**
   * Runs after a rollback, so that caches in memory drop the rows they took from the tables as they were. If `forget`
   * meets a damaged page, the cache keeps what it has.
   */
  onRollback(forget: () => void): void {
    this.#forgetters.push(forget);
  }

  /**
   * The process ends and can't wait for `close`. If what it has opened is freed at its end, as in Electron, SQLite closes
   * the database and removes the log, and the next start must not miss it.
   */
  leave(): void {
    if (this.#engine !== null || !this.#db.open || this.#db.inTransaction) return;
    try {
      this.meta.noteClosed();
    } catch {
      // As in `close`.
    }
  }

  async close(): Promise<void> {
    this.outbox.flush();
    // The note fails on a full disk. Then the next start assumes that the log was lost, which is harmless.
    await this.writer.write(() => this.meta.noteClosed()).catch(() => {});
    await this.writer.close();
    await this.#engine?.close();
  }
}

function logBeside(path: string): LogFile {
  const size = statSync(`${path}-wal`, { throwIfNoEntry: false })?.size;
  if (size === undefined) return 'none';
  return size === 0 ? 'empty' : 'filled';
}
