import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { test } from 'node:test';
import { importsOf, type Source, sources } from './sources.ts';

const filesMax = 14;
/** With SQLite, no reader of a journey has to know that several nodes can share a database. */
const otherEngine = /postgres|standby|stands by|\blead/i;

interface Journey {
  readonly title: string;
  readonly paths: readonly string[];
}

const page = readFileSync(new URL('../../ARCHITECTURE.md', import.meta.url), 'utf8');
const files = new Map(sources('main', 'shared').map((file) => [file.path, file]));

/** The lists of ARCHITECTURE.md: one file in each line, in the order in which a reader opens them. */
const journeys: readonly Journey[] = (page.split('\n## Journeys\n')[1] ?? '')
  .split('\n### ')
  .slice(1)
  .map((section) => ({
    title: section.split('\n')[0] ?? '',
    paths: section
      .split('\n')
      .filter((line) => /^\d+\. /.test(line))
      .map((line) => /^\d+\. `([^`]+)`: [A-Z]/.exec(line)?.[1] ?? line),
  }));

/** The files that one imports, and those that it runs by their address. */
function usedBy({ path, text }: Source): (string | null)[] {
  const run = [...text.matchAll(/new URL\('(\.[^']+)', import\.meta\.url\)/g)];
  return [
    ...importsOf({ path, text }).map((each) => each.path),
    ...run.map(([, name = '']) => posix.join(posix.dirname(path), name)),
  ];
}

const imports = (from: string, to: string): boolean => {
  const file = files.get(from);
  return file !== undefined && usedBy(file).includes(to);
};

test('ARCHITECTURE.md lists five journeys of at most 14 existing files, each file once', () => {
  assert.equal(journeys.length, 5);
  for (const { title, paths } of journeys) {
    assert.ok(paths.length > 5 && paths.length <= filesMax, `${title}: ${paths.length} files`);
    assert.deepEqual(
      paths.filter((path) => !files.has(path)),
      [],
      title,
    );
    assert.equal(new Set(paths).size, paths.length, title);
  }
});

test('each file of a journey imports an earlier one, or an earlier one imports it', () => {
  const apart = journeys.flatMap(({ title, paths }) =>
    paths
      .filter((path, at) => {
        const earlier = paths.slice(0, at);
        return at > 0 && !earlier.some((other) => imports(other, path) || imports(path, other));
      })
      .map((path) => `${title}: ${path}`),
  );
  assert.deepEqual(apart, []);
});

test('no file of a journey mentions PostgreSQL, or which of several nodes works', () => {
  const paths = [...new Set(journeys.flatMap((journey) => journey.paths))];
  assert.deepEqual(
    paths.filter((path) => otherEngine.test(files.get(path)?.text ?? '')),
    [],
  );
});
