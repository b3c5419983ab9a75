import type { Log } from '../../kernel/log.ts';
import type { Clock } from '../../kernel/ports.ts';
import type { Session } from './connect.ts';
import { beats, type Lease, nextStep } from './lease.ts';
import { endSession, lockKey } from './move/roles.ts';
import { versionChannel } from './schema.ts';

/** What a node sees of the database's leader. */
export interface LeaderSeen {
  readonly token: number;
  /** What the leader wrote about itself (`LeadershipParts.self`); null before the first one. */
  readonly leader: string | null;
  readonly version: number;
  /** ms, by the database's clock; Infinity if the leader resigned, negative while it can't beat. */
  readonly beatAgeMs: number;
}

export interface LeadershipParts {
  /** A session for the lock and the beats alone, with short limits (`sessionLimits`). */
  readonly connect: () => Promise<Session>;
  readonly clock: Clock;
  readonly lease: Lease;
  /** What the others read about this node when it leads. */
  readonly self: () => string;
  /** False while this node couldn't answer if it led, because its copy isn't ready. Another node leads then. */
  readonly canLead: () => boolean;
  /** This node leads from now on, with this token. */
  readonly onLead: (token: number) => void;
  /** It no longer does: another node may. */
  readonly onLost: () => void;
  /** A transaction of another node was committed. */
  readonly onVersion: () => void;
  /** A standby looked. */
  readonly onSeen: (seen: LeaderSeen) => void;
  /** The database didn't answer in time, or its connection broke. */
  readonly onSilent: () => void;
  readonly log: Pick<Log, 'warn' | 'info'>;
}

/** A beat that takes longer than the lease is of no use. */
export const sessionLimits = { connectMs: 1_500, statementMs: 1_500 } as const;
/** A leader that can't reach the database for so long shows its owner what it has, and why. */
const cutOffMs = 5_000;
const unseatedAgainMs = 50;
/** A commit of the database that takes longer had to wait for something. */
const confirmedMsMax = 1_000;
/** How long the other nodes wait for a leader whose work can't be interrupted. It rebuilds a million messages in that time. */
const uninterruptedMsMax = 60_000;

/** Holds the lock of the database, or waits for it. Decides with `nextStep`; this is the I/O. */
export class Leadership {
  readonly #parts: LeadershipParts;
  #session: Session | null = null;
  /** The names of sessions that broke. PostgreSQL may still keep them, and what they have locked. */
  readonly #broken = new Set<string>();
  #hasLock = false;
  #token: number | null = null;
  /** How many pieces of work that can't be interrupted are under way. */
  #pieces = 0;
  /** The database knows who leads. */
  #isAnnounced = true;
  #isStopped = false;
  #done: Promise<void> | null = null;
  #wake = (): void => {};
  /** When the database last answered, unix ms. */
  #answeredAt: number;
  /** Why it doesn't answer; null if it does. */
  #problem: string | null = null;
  /** Since when it has answered without interruption, by the clock that never goes back; null if it doesn't. */
  #answersSince: number | null = Number.NEGATIVE_INFINITY;

  constructor(parts: LeadershipParts) {
    this.#parts = parts;
    this.#answeredAt = parts.clock.now();
  }

  /** The database hasn't answered for a while. */
  get isCutOff(): boolean {
    return this.#problem !== null && this.#parts.clock.now() - this.#answeredAt > cutOffMs;
  }

  begin(): void {
    this.#done ??= this.#run();
  }

  /** After a move to this database: this node leads it with this token, and `session` holds the lock. */
  beginLeading(session: Session, token: number): void {
    const { lease } = this.#parts;
    // No other node can lead until the database records the move, which happens later.
    lease.renew(lease.moment());
    this.#use(session);
    this.#hasLock = true;
    this.#token = token;
    this.#isAnnounced = false;
    this.begin();
  }

  async #run(): Promise<void> {
    const { clock, log } = this.#parts;
    while (!this.#isStopped) {
      let pauseMs: number = beats.pollEveryMs;
      try {
        this.#session ??= await this.#open();
        const pause =
          this.#token === null ? await this.#standBy(this.#session) : await this.#beat(this.#session);
        if (pause === 'locked-out') pauseMs = unseatedAgainMs;
        else {
          pauseMs = pause;
          this.#problem = null;
          this.#answeredAt = clock.now();
        }
      } catch (error) {
        const reason = (error as Error).message;
        if (this.#problem !== reason) log.warn({ reason }, 'the database does not answer');
        this.#problem = reason;
        this.#answersSince = null;
        this.#parts.onSilent();
        await this.#closeSession();
      }
      if (!this.#isStopped) await this.#pause(pauseMs);
    }
    await this.#resign();
  }

  #use(session: Session): void {
    this.#session = session;
    session.onLost(() => this.#wake());
    session.onNotify(() => this.#parts.onVersion());
  }

  async #open(): Promise<Session> {
    this.#hasLock = false;
    const session = await this.#parts.connect();
    this.#use(session);
    // A commit that waits for a synchronous standby of PostgreSQL keeps its session after this node has given it up.
    for (const name of this.#broken) {
      await endSession(session, name, 0);
      this.#broken.delete(name);
    }
    if (this.#token === null) await session.query(`LISTEN ${versionChannel}`);
    return session;
  }

  async #closeSession(): Promise<void> {
    const session = this.#session;
    this.#session = null;
    this.#hasLock = false;
    if (session !== null) this.#broken.add(session.name);
    await session?.close().catch(() => {});
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#parts.clock.after(ms, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
  }

  /** Returns the pause before the next look. */
  async #standBy(session: Session): Promise<number> {
    const seen = await this.#look(session);
    const { monotonic } = this.#parts.lease.moment();
    this.#answersSince ??= monotonic;
    // While a move fills it, or after a move has left it, nobody leads.
    if (seen === undefined) return beats.pollEveryMs;
    this.#parts.onSeen(seen);
    // A leader that can't beat for a while needs its lock afterwards.
    if (!this.#parts.canLead() || seen.beatAgeMs < 0) {
      await this.#unlock(session);
      return beats.pollEveryMs;
    }
    await this.#tryLock(session);
    const step = nextStep({ hasLock: this.#hasLock, beatAgeMs: seen.beatAgeMs });
    if (typeof step === 'object') return step.lookAgainInMs;
    if (!(await this.#isConfirming(session))) {
      this.#answersSince = null;
      return beats.pollEveryMs;
    }
    // A leader that had to wait for the database, too, gets the time for a beat.
    if (monotonic - this.#answersSince < beats.beatEveryMs) return beats.pollEveryMs;
    return step === 'lead' ? await this.#lead(session) : await this.#unseat(session, seen);
  }

  async #look(session: Session): Promise<LeaderSeen | undefined> {
    const [seen] = await session.query<LeaderSeen>(
      `SELECT token, leader, version,
         coalesce(extract(epoch FROM clock_timestamp() - beat) * 1000, 'Infinity')::float8 AS "beatAgeMs"
       FROM node_state WHERE role = 'truth'`,
    );
    return seen;
  }

  /**
   * Whether the database confirms commits, without which the leader is silent and no other node could lead. A message in
   * its log is the smallest commit that waits for a synchronous standby.
   */
  async #isConfirming(session: Session): Promise<boolean> {
    const { lease } = this.#parts;
    const sent = lease.moment().monotonic;
    await session.query(`SELECT pg_logical_emit_message(true, 'paracord-node', '')`);
    // If it had to wait, the leader's beat may have waited, too.
    return lease.moment().monotonic - sent < confirmedMsMax;
  }

  async #unseat(session: Session, { beatAgeMs }: LeaderSeen): Promise<number> {
    this.#parts.log.warn(
      { silentMs: Math.round(beatAgeMs) },
      'the holder of the lock is silent: ending its session',
    );
    await session.query(
      `SELECT pg_terminate_backend(pid) FROM pg_locks
       WHERE locktype = 'advisory' AND classid = 0 AND objid = $1 AND objsubid = 1 AND granted
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
         AND pid <> pg_backend_pid()`,
      [lockKey],
    );
    return unseatedAgainMs;
  }

  async #tryLock(session: Session): Promise<void> {
    if (this.#hasLock) return;
    const [row] = await session.query<{ got: boolean }>('SELECT pg_try_advisory_lock($1) AS got', [lockKey]);
    this.#hasLock = row?.got === true;
  }

  async #unlock(session: Session): Promise<void> {
    if (!this.#hasLock) return;
    this.#hasLock = false;
    await session.query('SELECT pg_advisory_unlock($1)', [lockKey]);
  }

  async #lead(session: Session): Promise<number> {
    const { lease, self, onLead } = this.#parts;
    const sent = lease.moment();
    const [row] = await session.query<{ token: number }>(
      `UPDATE node_state SET token = token + 1, leader = $1, beat = clock_timestamp()
       WHERE role = 'truth' AND (beat IS NULL OR beat <= clock_timestamp() - $2 * interval '1 ms')
       RETURNING token`,
      [self(), beats.leaseMs + beats.marginMs],
    );
    if (row === undefined) return beats.pollEveryMs;
    lease.renew(sent);
    this.#token = row.token;
    await session.query('UNLISTEN *');
    onLead(row.token);
    return beats.beatEveryMs;
  }

  /**
   * Returns the pause before the next beat. `locked-out`: nobody else leads, but another session has the lock, so this
   * node can't write a beat. It ends that session like a standby, unless the other one leads before that.
   */
  async #beat(session: Session): Promise<number | 'locked-out'> {
    const { lease } = this.#parts;
    await this.#tryLock(session);
    if (!this.#hasLock) {
      const seen = await this.#look(session);
      if (seen?.token === this.#token) {
        if (nextStep({ hasLock: false, beatAgeMs: seen.beatAgeMs }) === 'unseat')
          await this.#unseat(session, seen);
        return 'locked-out';
      }
      this.#stepDown();
      return beats.pollEveryMs;
    }
    const sent = lease.moment();
    if (!(await this.#writeBeat(session))) {
      this.#stepDown();
      return beats.pollEveryMs;
    }
    this.#isAnnounced = true;
    // A stopped process that continues here has sent this beat long ago.
    lease.renew(sent);
    return Math.max(0, beats.beatEveryMs - (lease.moment().monotonic - sent.monotonic));
  }

  /** While this node can't be interrupted, the beat is dated ahead. False if another node leads. */
  async #writeBeat(session: Session): Promise<boolean> {
    const stored = await session.query(
      `UPDATE node_state SET beat = clock_timestamp() + $3 * interval '1 ms', leader = coalesce($2, leader)
       WHERE token = $1 RETURNING version`,
      [this.#token, this.#isAnnounced ? null : this.#parts.self(), this.#pieces > 0 ? uninterruptedMsMax : 0],
    );
    return stored.length > 0;
  }

  /** As `Lead.uninterrupted`. */
  async uninterrupted<T>(work: () => Promise<T>): Promise<T> {
    this.#pieces++;
    try {
      // If the database doesn't answer, nobody takes over, and what the work writes fails by itself.
      if (this.#token !== null && this.#session !== null && this.#hasLock)
        await this.#writeBeat(this.#session).catch(() => {});
      return await work();
    } finally {
      this.#pieces--;
    }
  }

  #stepDown(): void {
    this.#token = null;
    this.#parts.lease.end();
    this.#parts.onLost();
  }

  /** So that a standby doesn't have to wait. Only after this node has stopped signing and answering. */
  async #resign(): Promise<void> {
    this.#parts.lease.end();
    try {
      if (this.#token !== null && this.#session !== null)
        await this.#session.query('UPDATE node_state SET beat = NULL WHERE token = $1', [this.#token]);
    } catch {
      // Then the standby waits until the lease has expired.
    }
    this.#token = null;
    await this.#closeSession();
  }

  /** Gives up the lead, if this node has it. Call it when nothing is written or signed any more. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#wake();
    await this.#done;
  }
}
