import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { systemPorts } from '../../../main/kernel/ports.ts';
import { DatabaseAddress } from '../../../main/store/postgres/address.ts';
import { connectTo, type Session } from '../../../main/store/postgres/connect.ts';
import { prepareDatabase } from '../../../main/store/postgres/copy-file.ts';
import { digestsIn, digestsOf } from '../../../main/store/postgres/copying.ts';
import { inTransaction, takeToken } from '../../../main/store/postgres/database-state.ts';
import { tablesOf } from '../../../main/store/postgres/schema.ts';
import { SharedDatabase } from '../../../main/store/postgres/shared-database.ts';
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

/** A store on a database, whose node is the leader. */
export async function lead(t: TestContext, url: string, path: string) {
  const address = new DatabaseAddress(url);
  await prepareDatabase(address, path);
  const token = await ask(address, (session) => takeToken(session));
  return await open(t, { address, path, token });
}

/** A store of another node on the same database, which only follows. */
export const follow = (t: TestContext, { address }: { address: DatabaseAddress }, path: string) =>
  open(t, { address, path, token: null });

async function open(
  t: TestContext,
  { token, ...at }: { address: DatabaseAddress; path: string; token: number | null },
) {
  const database = await SharedDatabase.open({ ...at, clock: systemPorts.clock }, token);
  const store = new Store(at.path, { ...systemPorts, database });
  let isClosed = false;
  const close = async () => {
    if (isClosed) return;
    isClosed = true;
    await store.close();
  };
  atEnd(t, close);
  const put = (key: string, value: string) => store.writer.write(() => store.meta.put(key, value));
  return { address: at.address, database, store, put, close };
}

/** Fails unless the copy and the database have the same rows. */
export async function assertEqual({
  address,
  database,
}: Pick<Awaited<ReturnType<typeof lead>>, 'address' | 'database'>): Promise<void> {
  const tables = tablesOf(database.copy);
  const theirs = await ask(address, (session) => inTransaction(session, () => digestsIn(session, tables)));
  assert.deepEqual(await digestsOf(database.copy, tables), theirs);
}
