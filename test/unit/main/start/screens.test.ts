import assert from 'node:assert/strict';
import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { type TestContext, test } from 'node:test';
import { buildMissingScreens } from '../../../../main/start/screens.ts';
import { wordsIn } from '../../../../shared/words/words.ts';
import { tempDir } from '../../../support/temp.ts';

const builder = 'build/prepare.mjs';
const vite = 'node_modules/vite/package.json';
const installed = 'node_modules/.package-lock.json';
const page = 'dist/renderer/index.html';

/** Returns what a start runs and says in a folder with these files, the oldest first. */
async function started(t: TestContext, files: readonly string[], succeeds = true) {
  const project = tempDir(t);
  for (const [at, name] of files.entries()) {
    const path = join(project, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, '');
    utimesSync(path, at + 1, at + 1);
  }
  const ran: string[] = [];
  const said: string[] = [];
  const host = {
    project,
    run: async (script: string) => {
      ran.push(script.replace(project + sep, '').replaceAll(sep, '/'));
      return succeeds;
    },
    say: (line: string) => void said.push(line.replace(project, 'FOLDER')),
  };
  await buildMissingScreens(host, wordsIn('en'));
  return { ran, said };
}

const building =
  'Building the screens, which takes about 20 seconds. This happens once after each installation.';

test('the first start of a checkout builds the screens and says so', async (t) => {
  assert.deepEqual(await started(t, [builder, vite, installed]), { ran: [builder], said: [building] });
});

test('later starts build nothing', async (t) => {
  assert.deepEqual(await started(t, [builder, vite, installed, page]), { ran: [], said: [] });
});

test('the start after another installation builds the screens again', async (t) => {
  assert.deepEqual(await started(t, [builder, vite, page, installed]), { ran: [builder], said: [building] });
});

test('a package, which has no builder, builds nothing', async (t) => {
  assert.deepEqual(await started(t, [page, installed]), { ran: [], said: [] });
});

test('a build that fails doesn’t keep the node from starting, and leads to a sentence that says what to run', async (t) => {
  const { said } = await started(t, [builder, vite, installed], false);
  assert.equal(said.length, 2);
  assert.match(said[1] ?? '', /starts without them.* run “npm run build” in FOLDER/);
});

test('without the builder of the screens, the node says which command installs it, unless there are screens', async (t) => {
  const { ran, said } = await started(t, [builder, installed]);
  assert.deepEqual(ran, []);
  assert.match(said.join(), /Run “npm ci --include=dev” in FOLDER/);
  assert.deepEqual(await started(t, [builder, page, installed]), { ran: [], said: [] });
});
