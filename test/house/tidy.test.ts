import assert from 'node:assert/strict';
import { existsSync, globSync } from 'node:fs';
import { join, posix } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { sources } from './sources.ts';

const linesMax = 400;
/** A released schema is never split. */
const mayBeLong = /^main\/store\/migrations\//;
const folderMax = 14;
/** Waits for other processes, with a time limit for a failing test; or runs against real clocks on request. */
const mayWait = ['test/support/until.ts', 'test/support/virtual-clock.ts', 'test/clock/run.ts'];
const testFolders = [
  'bench',
  'demo',
  'e2e',
  'house',
  'install',
  'integration',
  'property',
  'simulation',
  'store',
  'unit',
  'vectors',
];

const files = sources('main', 'shared', 'test', 'renderer');
/** This file names what it forbids. */
const others = files.filter(({ path }) => path !== 'test/house/tidy.test.ts');

/** A position, as `path:line`. */
const places = (pattern: RegExp, among = others): string[] =>
  among.flatMap(({ path, text }) =>
    text.split('\n').flatMap((line, at) => (pattern.test(line) ? [`${path}:${at + 1}`] : [])),
  );

test('every database is opened in one place, which distrusts its schema and keeps it private', () => {
  const main = others.filter(({ path }) => path.startsWith('main/') && path !== 'main/store/open-file.ts');
  assert.deepEqual(places(/new SQLite\(/, main), []);
});

test('flags of V8 are set when a process starts, because a change while it runs may crash it', () => {
  assert.deepEqual(places(/\bsetFlagsFromString\b/), []);
});

test('every module that opens connections gives each address of a name the time of a slow handshake', () => {
  const opens =
    /\bconnect\b[^;]*from 'node:(?:net|tls)'|[^.#\w]fetch\((?!')|lib\/core\/connect|import\('pg'\)\)\.default/;
  const main = others.filter(({ path, text }) => path.startsWith('main/') && opens.test(text));
  assert.ok(main.length > 0);
  const unaware = main.filter(({ text }) => !text.includes("/kernel/connecting.ts'"));
  assert.deepEqual(
    unaware.map(({ path }) => path),
    [],
  );
});

test('long files and full folders are named, as a sign to think', (t) => {
  for (const { path, text } of files) {
    const lines = text.split('\n').length - 1;
    if (lines > linesMax && !mayBeLong.test(path)) t.diagnostic(`${path} has ${lines} lines`);
  }
  for (const [path, { length }] of Map.groupBy(files, ({ path }) => posix.dirname(path)))
    if (length > folderMax) t.diagnostic(`${path} has ${length} files`);
});

test('nothing is left for later: no TODO, no FIXME', () => {
  assert.deepEqual(places(/\b(?:TODO|FIXME|XXX)\b/), []);
});

test('an exported name is used in another file', () => {
  const filesWith = new Map<string, number>();
  for (const { text } of [...files, ...sources('build')])
    for (const word of new Set(text.match(/\w+/g))) filesWith.set(word, (filesWith.get(word) ?? 0) + 1);
  const exported = /^export (?:abstract )?(?:async )?(?:const|function\*?|class|interface|type) (\w+)/gm;
  const lonely = files
    .filter(({ path }) => /^(?:main|shared)\//.test(path))
    .flatMap(({ path, text }) =>
      [...text.matchAll(exported)]
        .filter(([, name = '']) => (filesWith.get(name) ?? 0) < 2)
        .map(([, name]) => `${path}: ${name}`),
    );
  assert.deepEqual(lonely, []);
});

test('an object states its fields itself instead of spreading a literal to save lines', () => {
  assert.deepEqual(places(/\.\.\.\{/), []);
});

test('no test runs alone', () => {
  assert.deepEqual(places(/\b(?:test|it|describe|suite)\.only\(|\bonly: true\b/), []);
});

test('no test sleeps: it waits for an event, or for a clock that the test owns', () => {
  // A benchmark measures time; it isn't a test.
  const tests = others.filter(({ path }) => /^test\/(?!bench\/)/.test(path) && !mayWait.includes(path));
  assert.deepEqual(
    places(/\bsetTimeout\b|\btimers\/promises'.*\bsetTimeout\b|\bscheduler\.wait\b/, tests),
    [],
  );
});

test('texts of others never become HTML', () => {
  const html = /\{@html\b|\b(?:innerHTML|outerHTML) =|\binsertAdjacentHTML\(|\bsrcdoc\b/;
  assert.deepEqual(
    places(
      html,
      others.filter(({ path }) => path.startsWith('renderer/')),
    ),
    [],
  );
});

test('nobody uses sodium_malloc, whose memory Electron forbids', () => {
  assert.deepEqual(places(/\bsodium_malloc(?:_\w+)?\(|\bsodium_malloc\b\s*[,}]/), []);
});

test('every test is in a folder that the runner knows, and is named as a test', () => {
  const cwd = fileURLToPath(new URL('../..', import.meta.url));
  const tests = globSync('{main,shared,test,renderer,build}/**/*.{test,spec}.{ts,mjs,js}', {
    cwd,
    exclude: ['**/node_modules/**'],
  });
  const lost = tests
    .map((path) => path.replaceAll('\\', '/'))
    .filter(
      (path) =>
        !testFolders.some((folder) => path.startsWith(`test/${folder}/`)) || !path.endsWith('.test.ts'),
    );
  assert.deepEqual(lost, []);
});

test('unit tests mirror the source folders, or those of `test`', () => {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const folders = new Set(
    files
      .filter(({ path }) => /^test\/unit\/.*\.test\.ts$/.test(path))
      .map(({ path }) => posix.dirname(path).slice('test/unit/'.length)),
  );
  assert.ok(folders.size > 50);
  const lost = [...folders].filter(
    (folder) => !existsSync(join(root, folder)) && !existsSync(join(root, 'test', folder)),
  );
  assert.deepEqual(lost, []);
});

/** A value that has a name in tokens.css: a weight, a size, a corner, a layer, a distance, a duration, a color. */
const ownValue =
  /^\s*(?:font-weight|font-size|border-radius|z-index): [\d.]*[1-9]|^\s*(?:(?:row-|column-)?gap|padding|margin)[a-z-]*: (?!.*calc).*\dpx|^\s*(?:transition|animation): .*\b[1-9]\d*ms|^\s*(?:color|background(?:-color)?|border(?:-color)?): .*(?:#[\da-f]{3}|rgb\()/;

test('screens take weights, sizes, corners, layers and colors from tokens.css', () => {
  const styles = files
    .filter(({ path }) => path.endsWith('.svelte'))
    .map(({ path, text }) => ({ path, text: text.slice(text.lastIndexOf('<style>')) }));
  const found = styles.flatMap(({ path, text }) =>
    text
      .split('\n')
      .filter((line) => ownValue.test(line))
      .map((line) => `${path}: ${line.trim()}`),
  );
  assert.deepEqual(found, []);
});

test('a value of its own is found in a style, and a token is not', () => {
  for (const line of ['  z-index: 5;', '  padding: 0 10px;', '  color: #fff;', '  font-weight: 600;'])
    assert.match(line, ownValue);
  for (const line of ['  z-index: var(--over-menu);', '  padding: 0 var(--gap-2);', '  border-radius: 0;'])
    assert.doesNotMatch(line, ownValue);
});
