import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { exitCodes } from '../../main/start/failure.ts';
import { findingCodes } from '../../shared/protocol/reasons.ts';

const folder = fileURLToPath(new URL('../../docs/failures/', import.meta.url));
const page = (path: string): string => readFileSync(folder + path, 'utf8');
const pages = (pattern: string): string[] =>
  globSync(pattern, { cwd: folder })
    .map((path) => basename(path, '.md'))
    .filter((name) => name !== 'README')
    .sort();

test('every finding has a page named after its code, and every page a finding', () => {
  assert.deepEqual(pages('*.md'), findingCodes.toSorted());
});

test('a page names its code and says what you see, why, and what to do', () => {
  for (const code of pages('*.md')) assert.match(page(`${code}.md`), new RegExp(`^# .+\n\n\`${code}\` · `));
  for (const path of globSync('{*,start/*}.md', { cwd: folder })) {
    if (/README|exit-codes/.test(path)) continue;
    const headings = [...page(path).matchAll(/^## (.+)$/gm)].map((match) => match[1]);
    assert.deepEqual(headings, ['What you see', 'Why', 'What to do'], path);
  }
});

test('the index lists every page', () => {
  const index = page('README.md');
  const listed = [...index.matchAll(/\]\(([\w/-]+)\.md\)/g)].map((match) => basename(match[1] ?? ''));
  assert.deepEqual(
    [...new Set(listed)].sort(),
    [...new Set([...pages('*.md'), ...pages('start/*.md')])].sort(),
  );
});

test('the page on exit codes lists them all', () => {
  const listed = [...page('start/exit-codes.md').matchAll(/^\| (\d+) \|/gm)].map((match) => Number(match[1]));
  assert.deepEqual(listed, Object.values(exitCodes));
});
