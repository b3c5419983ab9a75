import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import SQLite from 'better-sqlite3';
import { Writer } from '../../../../main/store/writer.ts';

/** A writer with an engine whose commits the test lets succeed or fail. */
function writerFor(t: TestContext) {
  const db = new SQLite(':memory:');
  t.after(() => db.close());
  db.exec('CREATE TABLE jobs (name TEXT)');
  const steps: string[] = [];
  let trouble: Error | null = null;
  let commit = Promise.withResolvers<void>();
  const engine = {
    get lost() {
      return trouble;
    },
    async transaction<T>(run: () => T): Promise<T> {
      db.exec('BEGIN');
      try {
        const value = run();
        steps.push('sent');
        await commit.promise;
        db.exec('COMMIT');
        return value;
      } catch (error) {
        db.exec('ROLLBACK');
        throw error;
      } finally {
        commit = Promise.withResolvers();
      }
    },
  };
  const writer = new Writer(
    db,
    queueMicrotask,
    () => steps.push('undone'),
    () => {},
    null,
    undefined,
    null,
    engine,
  );
  const insert = db.prepare('INSERT INTO jobs VALUES (?)');
  return {
    writer,
    steps,
    put: (name: string) => writer.write(() => insert.run(name)),
    names: () => db.prepare('SELECT name FROM jobs').pluck().all(),
    /** The transaction that was sent, or is sent next. */
    commits: () => commit.resolve(),
    fails: (error: Error) => commit.reject(error),
    lose: (error: Error) => {
      trouble = error;
    },
    turn: () => new Promise<void>((resolve) => setImmediate(resolve)),
  };
}

const lost = new Error('gone');

test('jobs that arrive while an engine commits share the next transaction', async (t) => {
  const { put, steps, turn, commits, writer } = writerFor(t);
  const first = put('a');
  await turn();
  const more = [put('b'), put('c')];
  await turn();
  assert.deepEqual(steps, ['sent']);
  const onDisk = writer.onDisk();
  assert.ok(onDisk, 'what can be read already must not leave');
  commits();
  await Promise.all([first, onDisk]);
  await turn();
  assert.deepEqual(steps, ['sent', 'sent']);
  commits();
  await Promise.all(more);
  assert.equal(writer.onDisk(), null);
});

test('a lost engine fails all jobs at once, and nothing leaves any more', async (t) => {
  const made = writerFor(t);
  const { writer, steps, turn, names } = made;
  const jobs = Promise.allSettled([made.put('a'), made.put('b')]);
  await turn();
  const reader = writer.onDisk();
  made.lose(lost);
  made.fails(lost);
  const outcomes = (await jobs) as PromiseRejectedResult[];
  assert.deepEqual(
    outcomes.map(({ reason }) => reason),
    [lost, lost],
  );
  assert.deepEqual(steps, ['sent', 'undone'], 'it is not tried job by job');
  assert.deepEqual(names(), []);
  await assert.rejects(reader ?? Promise.resolve(), lost);
  await assert.rejects(writer.onDisk() ?? Promise.resolve(), lost);
  await assert.rejects(made.put('c'), lost);
  await assert.rejects(writer.onDisk() ?? Promise.resolve(), lost);
});

test('a job that the engine refuses fails alone', async (t) => {
  const { put, turn, commits, fails, names } = writerFor(t);
  const jobs = Promise.allSettled([put('a'), put('b')]);
  await turn();
  fails(new Error('too long'));
  await turn();
  fails(new Error('too long'));
  await turn();
  commits();
  assert.deepEqual(
    (await jobs).map(({ status }) => status),
    ['rejected', 'fulfilled'],
  );
  assert.deepEqual(names(), ['b']);
});
