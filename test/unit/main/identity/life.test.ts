import assert from 'node:assert/strict';
import {
  copyFileSync,
  cpSync,
  existsSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import SQLite from 'better-sqlite3';
import { Life, restoredAt } from '../../../../main/identity/life.ts';
import { systemPorts } from '../../../../main/kernel/ports.ts';
import { lockDataFolder } from '../../../../main/store/data-lock.ts';
import { Store } from '../../../../main/store/store.ts';
import { putEvent, putQueued } from '../../../support/put-rows.ts';
import { tempDir } from '../../../support/temp.ts';
import { inEnglish } from '../../../support/words.ts';

interface Run {
  readonly warnings: readonly string[];
  readonly restored: boolean;
  readonly epoch: string | undefined;
  readonly states: readonly string[];
}

/** The part of a node's run that matters to its life, on this folder, with something stored and something waiting. */
async function run(dataDir: string, during: (store: Store) => Promise<void> | void = () => {}): Promise<Run> {
  const lock = lockDataFolder(dataDir);
  const store = new Store(join(dataDir, 'node.db'), systemPorts);
  const warnings: string[] = [];
  const life = new Life({ ...systemPorts, store, dataDir, warn: (news) => warnings.push(inEnglish(news)) });
  await Promise.all([life.begin(), life.begin()]);
  const before = restoredAt(store);
  await enqueue(store);
  await during(store);
  const states = store.outbox
    .page('b.test', 0, 100)
    .map((row) => `${row.state} ${row.last_error ?? ''}`.trim());
  const epoch = store.meta.get('epoch');
  await store.close();
  lock.release();
  return { warnings, restored: before !== null && warnings.length > 0, epoch, states };
}

async function enqueue(store: Store): Promise<void> {
  const at = store.events.lastSeq() + 1;
  await store.writer.write(() => {
    const envelope = {
      event_id: `$${at}:a.test`,
      room_id: '!1:a.test',
      event_type: 'm.message',
      sender: '@a:a.test',
      origin_server: 'a.test',
      origin_ts: at,
      depth: at,
    };
    const seq = putEvent(store, { envelope: envelope as never });
    putQueued(store, { destination: 'b.test', roomId: '!1:a.test', seq, at });
  });
}

const lifeOf = (dir: string) => JSON.parse(readFileSync(join(dir, 'life.json'), 'utf8')) as { life: string };

async function folder(t: TestContext) {
  const dir = join(tempDir(t), 'node');
  const first = await run(dir);
  return { dir, first };
}

test('a new folder starts its first life without a warning, and each run gives it another', async (t) => {
  const { dir, first } = await folder(t);
  assert.deepEqual([first.warnings, first.states], [[], ['queued']]);
  assert.equal(statSync(join(dir, 'life.json')).mode & 0o777, 0o600);
  const before = lifeOf(dir).life;
  const second = await run(dir);
  assert.notEqual(lifeOf(dir).life, before);
  assert.deepEqual([second.warnings, second.states], [[], ['queued', 'queued']]);
  assert.equal(second.epoch, first.epoch);
});

test('a database from an earlier run gets a new epoch, sends its queue again, and warns the owner once', async (t) => {
  const { dir, first } = await folder(t);
  const kept = join(dir, '..', 'kept.db');
  copyFileSync(join(dir, 'node.db'), kept);
  await run(dir);
  for (const file of ['node.db', 'node.db-wal', 'node.db-shm']) rmSync(join(dir, file), { force: true });
  copyFileSync(kept, join(dir, 'node.db'));
  const back = await run(dir);
  assert.equal(back.restored, true);
  assert.notEqual(back.epoch, first.epoch);
  assert.deepEqual(back.states, ['queued', 'queued'], 'what waited is sent again');
  assert.match(
    back.warnings[0] ?? '',
    /restored from a backup or copied\. 1 event was waiting .* sent again/,
  );
  const after = await run(dir);
  assert.deepEqual(after.warnings, []);
  assert.deepEqual(after.states, ['queued', 'queued', 'queued']);
  assert.equal(after.epoch, back.epoch);
});

test('a copy of the whole folder is noticed, and the original folder is unaffected', async (t) => {
  const { dir, first } = await folder(t);
  const copy = join(dir, '..', 'copy');
  cpSync(dir, copy, { recursive: true });
  const original = await run(dir);
  assert.deepEqual([original.warnings, original.epoch], [[], first.epoch]);
  const copied = await run(copy);
  assert.equal(copied.restored, true);
  assert.notEqual(copied.epoch, first.epoch);
  assert.deepEqual((await run(copy)).warnings, []);
});

test('an older copy of the whole folder put in its place is noticed', async (t) => {
  const { dir } = await folder(t);
  const copy = join(dir, '..', 'copy');
  cpSync(dir, copy, { recursive: true });
  await run(dir);
  rmSync(dir, { recursive: true });
  cpSync(copy, dir, { recursive: true });
  assert.equal((await run(dir)).restored, true);
});

test('a database without a readable life file counts as a copy', async (t) => {
  const { dir } = await folder(t);
  rmSync(join(dir, 'life.json'));
  assert.equal((await run(dir)).restored, true);
  for (const nonsense of ['', '{', '{"life":7}', 'null']) {
    writeFileSync(join(dir, 'life.json'), nonsense);
    assert.equal((await run(dir)).restored, true, nonsense);
  }
});

/** A copy of the folder of a node that was killed, after `during`. The life's writes are in the file itself. */
async function killed(
  t: TestContext,
  name: string,
  during: (store: Store) => Promise<unknown> = async () => {},
) {
  const { dir } = await folder(t);
  const copy = join(dir, '..', name);
  await run(dir, async (store) => {
    const db = new SQLite(join(dir, 'node.db'));
    db.pragma('wal_checkpoint(TRUNCATE)');
    db.close();
    await during(store);
    cpSync(dir, copy, { recursive: true });
  });
  writeFileSync(join(copy, 'life.json'), JSON.stringify({ ...lifeOf(copy), born: null }));
  return { dir: copy, log: join(copy, 'node.db-wal'), index: join(copy, 'node.db-shm') };
}

test('a database that has lost its log counts as restored, unless it was closed', async (t) => {
  const whole = await killed(t, 'whole', (store) => enqueue(store));
  assert.equal((await run(whole.dir)).restored, false, 'killed, with its log');
  const lost = await killed(t, 'lost', (store) => enqueue(store));
  for (const file of [lost.log, lost.index]) rmSync(file, { force: true });
  assert.equal((await run(lost.dir)).restored, true);
  assert.deepEqual((await run(lost.dir)).warnings, []);
});

test('a log that has become empty is a lost one, but not if the node emptied it itself', async (t) => {
  const cut = await killed(t, 'cut', (store) => enqueue(store));
  truncateSync(cut.log);
  assert.equal((await run(cut.dir)).restored, true);
  const scrubbed = await killed(t, 'scrubbed', (store) => store.erasures.scrub());
  assert.equal((await run(scrubbed.dir)).restored, false);
  const atOnce = await killed(t, 'at-once', async (store) => {
    await store.writer.write(() => store.meta.noteEmptying());
    assert.equal(store.writer.emptyLog(), true);
  });
  assert.equal(statSync(atOnce.log).size, 0);
  assert.equal((await run(atOnce.dir)).restored, false, 'killed before it could write anything more');
  const later = await killed(t, 'later', (store) => store.erasures.scrub());
  truncateSync(later.log);
  assert.equal((await run(later.dir)).restored, true, 'what it wrote since');
});

test('a new database next to an old life is new, not restored', async (t) => {
  const { dir, first } = await folder(t);
  for (const file of ['node.db', 'node.db-wal', 'node.db-shm']) rmSync(join(dir, file), { force: true });
  const fresh = await run(dir);
  assert.deepEqual([fresh.warnings, fresh.states], [[], ['queued']]);
  assert.notEqual(fresh.epoch, first.epoch);
});

test('a database from before lives were recorded is accepted, but not in place of a later one', async (t) => {
  const { dir, first } = await folder(t);
  const forgetLife = () => {
    const db = new SQLite(join(dir, 'node.db'));
    db.exec("DELETE FROM meta WHERE key = 'life'");
    db.close();
  };
  forgetLife();
  rmSync(join(dir, 'life.json'));
  const taken = await run(dir);
  assert.deepEqual([taken.warnings, taken.epoch], [[], first.epoch]);
  forgetLife();
  assert.equal((await run(dir)).restored, true);
});

test('power lost between the two steps of a start does not look like a copy, whichever step it was', async (t) => {
  const { dir, first } = await folder(t);
  const settled = lifeOf(dir);
  // The file was written, the database was not.
  writeFileSync(join(dir, 'life.json'), JSON.stringify({ ...settled, life: 'next', before: settled.life }));
  const one = await run(dir);
  assert.deepEqual([one.warnings, one.epoch], [[], first.epoch]);
  // Both were written, and the file still names the earlier life.
  const again = lifeOf(dir);
  writeFileSync(join(dir, 'life.json'), JSON.stringify({ ...again, before: 'earlier' }));
  const two = await run(dir);
  assert.deepEqual([two.warnings, two.epoch], [[], first.epoch]);
  assert.equal(existsSync(join(dir, 'life.json.new')), false);
});

test('files without a creation time don’t look like a copy', async (t) => {
  const { dir } = await folder(t);
  writeFileSync(join(dir, 'life.json'), JSON.stringify({ ...lifeOf(dir), born: null }));
  assert.deepEqual((await run(dir)).warnings, []);
});
