import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type DatabaseRole,
  type FileRole,
  type Moved,
  nextStep,
  roundsMax,
  shortRoundMs,
  targetFor,
  type Verdict,
  whoHoldsIt,
} from '../../../../../../main/store/postgres/move/truth.ts';

const truth: FileRole = { role: 'truth' };
const copy = (leaving: string | null = null): FileRole => ({ role: 'copy', database: 'd', leaving });
const empty: DatabaseRole = { role: 'empty' };
const foreign: DatabaseRole = { role: 'foreign' };
const filling: DatabaseRole = { role: 'filling', database: 'd' };
const used: DatabaseRole = { role: 'truth', database: 'd' };
const left: DatabaseRole = { role: 'left', database: 'd', leaving: 'm' };

const verdicts: readonly (readonly [file: FileRole, database: DatabaseRole, verdict: Verdict])[] = [
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
  test(`a file that is ${JSON.stringify(file)} beside a database that is ${JSON.stringify(database)}: ${verdict}`, () => {
    assert.equal(whoHoldsIt(file, database), verdict);
  });

/** All pairs that the two writes of a move can leave, in their order. */
test('in each moment of a move there and back, exactly one of the two is the truth', () => {
  const moments: readonly (readonly [FileRole, DatabaseRole, 'file' | 'database'])[] = [
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
  assert.equal(targetFor(filling, null, 'anna.test'), 'fill-again');
  assert.equal(targetFor(filling, 'anna.test', 'anna.test'), 'fill-again');
  assert.equal(targetFor(left, 'anna.test', 'anna.test'), 'fill-again');
  assert.equal(targetFor(foreign, null, 'anna.test'), 'not-empty');
  assert.equal(targetFor(used, 'anna.test', 'anna.test'), 'in-use');
  for (const role of [filling, used, left])
    assert.equal(targetFor(role, 'ben.test', 'anna.test'), 'other-server');
});

test('a move copies, follows, compares, follows again and switches', () => {
  const begun: Moved = { isCopied: false, isVerified: false, roundMs: 0, rounds: 0 };
  const after = (change: Partial<Moved>) => nextStep({ ...begun, ...change });
  assert.equal(after({}), 'copy');
  assert.equal(after({ isCopied: true }), 'follow');
  assert.equal(after({ isCopied: true, rounds: 1 }), 'verify');
  assert.equal(after({ isCopied: true, isVerified: true }), 'follow');
  assert.equal(after({ isCopied: true, isVerified: true, rounds: 1 }), 'switch');
});

test('a move follows until a round is short, but not forever', () => {
  const slow: Moved = { isCopied: true, isVerified: true, roundMs: shortRoundMs + 1, rounds: 3 };
  assert.equal(nextStep(slow), 'follow');
  assert.equal(nextStep({ ...slow, roundMs: shortRoundMs }), 'switch');
  assert.equal(nextStep({ ...slow, rounds: roundsMax }), 'switch');
});
