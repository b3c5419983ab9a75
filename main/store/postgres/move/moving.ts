/**
 * Moves the data from node.db to PostgreSQL and back, while the node writes. What each step is for, and which write
 * decides: docs/decisions/0068-one-write-decides-a-move.md. When to do which step: truth.ts.
 */
import { Worker } from 'node:worker_threads';
import { refusal } from '../../../../shared/words/refusal.ts';
import { type Said, said } from '../../../../shared/words/said.ts';
import type { Clock } from '../../../kernel/ports.ts';
import type { Progress } from '../../../work.ts';
import type { Db } from '../../database.ts';
import { currentSchema } from '../../migrations/index.ts';
import type { Writer } from '../../writer.ts';
import type { DatabaseAddress } from '../address.ts';
import { ChangeCapture, type Changes } from '../changes.ts';
import { connectTo, type Session, type SessionOptions } from '../connect.ts';
import { sessionLimits } from '../leadership.ts';
import { tablesOf } from '../schema.ts';
import {
  becomeCopy,
  becomeTruth,
  describeDatabase,
  type NewDatabase,
  newName,
  noteLeaving,
  openForUse,
  tryLock,
} from './roles.ts';
import { type Moved, nextStep, targetFor } from './truth.ts';

/** The node's file, and the writer that moves with it. */
export interface Ground {
  /** Of node.db. */
  readonly path: string;
  readonly db: Db;
  readonly writer: Pick<Writer, 'write' | 'together'>;
}

/** How the owner follows a move. */
export interface Watch {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
  /** From now on it can't be canceled. */
  readonly onSettled: () => void;
  readonly clock: Pick<Clock, 'after'>;
}

export interface MoveResult {
  readonly tables: number;
  readonly rows: number;
  /** For how long nothing could be written, in ms. */
  readonly pausedMs: number;
}

export interface MovingTask {
  readonly path: string;
  readonly url: string;
}
/**
 * `fill`: create the tables and copy everything. `open`: hold what the file has at this moment, and with `both` what the
 * database has. `compare`: that with what is held of the database, or with what it has now.
 */
export type MovingOrder =
  | ({ readonly do: 'fill' } & NewDatabase)
  | { readonly do: 'open'; readonly both: boolean }
  | { readonly do: 'compare' };
export type MovingAnswer =
  | { readonly step: 'copied'; readonly done: number; readonly total: number }
  | { readonly step: 'done'; readonly compared: Compared | null }
  | { readonly step: 'failed'; readonly message: string; readonly code: string; readonly reason: string };
export interface Compared {
  readonly tables: number;
  readonly rows: number;
  /** The first table that differs. */
  readonly differs: string | null;
}

/** Another thread, which reads both sides. It gets one order at a time. */
class MovingThread {
  readonly #worker: Worker;
  readonly #settle = { current: Promise.withResolvers<Compared | null>() };

  constructor(task: MovingTask, { onProgress }: Pick<Watch, 'onProgress'>) {
    this.#settle.current.promise.catch(() => {});
    this.#worker = new Worker(new URL('./moving-worker.ts', import.meta.url), { workerData: task });
    this.#worker.on('message', (answer: MovingAnswer) => {
      if (answer.step === 'done') this.#settle.current.resolve(answer.compared);
      else if (answer.step === 'failed')
        this.#settle.current.reject(Object.assign(new Error(answer.message), answer));
      else {
        const { done, total } = answer;
        onProgress({ done, total, text: said('work.rows', { done, total }) });
      }
    });
    this.#worker.on('error', (error) => this.#settle.current.reject(error));
    this.#worker.on('exit', () => this.#settle.current.reject(new Error('the copying thread ended')));
  }

  async order(order: MovingOrder): Promise<Compared | null> {
    this.#settle.current = Promise.withResolvers();
    this.#worker.postMessage(order);
    return await this.#settle.current.promise;
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }
}

/** Runs `work` while nothing is written. Resolves with its value, and for how many milliseconds that was. */
async function hold<T>(writer: Ground['writer'], work: () => Promise<T>): Promise<{ value: T; ms: number }> {
  const held = writer.together<null, { value: T; ms: number }>(async () => {
    const began = performance.now();
    const value = await work();
    const ms = Math.round(performance.now() - began);
    return () => [{ value, ms }];
  });
  return await held(null);
}

/** While it waits, nobody can write: a database that is too slow for a switch gets another chance later. */
const switchMsMax = 900;

async function soon<T>(work: Promise<T>, clock: Pick<Clock, 'after'>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const cancel = clock.after(switchMsMax, () => late.reject(new Error('the database was too slow')));
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    cancel();
  }
}

async function reach(address: DatabaseAddress, options?: SessionOptions): Promise<Session> {
  try {
    return await connectTo(address, options);
  } catch (error) {
    throw refusal(
      'SERVICE_UNAVAILABLE',
      said('move.unreachable', { place: String(address), detail: reasonOf(error) }),
    );
  }
}

const reasonOf = (error: unknown): string => {
  const { reason, message } = error as { reason?: string; message: string };
  return reason ?? message;
};

/**
 * Refuses with a sentence, before anything is changed. From then on `lock` holds the database's lock. Returns the highest
 * token that a node had there.
 */
async function refuseWrongTarget(
  session: Session,
  lock: Session,
  address: DatabaseAddress,
  own: string | null,
): Promise<number> {
  const { role, schema, server, token } = await describeDatabase(session);
  const place = String(address);
  if (schema !== null && schema > currentSchema)
    throw refusal('CONFLICT', said('move.newer', { place, schema, known: currentSchema }));
  const target = targetFor(role, server, own);
  if (own === null && server !== null && (target === 'in-use' || target === 'other-server'))
    throw refusal('CONFLICT', said('move.lacks_identity', { place, server }));
  switch (target) {
    case 'not-empty':
      throw refusal('CONFLICT', said('move.foreign', { place }));
    case 'in-use':
      throw refusal('CONFLICT', said('move.in_use', { place }));
    case 'other-server':
      throw refusal('CONFLICT', said('move.other_server', { place, server: server ?? '' }));
  }
  if (!(await tryLock(lock))) throw refusal('CONFLICT', said('move.busy', { place }));
  return token;
}

/** What the node needs to continue with the database. */
export interface NowInUse {
  readonly session: Session;
  /** Another session, which holds the database's lock; see `Leadership`. */
  readonly lock: Session;
  readonly capture: ChangeCapture;
  readonly token: number;
}

/** Runs `move` with a thread that ends with it, also if the owner cancels. Errors become refusals with a sentence. */
async function withThread<T>(
  task: MovingTask,
  place: string,
  watch: Watch,
  move: (thread: MovingThread) => Promise<T>,
): Promise<T> {
  const { signal } = watch;
  const thread = new MovingThread(task, watch);
  const stop = () => void thread.stop();
  signal.addEventListener('abort', stop);
  try {
    return await move(thread);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if ((error as { said?: Said }).said !== undefined) throw error;
    const detail = reasonOf(error);
    if ((error as { code?: string }).code === '42501')
      throw refusal('CONFLICT', said('move.denied', { place, detail }));
    throw refusal('SERVICE_UNAVAILABLE', said('move.lost', { place, detail }));
  } finally {
    signal.removeEventListener('abort', stop);
    await thread.stop();
  }
}

function refuseDifferent(compared: Compared | null, place: string): Compared {
  if (compared === null) throw new Error('nothing was compared');
  const { differs } = compared;
  if (differs !== null) throw refusal('INTERNAL_ERROR', said('move.differs', { place, table: differs }));
  return compared;
}

/**
 * Throws a refusal with a sentence; then the data is where it was. `server`: whose data it is, null if nobody's yet.
 * `attach` makes the writer continue with the database, and returns whether this node takes part in the election there; it
 * runs while nothing is written.
 */
export async function moveToDatabase(
  { path, db, writer }: Ground,
  address: DatabaseAddress,
  server: string | null,
  watch: Watch,
  attach: (use: NowInUse) => boolean,
): Promise<MoveResult> {
  const place = String(address);
  const session = await reach(address);
  let lock: Session | null = null;
  let capture: ChangeCapture | null = null;
  let isAttached = false;
  try {
    return await withThread({ path, url: address.url }, place, watch, async (thread) => {
      const locking = await reach(address, sessionLimits);
      lock = locking;
      const token = (await refuseWrongTarget(session, locking, address, server)) + 1;
      const made = { id: newName(), schema: currentSchema, version: 1, stamp: newName(), token };
      const { value: noting } = await hold(writer, async () => new ChangeCapture(db, tablesOf(db)));
      capture = noting;
      const mover = new Mover({ path, db, writer }, session, made, noting);
      let moved: Moved = { isCopied: false, isVerified: false, roundMs: 0, rounds: 0 };
      let compared: Compared | null = null;
      for (;;) {
        watch.signal.throwIfAborted();
        switch (nextStep(moved)) {
          case 'copy':
            await thread.order({ do: 'fill', ...made });
            moved = { ...moved, isCopied: true, rounds: 0 };
            break;
          case 'follow':
            watch.onProgress({ done: 0, total: null, text: said('work.following') });
            moved = { ...moved, roundMs: await mover.follow(), rounds: moved.rounds + 1 };
            break;
          case 'verify':
            await mover.level(() => thread.order({ do: 'open', both: false }));
            compared = refuseDifferent(await thread.order({ do: 'compare' }), place);
            moved = { ...moved, isVerified: true, rounds: 0 };
            break;
          case 'switch': {
            watch.onSettled();
            if (!locking.isOpen) throw new Error('the connection that holds the lock broke');
            const pausedMs = await mover.change(() => {
              const isLed = attach({ session, lock: locking, capture: noting, token });
              isAttached = true;
              return isLed;
            }, watch.clock);
            return { tables: compared?.tables ?? 0, rows: compared?.rows ?? 0, pausedMs };
          }
        }
      }
    });
  } finally {
    const noting = capture as ChangeCapture | null;
    if (!isAttached) {
      await hold(writer, async () => noting?.end()).catch(() => {});
      await (lock as Session | null)?.close();
      await session.close();
    }
  }
}

/** Brings what changed in the file to a database that a move fills. */
class Mover {
  readonly #ground: Ground;
  readonly #session: Session;
  readonly #capture: ChangeCapture;
  readonly #made: NewDatabase;
  #version: number;
  #stamp: string;

  constructor(ground: Ground, session: Session, made: NewDatabase, capture: ChangeCapture) {
    this.#ground = ground;
    this.#session = session;
    this.#made = made;
    this.#version = made.version;
    this.#stamp = made.stamp;
    this.#capture = capture;
  }

  async #store(changes: Changes | null): Promise<void> {
    if (changes === null) return;
    const [version, stamp] = [this.#version + 1, newName()];
    const params = [this.#made.token, version, stamp, JSON.stringify(changes)];
    await this.#session.query('SELECT pn_commit($1, $2, $3, $4)', params);
    [this.#version, this.#stamp] = [version, stamp];
  }

  /** One round while others write. Resolves with the milliseconds it took. */
  async follow(): Promise<number> {
    const began = performance.now();
    const changes = await this.#ground.writer.write(({ afterCommit }) => {
      afterCommit(() => this.#capture.committed());
      return this.#capture.collect();
    });
    await this.#store(changes);
    return performance.now() - began;
  }

  /** While nothing is written. */
  #collect(): Changes | null {
    const changes = this.#ground.db.transaction(() => this.#capture.collect()).immediate();
    this.#capture.committed();
    return changes;
  }

  /** Afterwards the database has what the file had when `open` ran. */
  async level(open: () => Promise<unknown>): Promise<void> {
    const { value } = await hold(this.#ground.writer, async () => {
      await open();
      return this.#collect();
    });
    await this.#store(value);
  }

  /** The switch. Resolves with the milliseconds for which nothing could be written. */
  async change(attach: () => boolean, clock: Pick<Clock, 'after'>): Promise<number> {
    const { db, writer } = this.#ground;
    const { id } = this.#made;
    const { ms } = await hold(writer, async () => {
      await soon(this.#store(this.#collect()), clock);
      becomeCopy(db, id, this.#version, this.#stamp);
      // PostgreSQL is the truth from here on. If it doesn't learn that now, it will at the next start. A leader's first beat
      // comes with that, so that another node doesn't find the database without a leader.
      openForUse(this.#session, id, attach()).catch(() => {});
    });
    return ms;
  }
}

/** A database in use, as a move back needs it. */
export interface ToLeave {
  readonly address: DatabaseAddress;
  /** Decides the move. False if another node writes there now; then nothing has changed. Rejects if nobody knows. */
  readonly leave: (leaving: string) => Promise<boolean>;
  /** After that, if its outcome is unknown: whether it did. Rejects if the database can't be asked. */
  readonly hasLeft: (leaving: string) => Promise<boolean>;
}

/** Throws a refusal with a sentence; then the data is where it was. `detach` makes the writer continue with the file. */
export async function moveToFile(
  { path, db, writer }: Ground,
  { address, leave, hasLeft }: ToLeave,
  watch: Watch,
  detach: () => void,
): Promise<MoveResult> {
  const place = String(address);
  return await withThread({ path, url: address.url }, path, watch, async (thread) => {
    await hold(writer, () => thread.order({ do: 'open', both: true }));
    const { tables, rows } = refuseDifferent(await thread.order({ do: 'compare' }), path);
    watch.onSettled();
    const { ms } = await hold(writer, async () => {
      const leaving = newName();
      // With this, all that the file lacks on disk is there, too.
      noteLeaving(db, leaving);
      await soon(leave(leaving), watch.clock).then(
        (left) => {
          if (!left) throw refusal('CONFLICT', said('move.busy', { place }));
        },
        async (error) => {
          const left = await soon(hasLeft(leaving), watch.clock).catch(() => {
            throw refusal('SERVICE_UNAVAILABLE', said('move.undecided', { place }));
          });
          if (!left) throw error;
        },
      );
      becomeTruth(db);
      detach();
    });
    return { tables, rows, pausedMs: ms };
  });
}
