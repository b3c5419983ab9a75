import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { systemPorts } from '../../../main/kernel/ports.ts';
import { DatabaseAddress } from '../../../main/postgres/address.ts';
import { connectTo, type Session } from '../../../main/postgres/connect.ts';
import { type Copy, type CopyOptions, openCopy, prepareDatabase } from '../../../main/postgres/copy.ts';
import { digestsIn, digestsOf } from '../../../main/postgres/copying.ts';
import { PostgresEngine } from '../../../main/postgres/engine.ts';
import { Lead } from '../../../main/postgres/lead.ts';
import { tablesOf } from '../../../main/postgres/schema.ts';
import type { Db } from '../../../main/store/database.ts';
import { Store } from '../../../main/store/store.ts';
import { atEnd } from '../at-end.ts';

/** `work` in a session of its own. */
export async function ask<T>(address: DatabaseAddress, work: (session: Session) => Promise<T>): Promise<T> {
  const session = await connectTo(address);
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}

/** A store on a database, whose node has the last token. Another node may lead. */
export async function lead(t: Pick<TestContext, 'after'>, url: string, path: string, copy?: Copy) {
  const address = new DatabaseAddress(url);
  const session = await connectTo(address);
  await prepareDatabase(session, { address, path });
  const holding = await Lead.begin(session, 'test', systemPorts.clock);
  const engine = await PostgresEngine.open({ address, path }, holding, copy ?? null);
  const store = new Store(path, { ...systemPorts, engine });
  let isClosed = false;
  const close = async () => {
    if (isClosed) return;
    isClosed = true;
    await store.close();
  };
  atEnd(t, close);
  const put = (key: string, value: string) => store.writer.write(() => store.meta.put(key, value));
  const get = (key: string) => store.meta.get(key);
  return { address, lead: holding, engine, copy: engine.copy, store, put, get, close };
}

/** The copy of another node on the same database, which only follows. */
export async function follow(t: Pick<TestContext, 'after'>, options: CopyOptions) {
  const session = await connectTo(options.address);
  atEnd(t, () => session.close());
  const copy = await openCopy(session, options);
  atEnd(t, () => copy.db.close());
  const read = copy.db.prepare<[string], string>('SELECT value FROM meta WHERE key = ?').pluck();
  return { copy, session, get: (key: string) => read.get(key), follow: () => copy.follow(session) };
}

/** Fails unless the copy and the database have the same rows. */
export async function assertEqual(address: DatabaseAddress, copy: Db): Promise<void> {
  const tables = tablesOf(copy);
  const theirs = await ask(address, async (session) => {
    await session.query('BEGIN');
    return await digestsIn(session, tables);
  });
  assert.deepEqual(await digestsOf(copy, tables), theirs);
}
