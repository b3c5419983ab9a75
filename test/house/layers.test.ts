import assert from 'node:assert/strict';
import { test } from 'node:test';
import { importsOf, sources } from './sources.ts';

/**
 * A file imports from its own layer and from those above it in this list, `import type` included. Layers on one line are siblings: they do not know each other, the first line excepted.
 */
const layers: readonly (readonly string[])[] = [
  ['shared/unicode'],
  ['shared/words'],
  ['shared/protocol'],
  // Uses the messages of every catalog.
  ['shared/words/refusal.ts'],
  ['shared/api'],
  [
    'main/kernel',
    'main/config.ts',
    'main/crypto',
    'main/changes.ts',
    'main/facts.ts',
    'main/activity.ts',
    'main/measures.ts',
    'main/work.ts',
  ],
  ['main/store'],
  // The settings: stored in the database, used by the layers below.
  ['main/settings.ts'],
  ['main/identity'],
  ['main/client', 'main/tls'],
  ['main/trust', 'main/clocks'],
  ['main/addresses', 'main/access', 'main/names'],
  ['main/events'],
  ['main/rooms'],
  ['main/recovery', 'main/pairing', 'main/people'],
  ['main/http', 'main/outbound', 'main/reach'],
  ['main/doctor', 'main/change-settings.ts'],
  ['main/api', 'main/reactions.ts', 'main/housekeeping.ts'],
  ['main/compose', 'main/data-folder.ts'],
  ['main/node.ts'],
  ['main/postgres'],
  ['main/start'],
  // The window and a node without one use the same flags and the same messages for failures.
  ['main/cli', 'main/desktop'],
];
/** The layers below everything in main. These may import each other. */
const ground = layers.findIndex((line) => line.includes('main/kernel'));

/** The only folders that may import these packages. */
const onlyImporters: Readonly<Record<string, string>> = {
  'sodium-native': 'main/crypto',
  'better-sqlite3': 'main/store',
  pg: 'main/postgres',
  koa: 'main/http',
  '@koa/router': 'main/http',
  undici: 'main/client',
  'prom-client': 'main/measures.ts',
  '@rgrove/parse-xml': 'main/reach',
  electron: 'main/desktop',
};
const sharedMayImport = [
  'valibot',
  '@valibot/to-json-schema',
  'intl-messageformat',
  '@schummar/icu-type-parser',
];

const isIn = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`);
/** A file may have another layer than its folder. */
const layerOf = (path: string): string | undefined =>
  layers.flat().find((name) => name === path) ?? layers.flat().find((name) => isIn(path, name));
const lineOf = (path: string): number => layers.findIndex((line) => line.includes(layerOf(path) ?? ''));

const files = sources('main', 'shared');
/** Files above the store. */
const above = files.filter(
  ({ path }) =>
    isIn(path, 'main') &&
    !isIn(path, 'main/store') &&
    !isIn(path, 'main/postgres') &&
    !isIn(path, 'main/compose') &&
    path !== 'main/data-folder.ts',
);
const codeOf = (text: string): string => text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
const local = files.flatMap((file) =>
  importsOf(file)
    .filter(({ path }) => path !== null)
    .map(({ path }) => ({ from: file.path, to: path as string })),
);

test('every source file has a layer', () => {
  assert.ok(files.length > 100);
  assert.deepEqual(
    files.map(({ path }) => path).filter((path) => lineOf(path) < 0),
    [],
  );
});

test('imports point towards the protocol only, and not to siblings', () => {
  const wrong = local.filter(({ from, to }) => {
    if (to === 'package.json' || layerOf(from) === layerOf(to)) return false;
    if (lineOf(from) === lineOf(to)) return lineOf(from) !== ground;
    return lineOf(to) < 0 || lineOf(to) > lineOf(from);
  });
  assert.deepEqual(wrong, []);
});

test('only the code that makes the store gets all of it: the others name the tables they use', () => {
  const wrong = local.filter(
    ({ from, to }) =>
      to === 'main/store/store.ts' &&
      !['main/store', 'main/compose', 'main/data-folder.ts'].some((one) => isIn(from, one)),
  );
  assert.deepEqual(wrong, []);
  // The type of the whole store, by another name.
  const all = above.filter(({ text }) => /\['store'\]|\bkeyof Tables\b|\bTables<\s*(?!\s|'|\|)/.test(text));
  assert.deepEqual(
    all.map(({ path }) => path),
    [],
  );
});

test('only the store and the code that starts it know which database engine is used', () => {
  const engines = /sqlite|postgres|pragma|\bengine [!=]==/i;
  const sql = /\b(?:SELECT \S+ FROM|INSERT (?:OR \w+ )?INTO|UPDATE \w+ SET|DELETE FROM)\b/;
  // A path may name one: it is the rule for imports that says who may import what.
  const withoutPaths = (text: string) => codeOf(text).replaceAll(/ from '[^']*'/g, '');
  const knows = above
    .filter(({ path }) => !isIn(path, 'main/start') && !isIn(path, 'main/cli'))
    .filter(({ text }) => engines.test(withoutPaths(text)) || sql.test(withoutPaths(text)));
  assert.deepEqual(
    knows.map(({ path }) => path),
    [],
  );
});

test('shared imports itself and its libraries, nothing from Node.js and nothing from main', () => {
  const wrong = sources('shared').flatMap((file) =>
    importsOf(file)
      .filter(({ name, path }) => (path === null ? !sharedMayImport.includes(name) : !isIn(path, 'shared')))
      .map(({ name }) => `${file.path}: ${name}`),
  );
  assert.deepEqual(wrong, []);
});

test('renderer imports shared and itself, no other folder', () => {
  const wrong = sources('renderer').flatMap((file) =>
    importsOf(file)
      .filter(({ path }) => path !== null && !isIn(path, 'renderer') && !isIn(path, 'shared'))
      .map(({ name }) => `${file.path}: ${name}`),
  );
  assert.deepEqual(wrong, []);
});

test('each of these packages is imported by one folder only', () => {
  const wrong = files.flatMap((file) =>
    importsOf(file)
      .filter(({ name }) => {
        const folder = Object.entries(onlyImporters).find(([of]) => isIn(name, of))?.[1];
        return folder !== undefined && !isIn(file.path, folder);
      })
      .map(({ name }) => `${file.path}: ${name}`),
  );
  assert.deepEqual(wrong, []);
});

test('no file imports itself by way of others', () => {
  const next = Map.groupBy(local, ({ from }) => from);
  const done = new Set<string>();
  const cycles: string[] = [];
  const walk = (path: string, way: readonly string[]): void => {
    const at = way.indexOf(path);
    if (at >= 0) cycles.push([...way.slice(at), path].join(' → '));
    if (at >= 0 || done.has(path)) return;
    for (const { to } of next.get(path) ?? []) walk(to, [...way, path]);
    done.add(path);
  };
  for (const { path } of files) walk(path, []);
  assert.deepEqual(cycles, []);
});

/** Who tells whom, beside the constructors. Each of them only remembers a function. */
const connecting = ['store.onRollback', 'client.learnBy', 'parts.facts.react'];

test('compose only constructs: no branch, no wait, and no statement but constants and connections', () => {
  const files = sources('main').filter(({ path }) => isIn(path, 'main/compose'));
  assert.ok(files.length >= 6);
  for (const { path, text } of files) {
    const code = codeOf(text).replaceAll(/'[^'\n]*'/g, '');
    assert.doesNotMatch(code, /\b(?:let|if|for|while|switch|try|throw)\b/, path);
    const bodies = code.split('\n').filter((line) => /^ {2}[^ }]/.test(line) && !/^ {2}readonly /.test(line));
    const statements = bodies.filter((line) => !/^ {2}(?:(?:export )?const|return)\b/.test(line));
    const others = statements.filter((line) => !connecting.some((call) => line.startsWith(`  ${call}(`)));
    assert.deepEqual(others, [], path);
  }
});

test('no part waits for a callback, or an object of them, that is assigned to it later', () => {
  const late = sources('main', 'shared').flatMap(({ path, text }) =>
    text
      .split('\n')
      .flatMap((line, at) =>
        /^\s*(?!this\.)\w+(?:(?:\.\w+)*\.on[A-Z]\w* = |(?:\.\w+){2,} = (?:\{|\(|async ))/.test(line)
          ? [`${path}:${at + 1}`]
          : [],
      ),
  );
  assert.deepEqual(late, []);
});
