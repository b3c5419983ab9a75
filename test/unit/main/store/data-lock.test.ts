import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { DataFolderInUseError, lockDataFolder } from '../../../../main/store/data-lock.ts';
import { tempDir } from '../../../support/temp.ts';

const module = new URL('../../../../main/store/data-lock.ts', import.meta.url).href;

/** Another process that locks the folder, and reports that or why it couldn't. */
async function otherProcess(t: TestContext, dir: string) {
  const script = `
    const { lockDataFolder } = await import(${JSON.stringify(module)});
    try {
      globalThis.lock = lockDataFolder(${JSON.stringify(dir)});
      process.stdout.write('locked');
      setInterval(() => {}, 1e6);
    } catch (error) {
      process.stdout.write(error.constructor.name);
    }`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  const [said] = await once(child.stdout, 'data');
  return { child, said: String(said) };
}

test('a folder that another process uses is refused with a sentence', async (t) => {
  const dir = tempDir(t);
  assert.equal((await otherProcess(t, dir)).said, 'locked');
  assert.throws(
    () => lockDataFolder(dir),
    (error) =>
      error instanceof DataFolderInUseError &&
      error.message.includes(dir) &&
      /--data-dir/.test(error.message),
  );
});

test('a folder that we use is refused to another process', async (t) => {
  const dir = tempDir(t);
  const lock = lockDataFolder(dir);
  t.after(() => lock.release());
  assert.equal((await otherProcess(t, dir)).said, 'DataFolderInUseError');
});

test('kill -9 of its holder releases the folder', async (t) => {
  const dir = tempDir(t);
  const { child } = await otherProcess(t, dir);
  child.kill('SIGKILL');
  await once(child, 'exit');
  lockDataFolder(dir).release();
});

test('a released folder can be locked again, also by the same process', (t) => {
  const dir = tempDir(t);
  const lock = lockDataFolder(dir);
  assert.throws(() => lockDataFolder(dir), DataFolderInUseError);
  lock.release();
  lockDataFolder(dir).release();
});

test('a missing folder is created, readable only by its owner', (t) => {
  const dir = join(tempDir(t), 'new', 'data');
  const lock = lockDataFolder(dir);
  t.after(() => lock.release());
  assert.equal(statSync(dir).mode & 0o777, 0o700);
});
