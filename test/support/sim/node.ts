import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { directVerifier } from '../../../main/crypto/verifier.ts';
import { createLog, type LogLevel } from '../../../main/kernel/log.ts';
import type { Clock } from '../../../main/kernel/ports.ts';
import { createNode, type ParacordNode } from '../../../main/node.ts';
import { overwriteReplaced } from '../../../main/store/database.ts';
import type { Api } from '../../../shared/api/contract.ts';
import type { VirtualClock } from '../virtual-clock.ts';
import type { Dice } from './dice.ts';
import type { SimNetwork, Station } from './network.ts';

/** One run of a node's process: when it dies, its timers, jobs and connections end with it. */
class Life {
  dead = false;
  /** Crashes after this many more jobs of the writer, before anyone learns about their commit. */
  jobsLeft = Number.POSITIVE_INFINITY;
  readonly #cancels = new Set<() => void>();
  readonly #world: VirtualClock;
  readonly #skewMs: number;
  readonly #onDeath: () => void;

  constructor(world: VirtualClock, skewMs: number, onDeath: () => void) {
    this.#world = world;
    this.#skewMs = skewMs;
    this.#onDeath = onDeath;
  }

  readonly clock: Clock = {
    now: () => this.#world.now() + this.#skewMs,
    after: (ms, callback) => {
      if (this.dead) return () => {};
      // Timers use whole milliseconds, like those of the system.
      const cancel = this.#world.after(Math.ceil(ms), () => {
        this.#cancels.delete(cancel);
        callback();
      });
      this.#cancels.add(cancel);
      return () => {
        this.#cancels.delete(cancel);
        cancel();
      };
    },
  };

  readonly defer = (job: () => void): void => {
    queueMicrotask(() => {
      if (this.dead) return;
      job();
      if (--this.jobsLeft <= 0) this.die();
    });
  };

  die(): void {
    if (this.dead) return;
    this.end();
    this.#onDeath();
  }

  end(): void {
    this.dead = true;
    for (const cancel of this.#cancels) cancel();
    this.#cancels.clear();
  }
}

/** The size of a database's page. */
const pageBytes = 4_096;
const passphrase = 'correct horse battery staple';

/**
 * A complete node without sockets. It can be stopped, and it can die at any commit and restart with what is on disk.
 */
export class SimNode implements Station {
  readonly name: string;
  readonly domain: string;
  run = 0;
  /** Increases whenever something on its disk is lost. */
  disks = 0;
  #node: ParacordNode | null = null;
  #life: Life | null = null;
  #dataDir: string;
  #stopping: Promise<void> | null = null;
  readonly #folder: string;
  readonly #world: VirtualClock;
  readonly #network: SimNetwork;
  readonly #dice: Dice;
  /** How far the clock is off in each run; may be changed while the node is down. */
  readonly #skew: () => number;
  #skewMs = 0;
  /** The recovery file, which the owner keeps with the last backup. */
  #recoveryFile: string | null = null;

  constructor(deps: {
    name: string;
    domain: string;
    folder: string;
    world: VirtualClock;
    network: SimNetwork;
    dice: Dice;
    skew: () => number;
  }) {
    this.name = deps.name;
    this.domain = deps.domain;
    this.#folder = join(deps.folder, deps.name);
    this.#dataDir = join(this.#folder, '0');
    this.#world = deps.world;
    this.#network = deps.network;
    this.#dice = deps.dice;
    this.#skew = deps.skew;
    mkdirSync(this.#dataDir, { recursive: true });
    deps.network.place(this);
  }

  get routes(): ParacordNode['routes'] | null {
    return this.isUp ? (this.#node?.routes ?? null) : null;
  }

  get isUp(): boolean {
    return this.#node !== null && this.#stopping === null && this.#life?.dead === false;
  }

  get databasePath(): string {
    return join(this.#dataDir, 'node.db');
  }

  get hasDatabase(): boolean {
    return existsSync(this.databasePath);
  }

  /** Whether there is something without the log: a new database is only in the log, until that is moved into the file. */
  get hasMoreThanLog(): boolean {
    return this.hasDatabase && statSync(this.databasePath).size > pageBytes;
  }

  get hasBackup(): boolean {
    return this.#recoveryFile !== null;
  }

  /** Resolves when it is down, if it is stopping. */
  get stopped(): Promise<void> {
    return this.#stopping ?? Promise.resolve();
  }

  get api(): Api {
    if (!this.#node) throw new Error(`${this.name} is down`);
    return this.#node.api;
  }

  /** The bytes of uploads and files. */
  get bytes(): ParacordNode['bytes'] {
    if (!this.#node) throw new Error(`${this.name} is down`);
    return this.#node.bytes;
  }

  get dataDir(): string {
    return this.#dataDir;
  }

  now(): number {
    return this.#world.now() + this.#skewMs;
  }

  async start(): Promise<void> {
    if (this.#life) this.#life.jobsLeft = Number.POSITIVE_INFINITY;
    if (this.isUp) return;
    await this.#stopping;
    this.#skewMs = this.#skew();
    const life = new Life(this.#world, this.#skewMs, () => this.#died());
    const node = createNode(
      {
        dataDir: this.#dataDir,
        listen: { host: '127.0.0.1', port: 0 },
        control: { host: '127.0.0.1', port: 0 },
        tls: { mode: 'off' },
        publicUrl: null,
        version: 'simulated',
      },
      { clock: life.clock, random: this.#dice, defer: life.defer },
      {
        log: createLog((process.env.SIM_LOG ?? 'silent') as LogLevel),
        http: this.#network.portOf(this.name, () => !life.dead),
        verifier: directVerifier,
      },
    );
    this.run++;
    this.#life = life;
    this.#node = node;
    await node.work();
  }

  /** Stops properly; takes up to two seconds of virtual time. */
  stop(): Promise<void> {
    const node = this.#node;
    if (!node || !this.isUp) return this.#stopping ?? Promise.resolve();
    this.run++;
    const life = this.#life;
    this.#stopping = node.stop().then(() => {
      life?.end();
      if (this.#life !== life) return;
      this.#node = null;
      this.#stopping = null;
    });
    return this.#stopping;
  }

  /** Like `kill -9`: now, or right after this many more commits, unless it is restarted before. */
  crash(afterCommits = 0): void {
    if (!this.isUp || !this.#life) return;
    if (afterCommits === 0) this.#life.die();
    else this.#life.jobsLeft = afterCommits;
  }

  /** Makes a backup, and a recovery file. */
  async backUp(): Promise<void> {
    const { text } = await this.api.exportIdentity({ passphrase });
    const backup = this.#emptyFolder('backup');
    const copy = join(backup, 'node.db');
    const from = new SQLite(this.databasePath, { readonly: true });
    // The new file inherits it. A real backup copies pages as they are.
    overwriteReplaced(from);
    from.prepare('VACUUM INTO ?').run(copy);
    from.close();
    const to = new SQLite(copy);
    to.prepare("INSERT OR REPLACE INTO meta (key, value) VALUES ('life', 'backup')").run();
    to.close();
    copyFileSync(join(this.#dataDir, 'identity.json'), join(backup, 'identity.json'));
    this.#recoveryFile = text;
  }

  /** Gives it another disk while it is down, with the content of the backup. */
  restore(): void {
    this.emptyDisk();
    for (const file of ['identity.json', 'node.db'])
      copyFileSync(join(this.#folder, 'backup', file), join(this.#dataDir, file));
  }

  /** While it is down. */
  emptyDisk(): void {
    this.disks++;
    rmSync(this.#dataDir, { recursive: true, force: true });
    mkdirSync(this.#dataDir, { recursive: true });
  }

  /** Loses, while it is down, what hasn't been moved from the log into the database. */
  loseLog(): void {
    this.disks++;
    rmSync(`${this.databasePath}-wal`, { force: true });
  }

  /** `keys recover`, on an empty disk. */
  async recover(): Promise<void> {
    await this.api.recoverIdentity({ text: this.#recoveryFile ?? '', passphrase });
  }

  #emptyFolder(name: string): string {
    const folder = join(this.#folder, name);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    return folder;
  }

  /** Keeps what was written to disk, and loses what was in memory. The dead process keeps the old files. */
  #died(): void {
    this.run++;
    const next = join(this.#folder, String(this.run));
    mkdirSync(next, { recursive: true });
    for (const file of ['identity.json', 'node.db', 'node.db-wal'])
      if (existsSync(join(this.#dataDir, file))) copyFileSync(join(this.#dataDir, file), join(next, file));
    const files = join(this.#dataDir, 'files');
    if (existsSync(files)) cpSync(files, join(next, 'files'), { recursive: true });
    const life = join(this.#dataDir, 'life.json');
    // In reality it would be the same folder, but the dead process must not write to it.
    if (existsSync(life))
      writeFileSync(
        join(next, 'life.json'),
        JSON.stringify({ ...JSON.parse(readFileSync(life, 'utf8')), born: null }),
      );
    rmSync(this.#dataDir, { recursive: true, force: true });
    this.#dataDir = next;
    this.#node = null;
    this.#life = null;
    this.#stopping = null;
  }
}
