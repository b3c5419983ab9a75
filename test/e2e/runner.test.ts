/** The program that runs the tests, in a checkout with tests of its own, as somebody who may not write everywhere. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { tempDir } from '../support/temp.ts';
import { until } from '../support/until.ts';

const runner = fileURLToPath(new URL('../support/run.ts', import.meta.url));
/** Root without its privileges, because a checkout of root may be one that no other user can read. */
const unprivileged = process.getuid?.() === 0 ? ['setpriv', '--bounding-set=-all', '--inh-caps=-all'] : [];
const skip = process.platform === 'win32' && 'Windows has no file modes';

/** Runs one file of tests. It writes into the file `folder` where it leaves something. */
function runTests(t: TestContext, tests: string) {
  const checkout = tempDir(t);
  const temporary = tempDir(t);
  mkdirSync(join(checkout, 'test/unit'), { recursive: true });
  const start = `import { chmodSync, mkdtempSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
const folder = mkdtempSync(tmpdir() + '/left-');
mkdirSync(folder + '/locked');
writeFileSync(folder + '/locked/file', '');
chmodSync(folder + '/locked', 0o555);
writeFileSync('folder', folder);
`;
  writeFileSync(join(checkout, 'test/unit/left.test.ts'), start + tests);
  const [command = '', ...args] = [...unprivileged, process.execPath, runner];
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const child = spawn(command, args, {
    cwd: checkout,
    env: { ...env, TMPDIR: temporary },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const left = join(checkout, 'folder');
  return { child, exited, said: text(child.stdout), left, temporary };
}

test('a test that leaves a folder locked does not keep the run from counting and removing everything', {
  skip,
}, async (t) => {
  const run = runTests(
    t,
    `test('runs', () => {});
test('cannot run', { skip: 'no thing (Debian: apt-get install thing)' }, () => {});`,
  );
  assert.equal(await run.exited, 0);
  assert.match(
    await run.said,
    /\nSkipped: no thing \(1\)\. Debian: apt-get install thing\n1 passed, 0 failed, 1 skipped\n$/,
  );
  const left = readFileSync(run.left, 'utf8');
  assert.ok(left.startsWith(run.temporary));
  assert.deepEqual(readdirSync(run.temporary), []);
});

test('a run that is stopped says what was running, counts, and leaves nothing', { skip }, async (t) => {
  const run = runTests(t, `test('waits', () => new Promise(() => createServer().listen(0, '127.0.0.1')));`);
  await until([], 'the test', () => existsSync(run.left));
  run.child.kill('SIGINT');
  assert.equal(await run.exited, 1);
  const said = await run.said;
  assert.match(said, /Stopped by SIGINT while this was running:\n.*left\.test\.ts/);
  assert.match(said, /\n0 passed, 0 failed\n$/);
  assert.deepEqual(readdirSync(run.temporary), []);
});
