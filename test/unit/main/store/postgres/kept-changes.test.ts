import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createFile } from '../../../../../main/store/database.ts';
import { DatabaseUnreachableError, type Session } from '../../../../../main/store/postgres/connect.ts';
import { CopyTooOldError } from '../../../../../main/store/postgres/database-state.ts';
import { KeptChanges } from '../../../../../main/store/postgres/kept-changes.ts';
import { tablesOf } from '../../../../../main/store/postgres/schema.ts';

/** One look at the database for each call of `look`. Its answer is what `answer` returns then. */
function keeping(t: TestContext, answer: (after: number) => object[]) {
  const db = createFile(':memory:');
  db.prepare('INSERT INTO copy_state (one, database, version, stamp) VALUES (1, ?, ?, ?)').run('d', 5, 's5');
  let isClosed = false;
  const session = {
    query: async (_: string, [after = 0]: readonly number[]) => answer(after),
    close: async () => {
      isClosed = true;
    },
  } as unknown as Session;
  let looked = Promise.withResolvers<() => void>();
  const clock = {
    after: (_: number, run: () => void) => {
      looked.resolve(run);
      return () => {};
    },
  };
  const kept = new KeptChanges(session, db, { version: 5, stamp: 's5' }, clock);
  t.after(async () => {
    await kept.end();
    assert.ok(isClosed);
    db.close();
  });
  const look = async () => {
    const again = await looked.promise;
    looked = Promise.withResolvers();
    again();
  };
  const apply = async () => {
    let at = 5;
    await kept.apply(tablesOf(db), ({ version }) => {
      at = version;
    });
    return at;
  };
  const meta = (key: string) => db.prepare('SELECT value FROM meta WHERE key = ?').pluck().get(key);
  return { kept, look, apply, meta, idle: () => looked.promise };
}

const put = (version: number, key: string, value: string) => ({
  ...{ version, stamp: `s${version}`, before: `s${version - 1}` },
  changes: { meta: { put: [{ key, value }] } },
});

test('what is committed while a copy is made is applied to it in its order', async (t) => {
  const log = Array.from({ length: 300 }, (_, at) => put(6 + at, at % 2 === 0 ? 'even' : 'odd', String(at)));
  let committed = 0;
  const answer = (after: number) =>
    log
      .slice(0, committed)
      .filter(({ version }) => version > after)
      .slice(0, 100);
  const { look, idle, apply, meta } = keeping(t, answer);
  for (committed of [1, 150, 300]) await look();
  await idle();
  assert.equal(await apply(), 305);
  assert.deepEqual([meta('even'), meta('odd')], ['298', '299']);
});

test('a copy is given up as soon as the database has lost a change, or can’t be reached', async (t) => {
  for (const [failure, error] of [
    [() => [put(7, 'key', 'later')], CopyTooOldError],
    [() => [{ ...put(6, 'key', 'other'), before: 'other' }], CopyTooOldError],
    [
      () => {
        throw new DatabaseUnreachableError('gone');
      },
      DatabaseUnreachableError,
    ],
  ] as const) {
    let answer: () => object[] = () => [];
    const { kept, look, idle, apply, meta } = keeping(t, () => answer());
    await look();
    await idle();
    kept.check();
    answer = failure;
    await look();
    await new Promise(setImmediate);
    assert.throws(() => kept.check(), error);
    await assert.rejects(apply(), error);
    assert.equal(meta('key'), undefined);
  }
});
