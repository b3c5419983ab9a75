import type { Clock } from '../kernel/ports.ts';
import { every } from '../kernel/timers.ts';
import { DatabaseFencedError, DatabaseUnreachableError, type Session } from './connect.ts';

/** How often the leader gives a sign of life, and after how long without one its session is ended. */
export const beatMs = 1_000;
export const silentMs = 10_000;
/** A start may migrate large tables, in which the event loop stands still, so its signs of life are dated ahead by this much. */
const startMs = 60_000;

/** The node that holds this lock leads. PostgreSQL releases it when the session ends. */
const lockKey = 0x70617261;

/** False if another session has the lock. */
export async function tryLock(session: Session): Promise<boolean> {
  const [row] = await session.query<{ got: boolean }>('SELECT pg_try_advisory_lock($1) AS got', [lockKey]);
  return row?.got === true;
}

/** The leader, as it described itself in the database. */
export interface LeaderSeen {
  /** The name of its computer; null if nobody leads. */
  readonly leader: string | null;
  /** Time since the leader's last sign of life, by the database's clock. Null if nobody leads, negative while it starts. */
  readonly silentMs: number | null;
}

export async function lookAtLeader(session: Session): Promise<LeaderSeen> {
  const [seen] = await session.query<LeaderSeen>(
    `SELECT leader, (extract(epoch FROM clock_timestamp() - beat) * 1000)::float8 AS "silentMs"
     FROM node_state`,
  );
  return seen ?? { leader: null, silentMs: null };
}

/** Ends the session that holds the lock. A role may end its own sessions, so all nodes use the same one. */
export const endHolder = (session: Session): Promise<unknown> =>
  session.query(
    `SELECT pg_terminate_backend(pid) FROM pg_locks
     WHERE locktype = 'advisory' AND classid = 0 AND objid = $1 AND objsubid = 1 AND granted
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
       AND pid <> pg_backend_pid()`,
    [lockKey],
  );

/**
 * The lead of this node: a session that holds the lock, and a token that PostgreSQL compares in each transaction. It ends
 * with the session, or when another node has a higher token. Then nothing can be written any more.
 */
export class Lead {
  readonly session: Session;
  readonly token: number;
  /** Why it is over; null while it isn't. */
  #over: Error | null = null;
  readonly #listeners: ((why: Error) => void)[] = [];
  readonly #stopBeating: () => void;
  #aheadMs = startMs;

  private constructor(session: Session, token: number, clock: Clock) {
    this.session = session;
    this.token = token;
    this.#stopBeating = every(
      clock,
      beatMs,
      () => this.#beat(),
      (error) => this.end(error as Error),
    );
    session.onLost(() => this.end(new DatabaseUnreachableError('the connection broke')));
  }

  /** Needs the lock (`tryLock`). Every older token is refused afterwards. `name`: of this computer, for people. */
  static async begin(session: Session, name: string, clock: Clock): Promise<Lead> {
    const [row] = await session.query<{ token: number }>(
      `UPDATE node_state SET token = token + 1, leader = $1, beat = clock_timestamp() + $2 * interval '1 ms'
       WHERE role = 'truth' RETURNING token`,
      [name, startMs],
    );
    if (row === undefined) throw new DatabaseUnreachableError('it has no tables of a node');
    return new Lead(session, row.token, clock);
  }

  get over(): Error | null {
    return this.#over;
  }

  /** The node has started, so its event loop doesn't stand still any more. */
  hasStarted(): void {
    this.#aheadMs = 0;
    this.#beat().catch((error: Error) => this.end(error));
  }

  async #beat(): Promise<void> {
    const stored = await this.session.query(
      `UPDATE node_state SET beat = clock_timestamp() + $2 * interval '1 ms' WHERE token = $1 RETURNING 1`,
      [this.token, this.#aheadMs],
    );
    if (stored.length === 0) throw new DatabaseFencedError();
  }

  /** Calls back once when it ends, except by `resign`. */
  onEnd(ended: (why: Error) => void): void {
    if (this.#over === null) this.#listeners.push(ended);
    else ended(this.#over);
  }

  /** Something showed that it is over. */
  end(why: Error): void {
    if (this.#over !== null) return;
    this.#over = why;
    this.#stopBeating();
    this.session.abandon();
    for (const ended of this.#listeners.splice(0)) ended(why);
  }

  /** This node writes nothing any more, and another one may lead at once. */
  async resign(): Promise<void> {
    if (this.#over !== null) return;
    this.#over = new DatabaseUnreachableError('the connection is closed');
    this.#stopBeating();
    await this.session
      .query('UPDATE node_state SET leader = NULL, beat = NULL WHERE token = $1', [this.token])
      .catch(() => {});
    await this.session.close();
  }
}
