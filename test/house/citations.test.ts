import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { anchorsOf, brokenInPage, brokenInSource, commentsOf, sectionsWithoutTest } from './citations.ts';
import { type Source, sources } from './sources.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const notOurs = /(?:^|\/)(?:node_modules|dist|release|\.git)(?:\/|$)/;
const exclude = (path: string) => notOurs.test(path);
const found = (pattern: string) =>
  globSync(pattern, { cwd: root, exclude }).map((path) => path.replaceAll('\\', '/'));

const tree = new Set([...found('**/*'), ...found('.github/**/*')]);
const pages = new Map(
  [...tree]
    .filter((path) => path.endsWith('.md'))
    .map((path) => [path, readFileSync(posix.join(root.replaceAll('\\', '/'), path), 'utf8')]),
);
/** Describes past releases, including files that no longer exist. */
const isHistory = (path: string) => path === 'CHANGELOG.md';
/** These name what does not exist. */
const isSample = ({ path }: Source) => /^test\/house\/citations\.(?:test\.)?ts$/.test(path);

test('docs cite files and headings that exist', () => {
  const broken = [...pages]
    .filter(([path]) => !isHistory(path))
    .flatMap(([path, text]) => brokenInPage({ path, text }, tree, pages));
  assert.deepEqual(broken, []);
});

test('comments cite files and headings that exist, docs by their path from the root', () => {
  const broken = sources('main', 'shared', 'renderer', 'test', 'build')
    .filter((source) => !isSample(source))
    .flatMap((source) => brokenInSource(source, tree, pages));
  assert.deepEqual(broken, []);
});

test('each section of the protocol names the tests that check it', () => {
  const bare = [...pages]
    .filter(([path]) => /^docs\/protocol\/(?!README)/.test(path))
    .flatMap(([path, text]) => sectionsWithoutTest(text).map((section) => `${path}, "${section}"`));
  assert.deepEqual(bare, []);
});

test('each claim about security names the test that attacks it', () => {
  const text = pages.get('docs/security.md') ?? '';
  const claims = text
    .split(/^## /m)
    .filter((section) => section.startsWith('A '))
    .flatMap((section) => section.match(/^- .*(?:\n {2}.*)*/gm) ?? []);
  assert.ok(claims.length > 30);
  assert.deepEqual(
    claims.filter((claim) => !/\[test\]\(/.test(claim)),
    [],
  );
});

// The remaining tests show that each kind of broken citation is found.

const aTree = new Set(['main', 'main/a.ts', 'docs/b.md', 'test/unit/a.test.ts']);
const aPage = '# B\n\n## One thing\n\n### `m.two`\n\n## One thing\n';
const somePages = new Map([['docs/b.md', aPage]]);
const inPage = (text: string) => brokenInPage({ path: 'docs/c.md', text }, aTree, somePages);
const inCode = (text: string) => brokenInSource({ path: 'main/a.ts', text }, aTree, somePages);

test('a link to a missing file or heading is found', () => {
  assert.deepEqual(inPage('[x](gone.md) [t](../test/unit/gone.test.ts)'), [
    'docs/c.md: no file gone.md',
    'docs/c.md: no file ../test/unit/gone.test.ts',
  ]);
  assert.deepEqual(inPage('[x](b.md#another-thing) [y](b.md#m2)'), [
    'docs/c.md: no heading b.md#another-thing',
    'docs/c.md: no heading b.md#m2',
  ]);
  assert.deepEqual(
    inPage('[a](b.md#one-thing-1) [b](../main/a.ts) [c](../main/) [d](https://x.example/y)'),
    [],
  );
});

test('a missing file that the text of a page names is found', () => {
  assert.deepEqual(inPage('As in `main/gone.ts` and gone.md.'), [
    'docs/c.md: no file main/gone.ts',
    'docs/c.md: no file gone.md',
  ]);
  assert.deepEqual(inPage('As in `a.ts`, `main/a.ts` and b.md.\n\n```sh\nnode gone.ts\n```\n'), []);
});

test('a missing file that a comment names is found', () => {
  assert.deepEqual(inCode('/** See main/gone.ts. */'), ['main/a.ts: no file main/gone.ts']);
  assert.deepEqual(inCode("const a = 'main/gone.ts'; // as gone.ts does"), ['main/a.ts: no file gone.ts']);
  assert.deepEqual(inCode('// Only main/gone/ imports it, or main/gone.'), ['main/a.ts: no file main/gone']);
  assert.deepEqual(inCode("const help = 'docs/gone.md';"), ['main/a.ts: no file docs/gone.md']);
  assert.deepEqual(inCode("import './gone.ts';\nconst url = 'https://gone.md';\n"), []);
});

test('a missing heading that a comment cites is found, also over a line break', () => {
  assert.deepEqual(inCode('/** Cheap first (docs/b.md, "Other thing"). */'), [
    'main/a.ts: no heading docs/b.md, "Other thing"',
  ]);
  assert.deepEqual(inCode('/**\n * Cheap first (docs/b.md,\n * "Other thing").\n */'), [
    'main/a.ts: no heading docs/b.md, "Other thing"',
  ]);
  assert.deepEqual(inCode('  // (docs/b.md, "One thing") and\n  // (docs/b.md, "m.two")'), []);
});

test('a page that a comment names without its path is found', () => {
  assert.deepEqual(inCode('// as b.md says'), [
    'main/a.ts: b.md is not cited from the root of the repository',
  ]);
});

test('a section of rules without a test is found', () => {
  assert.deepEqual(sectionsWithoutTest('# P\n\n## A\n\n[test](../x.test.ts)\n\n## B\n\nNo proof.\n'), ['B']);
});

test('anchors and comments are read as they are written', () => {
  assert.deepEqual(anchorsOf(aPage), ['b', 'one-thing', 'mtwo', 'one-thing-1']);
  assert.deepEqual(
    commentsOf({ path: 'a.ts', text: 'a(); /* one */\n// two\n// three\n/** four\n * five */\n' }),
    ['one', 'four five', 'two three'],
  );
});
