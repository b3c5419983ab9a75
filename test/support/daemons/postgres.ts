import { execFile, execFileSync, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';
import pg from 'pg';
import { atEnd } from '../at-end.ts';
import { freePorts } from '../nodes/free-ports.ts';
import { removeTree } from '../runner/remove-tree.ts';
import { packagePath, withoutPackage } from './packages.ts';

/** A PostgreSQL of Debian's package, in a temporary folder. */
export interface Postgres {
  /** The database `postgres`, as the superuser. Databases of tests are beside it. */
  readonly url: string;
  readonly port: number;
  /** Its files. Only PostgreSQL's user may read them. */
  readonly folder: string;
  /** A new, empty database. Resolves with its URL. `having`: what else `CREATE DATABASE` says. */
  database(having?: string): Promise<string>;
  /** Removes a database, and ends the connections to it. */
  drop(url: string): Promise<void>;
  /** SIGKILL, SIGSTOP or SIGCONT, for all its processes. */
  signal(name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void;
  /** Starts it again with the same files and port, after `signal('SIGKILL')`. */
  restart(): Promise<void>;
  /** Ends it and removes its files. */
  stop(): Promise<void>;
}

export interface PostgresOptions {
  /** Whether commits wait for the disk. Without it, a test is faster. */
  readonly durable?: boolean;
  /** More settings, such as `{ synchronous_standby_names: '*' }`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** The address to listen on; default 127.0.0.1. */
  readonly host?: string;
  /** Default: a free one. */
  readonly port?: number;
  /** A command that starts it elsewhere, such as `['ip', 'netns', 'exec', 'NAME']`. */
  readonly within?: readonly string[];
  /** Makes its files in a folder that doesn't exist yet; default: a new cluster. */
  readonly fill?: (data: string) => unknown;
}

/** The server that all test processes share, as the test runner sets it; `none` if it could not be started. */
export const sharedUrlVariable = 'PARACORD_TEST_POSTGRES';
const binary = packagePath('postgresql');
/** Why tests that need PostgreSQL are skipped. */
export const noPostgres =
  withoutPackage('postgresql') || (process.env[sharedUrlVariable] === 'none' && 'PostgreSQL did not start');
const password = 'test-password';
const superuser = 'postgres';
const isRoot = process.getuid?.() === 0;
/** PostgreSQL refuses to run as root. */
const asUser = isRoot ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups'] : [];

/** The path of one of PostgreSQL's programs, such as `pg_dump` or `pg_basebackup`. */
export const postgresProgram = (name: string): string => join(dirname(binary!), name);

/** Runs one of PostgreSQL's programs, as its user if we are root. Returns its output; throws if it fails. */
export function runPostgresProgram(name: string, args: readonly string[]): string {
  const [command, ...rest] = [...asUser, postgresProgram(name), ...args];
  const env = { ...process.env, PGPASSWORD: password };
  return execFileSync(command!, rest, { env, encoding: 'utf8', cwd: '/', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** The same without waiting here, and if it has to be, elsewhere (`PostgresOptions.within`). */
export async function awaitPostgresProgram(
  name: string,
  args: readonly string[],
  within: readonly string[] = [],
): Promise<void> {
  const [command, ...rest] = [...within, ...asUser, postgresProgram(name), ...args];
  await promisify(execFile)(command!, rest, { env: { ...process.env, PGPASSWORD: password }, cwd: '/' });
}

/** Writes a file of a cluster, which belongs to PostgreSQL's user. */
export function writeAsPostgres(path: string, text: string): void {
  writeFileSync(path, text, { mode: 0o600 });
  if (isRoot) chownSync(path, ...postgresId());
}

/** Returns the IDs of the user that PostgreSQL runs as. */
export const postgresId = (): [user: number, group: number] => {
  const id = (flag: string) => Number(execFileSync('id', [flag, superuser], { encoding: 'utf8' }));
  return [id('-u'), id('-g')];
};

/** A temporary folder that belongs to PostgreSQL's user. */
function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'paracord-postgres-'));
  if (isRoot) chownSync(folder, ...postgresId());
  return folder;
}

/** Makes a database cluster in this folder. */
export function newCluster(data: string): void {
  const passwordFile = join(dirname(data), 'password');
  writeAsPostgres(passwordFile, password);
  runPostgresProgram('initdb', [
    ...['--no-sync', '--username', superuser, '--pwfile', passwordFile, '--auth', 'scram-sha-256'],
    // The locale of a server that speaks no particular language; sorts like SQLite.
    ...['--encoding', 'UTF8', '--locale', 'C', '--pgdata', data],
  ]);
}

function sendTo(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Removes what a PostgreSQL that got SIGKILL would leave in the system. Its number is in the file of its process. */
function removeSharedMemory(data: string): void {
  try {
    const [, id] = /^ *\d+ +(\d+)$/m.exec(readFileSync(join(data, 'postmaster.pid'), 'utf8')) ?? [];
    if (id !== undefined) spawnSync('ipcrm', ['--shmem-id', id], { stdio: 'ignore' });
  } catch {
    // It stopped by itself, or never started.
  }
}

export async function startPostgres(options: PostgresOptions = {}): Promise<Postgres> {
  const { durable = false, settings = {}, host = '127.0.0.1', within = [], fill = newCluster } = options;
  const folder = newFolder();
  const data = join(folder, 'data');
  await fill(data);
  const port = options.port ?? (await freePorts(1))[0]!;
  const all = {
    listen_addresses: host,
    port: String(port),
    // Nobody uses them, and the paths of sockets may only be about 100 characters long.
    unix_socket_directories: '',
    // One test process may run several nodes, and several test processes share a server.
    max_connections: '200',
    shared_buffers: '32MB',
    // In its folder: SIGKILL would leave anything else in /dev/shm.
    dynamic_shared_memory_type: 'mmap',
    log_destination: 'stderr',
    ...(durable ? {} : { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off' }),
    ...settings,
  };
  let process_: ReturnType<typeof spawn> | null = null;
  const signal = (name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT') => {
    const main = process_?.pid;
    if (main === undefined || process_?.exitCode !== null || process_.signalCode !== null) return;
    // From here on it starts no other process.
    if (name !== 'SIGCONT') sendTo(main, 'SIGSTOP');
    // SIGKILL of the first process alone would leave the others behind, which still hold its files.
    const { stdout } = spawnSync('pgrep', ['-P', String(main)], { encoding: 'utf8' });
    for (const pid of [main, ...stdout.split('\n').filter(Boolean).map(Number)]) sendTo(pid, name);
  };
  const start = async (): Promise<void> => {
    const [command, ...args] = [
      ...within,
      'setpriv',
      // It ends with the test process, however that one ends.
      ...['--pdeathsig', 'QUIT'],
      ...asUser.slice(1),
      ...[binary!, '-D', data],
      ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ];
    const child = spawn(command!, args, { cwd: '/', stdio: ['ignore', 'ignore', 'pipe'] });
    process_ = child;
    const ready = Promise.withResolvers<void>();
    let text = '';
    child.stderr.on('data', (chunk: Buffer) => {
      text = `${text}${chunk.toString()}`.slice(-20_000);
      if (/ready to accept (?:read-only )?connections/.test(text)) ready.resolve();
    });
    child.once('error', ready.reject);
    child.once('exit', () => ready.reject(new Error(`PostgreSQL ended before it was ready: ${text}`)));
    await ready.promise;
    // It doesn't keep the test process running.
    child.unref();
    (child.stderr as Socket).unref();
  };
  const remove = () => {
    removeSharedMemory(data);
    removeTree(folder);
  };
  // Before anything else that ends with this process, such as the folder around its own.
  process.prependOnceListener('exit', () => {
    signal('SIGKILL');
    remove();
  });
  await start();
  const url = `postgres://${superuser}:${password}@${host}:${port}/postgres`;
  const ended = async () => {
    const child = process_;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    await new Promise((resolve) => child.once('exit', resolve));
  };
  return {
    url,
    port,
    folder,
    ...databasesOf(url),
    signal,
    async restart() {
      await ended();
      rmSync(join(data, 'postmaster.pid'), { force: true });
      await start();
    },
    async stop() {
      signal('SIGKILL');
      await ended();
      remove();
    },
  };
}

/** Makes and removes databases beside the one that `url` names. */
function databasesOf(url: string): Pick<Postgres, 'database' | 'drop'> {
  const run = async (sql: string): Promise<void> => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      await client.query(sql);
    } finally {
      await client.end();
    }
  };
  return {
    async database(having = '') {
      const name = `test_${randomBytes(6).toString('hex')}`;
      await run(`CREATE DATABASE ${name} ${having}`);
      const own = new URL(url);
      own.pathname = `/${name}`;
      return own.href;
    },
    async drop(own) {
      await run(`DROP DATABASE IF EXISTS ${new URL(own).pathname.slice(1)} WITH (FORCE)`);
    },
  };
}

/** A standby of this server, as it is now. It follows nothing afterwards, and says that it is a standby until it is promoted. */
export const startStandby = ({ url }: Postgres): Promise<Postgres> =>
  startPostgres({
    fill: async (data) => {
      await awaitPostgresProgram('pg_basebackup', ['-d', url, '-D', data, '-X', 'stream', '-c', 'fast']);
      writeAsPostgres(join(data, 'standby.signal'), '');
    },
  });

let ownServer: Promise<Postgres> | null = null;

/**
 * The URL of a new, empty database for this test, removed after it. The server is shared by the whole run, or by this
 * process if a file is run alone. `having`: what else `CREATE DATABASE` says.
 */
export async function databaseFor(t: Pick<TestContext, 'after'>, having?: string): Promise<string> {
  const shared = process.env[sharedUrlVariable];
  if (shared === undefined) ownServer ??= startPostgres();
  const server = shared === undefined ? await ownServer! : databasesOf(shared);
  const url = await server.database(having);
  atEnd(t, () => server.drop(url));
  return url;
}
