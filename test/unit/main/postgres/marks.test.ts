import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type CopyMark,
  type DatabaseMark,
  targetFor,
  type Verdict,
  whoHoldsIt,
} from '../../../../main/postgres/marks.ts';

const truth = null;
const copy = (leaving: string | null = null): CopyMark => ({ database: 'd', leaving });
const empty: DatabaseMark = { role: 'empty' };
const foreign: DatabaseMark = { role: 'foreign' };
const filling: DatabaseMark = { role: 'filling', database: 'd' };
const used: DatabaseMark = { role: 'truth', database: 'd' };
const left: DatabaseMark = { role: 'left', database: 'd', leaving: 'm' };

const verdicts: readonly (readonly [file: CopyMark | null, database: DatabaseMark, verdict: Verdict])[] = [
  [truth, empty, 'file'],
  [truth, foreign, 'file'],
  [truth, filling, 'file'],
  [truth, used, 'file'],
  [truth, left, 'file'],
  [copy(), filling, 'open-database'],
  [copy(), used, 'database'],
  [copy('m'), used, 'database'],
  [copy('m'), left, 'free-file'],
  [copy('n'), left, 'moved-elsewhere'],
  [copy(), left, 'moved-elsewhere'],
  [copy(), empty, 'another-database'],
  [copy(), foreign, 'another-database'],
  [copy(), { role: 'truth', database: 'e' }, 'another-database'],
];
for (const [file, database, verdict] of verdicts)
  test(`a file that is ${file ? `a copy with ${JSON.stringify(file)}` : 'no copy'} beside a database that is ${JSON.stringify(database)}: ${verdict}`, () => {
    assert.equal(whoHoldsIt(file, database), verdict);
  });

/** All pairs that the two writes of a move can leave, in their order. */
test('in each moment of a move there and back, exactly one of the two is the truth', () => {
  const moments: readonly (readonly [CopyMark | null, DatabaseMark, 'file' | 'database'])[] = [
    [truth, empty, 'file'],
    [truth, filling, 'file'],
    [copy(), filling, 'database'],
    [copy(), used, 'database'],
    [copy('m'), used, 'database'],
    [copy('m'), left, 'file'],
    [truth, left, 'file'],
    [truth, { role: 'filling', database: 'd2' }, 'file'],
  ];
  const holders = { file: 'file', 'free-file': 'file', database: 'database', 'open-database': 'database' };
  for (const [file, database, holder] of moments) {
    const verdict = whoHoldsIt(file, database);
    assert.equal(verdict in holders && holders[verdict as keyof typeof holders], holder, verdict);
  }
});

test('a move fills an empty database, or an unfinished or left copy of the same server, and no other', () => {
  assert.equal(targetFor(empty, null, 'anna.test'), 'fill');
  assert.equal(targetFor(filling, null, 'anna.test'), 'fill');
  assert.equal(targetFor(filling, 'anna.test', 'anna.test'), 'fill');
  assert.equal(targetFor(left, 'anna.test', 'anna.test'), 'fill');
  assert.equal(targetFor(foreign, null, 'anna.test'), 'not-empty');
  assert.equal(targetFor(used, 'anna.test', 'anna.test'), 'in-use');
  for (const role of [filling, used, left])
    assert.equal(targetFor(role, 'ben.test', 'anna.test'), 'other-server');
});
