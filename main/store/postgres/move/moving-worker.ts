import { parentPort, workerData } from 'node:worker_threads';
import { openSqlite } from '../../open-file.ts';
import { DatabaseAddress } from '../address.ts';
import { connectTo, type Session } from '../connect.ts';
import { copyToDatabase, type Digests, digestsIn, digestsOf } from '../copying.ts';
import { tablesOf } from '../schema.ts';
import type { Compared, MovingAnswer, MovingOrder, MovingTask } from './moving.ts';
import { createForFilling } from './roles.ts';

/** Reads everything on both sides while the node works on: copies it, and compares it. */
const { path, url } = workerData as MovingTask;
const db = openSqlite(path, { readonly: true, fileMustExist: true });
const tables = tablesOf(db);
let session: Session | null = null;

const connected = async (): Promise<Session> => {
  session ??= await connectTo(new DatabaseAddress(url), { statementMs: 0 });
  return session;
};

/** Holds what the file has at this moment, until the next one. */
function openFile(): void {
  if (db.inTransaction) db.exec('COMMIT');
  db.exec('BEGIN');
  db.prepare('SELECT count(*) FROM sqlite_master').get();
}

async function openDatabase(): Promise<Session> {
  const own = await connected();
  await own.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  // The snapshot begins with the first statement.
  await own.query('SELECT version FROM node_state');
  return own;
}

let compared: Session | null = null;

async function carryOut(order: MovingOrder): Promise<Compared | null> {
  switch (order.do) {
    case 'fill': {
      openFile();
      const own = await connected();
      await own.query('BEGIN');
      await createForFilling(own, tables, order);
      await copyToDatabase(db, own, tables, (done, total) => say({ step: 'copied', done, total }));
      await own.query('COMMIT');
      return null;
    }
    case 'open':
      openFile();
      if (order.both) compared = await openDatabase();
      return null;
    case 'compare': {
      compared ??= await openDatabase();
      const here = await digestsOf(db, tables);
      const there = await digestsIn(compared, tables);
      await compared.query('COMMIT');
      compared = null;
      return { tables: Object.keys(here).length, rows: rowsIn(here), differs: difference(here, there) };
    }
  }
}

const rowsIn = (found: Digests): number => Object.values(found).reduce((sum, { count }) => sum + count, 0);

/** The first table that differs. */
function difference(here: Digests, there: Digests): string | null {
  const names = Object.keys({ ...here, ...there });
  const differs = (name: string) =>
    here[name]?.count !== there[name]?.count || here[name]?.digest !== there[name]?.digest;
  return names.find(differs) ?? null;
}

const say = (answer: MovingAnswer): void => parentPort?.postMessage(answer);

parentPort?.on('message', (order: MovingOrder) => {
  carryOut(order).then(
    (compared) => say({ step: 'done', compared }),
    ({ message, code = '', reason = message }: Error & { code?: string; reason?: string }) =>
      say({ step: 'failed', message, code, reason }),
  );
});
