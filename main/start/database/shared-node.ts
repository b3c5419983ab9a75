import { connect } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { refusal } from '../../../shared/words/refusal.ts';
import { said } from '../../../shared/words/said.ts';
import type { NodeConfig } from '../../config.ts';
import { refuseToLead } from '../../http/between/leader-side.ts';
import { type Listening, listen } from '../../http/listen.ts';
import type { Leader, Place, StandsBy } from '../../kernel/lead.ts';
import type { Log } from '../../kernel/log.ts';
import type { Clock, Ports } from '../../kernel/ports.ts';
import { SerialQueue } from '../../kernel/queue.ts';
import { createNode, type NodeParts, type ParacordNode } from '../../node.ts';
import { lockDataFolder } from '../../store/data-lock.ts';
import type { DatabaseAddress } from '../../store/postgres/address.ts';
import {
  connectTo,
  DatabaseFencedError,
  DatabaseUnreachableError,
  type Session,
} from '../../store/postgres/connect.ts';
import { prepareDatabase } from '../../store/postgres/copy-file.ts';
import type { OnRows } from '../../store/postgres/copying.ts';
import { CopyTooOldError } from '../../store/postgres/database-state.ts';
import { type LeaderSeen, Leadership, sessionLimits } from '../../store/postgres/leadership.ts';
import { beats, Lease } from '../../store/postgres/lease.ts';
import { SharedDatabase } from '../../store/postgres/shared-database.ts';
import { makeKey, makeSelfSigned } from '../../tls/x509.ts';

const certificateMs = 10 * 365 * 86_400_000;
const reopenMs = 300;
const progressMs = 5_000;
/** Screens of a standby read again this long after its copy changed, so that many changes count as one. */
const readAgainMs = 300;

/**
 * A node on a PostgreSQL database, where others with the same identity may run too
 * (docs/decisions/0067-leader-and-standby.md). Changes its place later without ending.
 */
export class SharedNode {
  readonly #config: NodeConfig;
  readonly #ports: Ports;
  readonly #given: NodeParts;
  readonly #address: DatabaseAddress;
  readonly #placeOf: PlaceOf;
  readonly #lease = new Lease({ wall: () => Date.now(), monotonic: () => performance.now() });
  readonly #leadership: Leadership;
  readonly #changes = new SerialQueue();
  readonly #placed = Promise.withResolvers<void>();
  /** A node changes places only once it has started, because the change starts its next run. */
  readonly #started = Promise.withResolvers<void>();
  #between: Listening | null = null;
  #answerStandbys: ReturnType<ParacordNode['answerStandbys']> | null = null;
  #self = '';
  #node: ParacordNode | null = null;
  #database: SharedDatabase | null = null;
  /** Of this lead; null while this node stands by. */
  #token: number | null = null;
  #seen: LeaderSeen | null = null;
  #seenAt = 0;
  #upToDateAt = 0;
  #isCatchingUp = false;
  /** Why the copy is not up to date; null if it is. */
  #notCopied: string | null = null;
  #willReadAgain = false;
  #isChanging = false;
  /** A first copy can take minutes, in which this node couldn't answer. */
  #isCopying = false;
  #isStopped = false;

  constructor(
    config: NodeConfig,
    ports: Ports,
    given: NodeParts,
    address: DatabaseAddress,
    placeOf: PlaceOf,
  ) {
    this.#config = config;
    this.#ports = ports;
    this.#given = given;
    this.#address = address;
    this.#placeOf = placeOf;
    this.#leadership = new Leadership({
      connect: () => connectTo(address, sessionLimits),
      ...{ clock: ports.clock, lease: this.#lease, log: given.log },
      self: () => this.#self,
      canLead: () => !this.#isCopying,
      onLead: (token) => this.#lead(token),
      onLost: () => this.#loseLead(),
      onSeen: (seen) => this.#see(seen),
      onVersion: () => void this.#follow(),
      onSilent: () => this.#database?.doubt(),
    });
  }

  /**
   * Resolves when the node knows its place: it leads, or it stands by for the one that does. `whereToOpen` (open.ts)
   * comes before.
   */
  async begin(): Promise<ParacordNode> {
    try {
      const lock = lockDataFolder(this.#config.dataDir);
      try {
        await prepareDatabase(this.#address, join(this.#config.dataDir, 'node.db'));
      } finally {
        lock.release();
      }
      await this.#listenToStandbys();
      this.#leadership.begin();
      await this.#placed.promise;
      return await this.#changes.run(async () => {
        const node = createNode(this.#config, this.#ports, {
          ...this.#given,
          ...(await this.#partsOfPlace()),
        });
        this.#use(node);
        return node;
      });
    } catch (error) {
      await this.stop(null);
      throw error;
    }
  }

  /** Before a node that runs on its file moves to this database. */
  async prepare(node: ParacordNode): Promise<void> {
    await this.#listenToStandbys();
    this.#use(node);
    this.#started.resolve();
  }

  /** From the end of the node's first start, it may change places. If the start fails, the caller stops the node. */
  async started<T>(start: Promise<T>): Promise<T> {
    const at = await start;
    this.#started.resolve();
    return at;
  }

  /** After `prepare`: the node has moved and leads. `lock` is a session that holds the lock. */
  lead(database: SharedDatabase, lock: Session): void {
    const { token } = database;
    if (token === null) throw new Error('only a leader moves its data');
    this.#watch(database);
    this.#token = token;
    this.#leadership.beginLeading(lock, token);
  }

  /** The data of the node has left this database, or never moved here. The node runs on. */
  async leave(): Promise<void> {
    this.#isStopped = true;
    this.#token = null;
    await this.#leadership.stop();
    await this.#between?.close(0);
  }

  #use(node: ParacordNode): void {
    this.#node = node;
    this.#isChanging = false;
    this.#answerStandbys = null;
  }

  /** On the address of this computer from which it reaches the database: the other nodes reach that, too. */
  async #listenToStandbys(): Promise<void> {
    const key = await makeKey();
    const { clock } = this.#ports;
    const cert = await makeSelfSigned(key, clock.now(), certificateMs);
    this.#between = await listen(
      (request, response) => {
        if (this.#node === null || this.#token === null || this.#isChanging) return refuseToLead(response);
        this.#answerStandbys ??= this.#node.answerStandbys(this.#token);
        if (this.#answerStandbys === null) return refuseToLead(response);
        this.#answerStandbys(request, response);
      },
      { host: await addressTowards(this.#address), port: 0, tls: { cert, key }, clock },
    );
    this.#self = JSON.stringify({ name: hostname(), url: this.#between.url, cert });
  }

  #lead(token: number): void {
    void this.#changes.run(async () => {
      this.#token = token;
      await this.#changePlace();
    });
    this.#placed.resolve();
  }

  #loseLead(): void {
    if (this.#isStopped) return;
    this.#given.log.warn({}, 'this node no longer leads');
    void this.#changes.run(async () => {
      // The database may have said so before, at the last write.
      if (this.#token === null) return;
      this.#token = null;
      await this.#changePlace();
    });
  }

  /**
   * The database refused what this leader wrote. If another node leads, this one stands by. If not, the database was
   * restored, or its server was replaced by one without the last transactions: this node still leads, and nobody could
   * write until it has copied what the database has.
   */
  #openAgain(fenced: SharedDatabase): void {
    void this.#changes.run(async () => {
      if (this.#database === fenced) await this.#changePlace();
    });
  }

  #see(seen: LeaderSeen): void {
    const { clock } = this.#ports;
    this.#seen = seen;
    this.#seenAt = clock.now();
    const isLed = seen.beatAgeMs < beats.silentMs;
    if (isLed) this.#placed.resolve();
    void this.#follow();
  }

  /** Brings the copy of a standby up to date. */
  async #follow(): Promise<void> {
    const database = this.#database;
    if (database === null || this.#node === null || this.#token !== null || this.#isCatchingUp) return;
    this.#isCatchingUp = true;
    try {
      const before = database.version;
      const startedAt = this.#ports.clock.now();
      const version = await database.catchUp();
      this.#upToDateAt = startedAt;
      this.#notCopied = null;
      if (version > before) this.#readAgainSoon();
    } catch (error) {
      if (error instanceof CopyTooOldError) void this.#changes.run(() => this.#changePlace());
      else this.#noteNotCopied((error as Error).message);
    } finally {
      this.#isCatchingUp = false;
    }
  }

  /** It tries several times per second. */
  #noteNotCopied(reason: string): void {
    if (this.#notCopied !== reason) this.#given.log.warn({ reason }, 'the copy is not up to date');
    this.#notCopied = reason;
  }

  #readAgainSoon(): void {
    if (this.#willReadAgain) return;
    this.#willReadAgain = true;
    this.#ports.clock.after(readAgainMs, () => {
      this.#willReadAgain = false;
      // After a change of places, everything is read again anyway.
      if (!this.#isChanging && !this.#isStopped) this.#node?.readAgain();
    });
  }

  async #changePlace(): Promise<void> {
    const node = this.#node;
    if (node === null) return;
    await this.#started.promise;
    if (this.#token === null) await this.#untilReachable();
    if (this.#isStopped) return;
    this.#isChanging = true;
    this.#given.log.info({ leads: this.#token !== null }, 'changing places');
    await node.become(() => this.#partsOfPlace());
    this.#use(node);
  }

  /** While a node changes its place, it answers nothing. So it waits for a database that is gone before that. */
  async #untilReachable(): Promise<void> {
    while (!this.#isStopped)
      try {
        await (await connectTo(this.#address, sessionLimits)).close();
        return;
      } catch {
        await new Promise<void>((resolve) => this.#ports.clock.after(reopenMs, resolve));
      }
  }

  async #partsOfPlace(): Promise<Pick<NodeParts, 'place' | 'database' | 'lock'>> {
    if (this.#isStopped) throw new Error('the node stops');
    const lock = lockDataFolder(this.#config.dataDir);
    let database: SharedDatabase;
    this.#isCopying = this.#token === null;
    try {
      database = await this.#open();
    } catch (error) {
      lock.release();
      throw error;
    } finally {
      this.#isCopying = false;
    }
    this.#watch(database);
    this.#upToDateAt = this.#ports.clock.now();
    const standsBy = { leader: () => this.#leader(), upToDateAt: () => this.#upToDateAt };
    return { database, lock, place: this.#placeOf(this.#token === null ? standsBy : null) };
  }

  #watch(database: SharedDatabase): void {
    this.#database = database;
    database.on('fenced', () => this.#openAgain(database));
  }

  /** Until the database can be reached. */
  async #open(): Promise<SharedDatabase> {
    await this.#database?.close();
    this.#database = null;
    const { clock } = this.#ports;
    const path = join(this.#config.dataDir, 'node.db');
    const onRows = progressLog(this.#given.log, clock);
    for (;;) {
      try {
        return await SharedDatabase.open({ address: this.#address, path, clock, onRows }, this.#token);
      } catch (error) {
        if (error instanceof DatabaseFencedError) this.#token = null;
        else if (!(error instanceof DatabaseUnreachableError) || this.#node === null) throw error;
        if (this.#isStopped) throw error;
        await new Promise<void>((resolve) => clock.after(reopenMs, resolve));
      }
    }
  }

  /** As `Place.mayRead`. */
  mayRead(): void {
    if (this.#token !== null && !this.#leadership.isCutOff) this.checkLease();
  }

  /** As `Lead.uninterrupted`. */
  uninterrupted<T>(work: () => Promise<T>): Promise<T> {
    return this.#leadership.uninterrupted(work);
  }

  /** As `Lead.check`. */
  checkLease(): void {
    if (this.#token === null || !this.#lease.isValid)
      throw refusal('SERVICE_UNAVAILABLE', said('standby.lease'), { retryAfterSeconds: 2 });
  }

  #leader(): Leader | null {
    const seen = this.#seen;
    if (seen === null || seen.leader === null) return null;
    const ageMs = seen.beatAgeMs + this.#ports.clock.now() - this.#seenAt;
    return ageMs < beats.silentMs ? { ...JSON.parse(seen.leader), token: seen.token } : null;
  }

  /** Resigns only after the node has sent its last request and answer. */
  async stop(node: ParacordNode | null): Promise<void> {
    this.#isStopped = true;
    this.#started.resolve();
    await this.#changes.idle();
    await node?.stop();
    await this.#leadership.stop();
    await this.#database?.close();
    await this.#between?.close(0);
  }
}

/** A place in which this node's lease is checked. */
type PlaceOf = (standsBy: StandsBy | null) => Place;

/** Logs from time to time how far copying is, so that nobody takes a long start for one that hangs. */
export function progressLog(log: Pick<Log, 'info'>, clock: Pick<Clock, 'now'>): OnRows {
  let saidAt = clock.now();
  return (rows, of) => {
    if (clock.now() - saidAt < progressMs) return;
    saidAt = clock.now();
    log.info({ rows, of }, 'copying the database');
  };
}

/** The address of this computer in the database's network; loopback if the database is on this computer. */
async function addressTowards({ servers }: DatabaseAddress): Promise<string> {
  for (const { host } of servers) {
    const [, name = '', port = ''] = /^\[?(.*?)\]?:(\d+)$/.exec(host) ?? [];
    if (name === '') continue;
    const socket = connect({ host: name, port: Number(port) });
    const address = await new Promise<string | undefined>((resolve) => {
      socket.once('connect', () => resolve(socket.localAddress));
      socket.once('error', () => resolve(undefined));
      socket.setTimeout(sessionLimits.connectMs, () => resolve(undefined));
    });
    socket.destroy();
    if (address !== undefined) return address;
  }
  return '127.0.0.1';
}
