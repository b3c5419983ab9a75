import { setTimeout } from 'node:timers/promises';
import type { Client } from 'pg';
import type { DatabaseAddress } from './address.ts';
import '../kernel/connecting.ts';

/**
 * The database can't be reached, or can't store anything now: it is off, too slow, full, or only another server of it is
 * writable. Whether the last statement was executed is unknown.
 */
export class DatabaseUnreachableError extends Error {
  /** The reason in the words of the system or of PostgreSQL, without the address. */
  readonly reason: string;

  constructor(reason: string, cause?: unknown) {
    super(`the database cannot be reached: ${reason}`, { cause });
    this.reason = reason;
  }
}

/** The database doesn't accept this node's token, or its version: another node has led since. Nothing was written. */
export class DatabaseFencedError extends Error {
  constructor() {
    super('another node has taken over');
  }
}

/** All tables, and the function `pn_commit`, are in a schema of their own, so a database can be shared with others. */
export const schemaName = 'paracord_node';

/** The name of every session of a node, in `pg_stat_activity`. */
export const applicationName = 'paracord-node';

interface SessionOptions {
  /** Milliseconds for connecting to one server; default 5 s. */
  readonly connectMs?: number;
  /** Milliseconds until a statement counts as failed; default 8 s. 0 is no limit, for copying. */
  readonly statementMs?: number;
  /** The session's name in `pg_stat_activity`. */
  readonly name?: string;
}

/** One session with the database. After any error of the connection it is closed and can't be used again. */
export interface Session {
  /**
   * Runs one statement, or several without parameters. Integers up to 2^53 are numbers. Throws
   * DatabaseUnreachableError or DatabaseFencedError, or else the error of PostgreSQL (with its `code`),
   * which is about the statement.
   */
  query<R extends object = Record<string, unknown>>(sql: string, params?: readonly unknown[]): Promise<R[]>;
  /** Calls back for each NOTIFY after `LISTEN`. */
  onNotify(heard: () => void): void;
  /** Calls back once, when the connection breaks or is closed. */
  onLost(lost: () => void): void;
  readonly isOpen: boolean;
  close(): Promise<void>;
  /** Ends it without waiting for a server that may be gone. Statements under way reject with DatabaseUnreachableError. */
  abandon(): void;
}

/** How long is waited for another server that might be writable, too, once one has answered that it is. */
const rivalMs = 200;

/**
 * Connects to the server of the database that is writable. All are tried at the same time, because one that is gone may
 * not even refuse. If several say that they are writable, one of them has been replaced and doesn't know it yet, so it
 * is the one that was promoted last. Throws DatabaseUnreachableError if none is, with the first server's error as its
 * cause. The client library is loaded now, because most nodes never need it.
 */
export async function connectTo(address: DatabaseAddress, options: SessionOptions = {}): Promise<Session> {
  const pg = (await import('pg')).default;
  const attempts = address.servers.map(({ url }) => connectToOne(pg, url, options));
  const settled = Promise.allSettled(attempts);
  const found: PgSession[] = [];
  let isChosen = false;
  for (const attempt of attempts)
    attempt.then(
      (session) => (isChosen ? void session.close() : void found.push(session)),
      () => {},
    );
  await Promise.any(attempts).catch(() => {});
  await Promise.race([settled, setTimeout(rivalMs, undefined, { ref: false })]);
  isChosen = true;
  const [newest, ...rivals] = found.sort((a, b) => b.timeline - a.timeline);
  if (newest !== undefined) {
    for (const rival of rivals) void rival.close();
    return newest;
  }
  const errors = (await settled).map((each) => each.status === 'rejected' && (each.reason as unknown));
  const [first] = errors;
  const cause = first instanceof DatabaseUnreachableError ? (first.cause ?? first) : first;
  throw new DatabaseUnreachableError(errors.map(reasonOf).join('; '), cause);
}

async function connectToOne(
  { Client, types }: Pick<typeof import('pg'), 'Client' | 'types'>,
  url: string,
  { connectMs = 5_000, statementMs = 8_000, name = applicationName }: SessionOptions,
): Promise<PgSession> {
  const parsers = {
    getTypeParser: (oid: number, format?: 'text' | 'binary') =>
      oid === int8 ? Number : types.getTypeParser(oid, format as 'text'),
  };
  const client = new Client({
    connectionString: url,
    application_name: name,
    connectionTimeoutMillis: connectMs,
    // The server gives up first, so that its answer says what happened.
    ...(statementMs > 0 && { query_timeout: statementMs + 1_000 }),
    keepAlive: true,
    keepAliveInitialDelayMillis: 5_000,
    types: parsers as never,
  });
  const session = new PgSession(client);
  try {
    await client.connect();
    await session.begin(statementMs);
    return session;
  } catch (error) {
    await session.close();
    throw error;
  }
}

const int8 = 20;

/** Settings that every session relies on, whatever `ALTER ROLE … SET` and `ALTER DATABASE … SET` say. */
const settings = {
  search_path: schemaName,
  default_transaction_read_only: 'off',
  // `pn_commit` has to see at its end what was committed since it began.
  default_transaction_isolation: 'read committed',
  // Rows travel as JSON, in which BLOBs and numbers have to be whole.
  bytea_output: 'hex',
  extra_float_digits: '1',
  standard_conforming_strings: 'on',
  // A leader waits for its next event, and a copy of everything takes as long as it takes.
  lock_timeout: '0',
  idle_session_timeout: '0',
  idle_in_transaction_session_timeout: '0',
  transaction_timeout: '0',
};

class PgSession implements Session {
  readonly #client: Client;
  #isOpen = true;
  #lost: (() => void)[] = [];
  /** Higher after each promotion. */
  timeline = 0;

  constructor(client: Client) {
    this.#client = client;
    client.on('error', () => this.abandon());
    client.on('end', () => this.abandon());
  }

  /** Refuses a server that can't be used, and sets what would otherwise come from the user or the database. */
  async begin(statementMs: number): Promise<void> {
    const [state] = await this.query<{
      readonly standby: boolean;
      readonly encoding: string;
      readonly commit: string;
      readonly timeline: string | null;
    }>(
      `SELECT pg_is_in_recovery() AS standby, current_setting('server_encoding') AS encoding,
         current_setting('synchronous_commit') AS commit,
         CASE WHEN NOT pg_is_in_recovery() THEN substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) END AS timeline`,
    );
    this.timeline = Number.parseInt(state?.timeline ?? '0', 16);
    if (state?.standby)
      throw new DatabaseUnreachableError('this server of the database only follows another');
    if (state?.encoding !== 'UTF8')
      throw new DatabaseUnreachableError(`the encoding of the database is ${state?.encoding}`);
    const isUnsynced = state.commit === 'off' || state.commit === 'local';
    // A server whose commits don't wait for the disk would lose events after peers were told that they are stored.
    const own = {
      ...settings,
      statement_timeout: statementMs,
      ...(isUnsynced && { synchronous_commit: 'on' }),
    };
    await this.query(
      // Some exist only in newer versions of PostgreSQL.
      `SELECT set_config(name, value, false) FROM json_each_text($1) JOIN pg_settings ON name = key`,
      [JSON.stringify(own)],
    );
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  async query<R extends object>(sql: string, params?: readonly unknown[]): Promise<R[]> {
    if (!this.#isOpen) throw new DatabaseUnreachableError('the connection is closed');
    try {
      const { rows } = await this.#client.query<R>(sql, params && [...params]);
      return rows;
    } catch (error) {
      const known = classified(error);
      // Whatever happens on this connection from here on, nobody waits for it.
      if (known instanceof DatabaseUnreachableError) this.abandon();
      throw known;
    }
  }

  onNotify(heard: () => void): void {
    this.#client.on('notification', heard);
  }

  onLost(lost: () => void): void {
    if (this.#isOpen) this.#lost.push(lost);
    else lost();
  }

  abandon(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    // `end` would wait for a server that may be gone.
    (this.#client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
    for (const lost of this.#lost.splice(0)) lost();
  }

  async close(): Promise<void> {
    this.#lost = [];
    if (!this.#isOpen) return;
    this.#isOpen = false;
    const ended = Promise.withResolvers<void>();
    this.#client.once('end', () => ended.resolve());
    this.#client.end().then(ended.resolve, ended.resolve);
    await ended.promise;
  }
}

/** SQLSTATEs that are about the statement: data, constraints, limits, syntax. */
const ofStatement = /^(0A|21|22|23|42|44|54|P0|XX)/;

/** `error` as one of our errors, or unchanged if it is about the statement. */
function classified(error: unknown): unknown {
  if (error instanceof DatabaseUnreachableError) return error;
  const { code = '' } = (error ?? {}) as { code?: string };
  if (code === 'PN001') return new DatabaseFencedError();
  if (/^[0-9A-Z]{5}$/.test(code) && ofStatement.test(code)) return error;
  return new DatabaseUnreachableError(reasonOf(error), error);
}

function reasonOf(error: unknown): string {
  if (error instanceof DatabaseUnreachableError) return error.reason;
  const { code, message } = (error ?? {}) as NodeJS.ErrnoException;
  // A refused connection to a name with several addresses has no message.
  return message || code || String(error);
}
