import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { mutants } from '../crash/mutants.ts';

/** A mutant that fits nowhere breaks the node in a way that any test notices, so it would prove nothing. */
test('every mutant of the crash test fits the code in one place', () => {
  const all = Object.entries(mutants);
  assert.ok(all.length >= 2);
  for (const [name, { file, from }] of all) {
    const source = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
    assert.equal(source.split(from).length - 1, 1, `${name} in ${file}: ${from}`);
  }
});
