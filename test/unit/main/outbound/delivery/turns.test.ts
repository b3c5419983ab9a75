import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Turns } from '../../../../../main/outbound/delivery/turns.ts';

/** Rounds that a test runs one by one; `said` is what happened in them. */
function rounds() {
  const jobs: (() => void)[] = [];
  const said: string[] = [];
  const turns = new Turns(
    (job) => void jobs.push(job),
    () => said.push('round'),
    () => {},
  );
  /** Has `requests` to send. */
  const turner = (name: string, requests: number) => ({
    takeTurn: () => {
      if (requests === 0) return false;
      requests--;
      said.push(name);
      return true;
    },
  });
  const next = () => {
    said.length = 0;
    jobs.shift()?.();
    return said.join(' ');
  };
  return { turns, turner, next, waiting: () => jobs.length };
}

test('no round starts inside the call that asks for a turn', () => {
  const { turns, turner, next, waiting } = rounds();
  turns.ask(turner('a', 1));
  turns.ask(turner('b', 1));
  assert.equal(waiting(), 1);
  assert.equal(next(), 'round a b');
});

test('a round starts four requests, and the next round begins after other work', () => {
  const { turns, turner, next, waiting } = rounds();
  for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) turns.ask(turner(name, 1));
  assert.equal(next(), 'round a b c d');
  assert.equal(waiting(), 1);
  assert.equal(next(), 'round e f');
  assert.equal(next(), '');
});

test('a destination that is alone starts sixteen requests in a round', () => {
  const { turns, turner, next } = rounds();
  turns.ask(turner('a', 17));
  assert.equal(next(), `round${' a'.repeat(16)}`);
  assert.equal(next(), 'round a');
});

test('destinations take turns, so that one with many requests delays no other', () => {
  const { turns, turner, next } = rounds();
  turns.ask(turner('a', 5));
  turns.ask(turner('b', 2));
  assert.equal(next(), 'round a b a b');
  turns.ask(turner('c', 1));
  assert.equal(next(), 'round a c a a');
});

test('a destination that may not send costs no other its turn', () => {
  const { turns, turner, next, waiting } = rounds();
  for (let i = 0; i < 9; i++) turns.ask(turner('idle', 0));
  turns.ask(turner('a', 1));
  assert.equal(next(), 'round a');
  assert.equal(waiting(), 0);
});
