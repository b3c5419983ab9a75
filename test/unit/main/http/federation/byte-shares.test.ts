import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ByteShares, UnverifiedBodies } from '../../../../../main/http/federation/byte-shares.ts';

test('each holder has a limit, and so have all together; freed memory can be used again', () => {
  const shares = new ByteShares({ total: 10, each: 6 });
  shares.take('a', 5);
  assert.equal(shares.hasRoom('a'), true);
  shares.take('a', 1);
  assert.equal(shares.hasRoom('a'), false, 'a has as much as it may');
  assert.equal(shares.hasRoom('b'), true);
  shares.take('b', 4);
  assert.equal(shares.hasRoom('c'), false, 'all together have as much as they may');
  shares.free('a', 2);
  assert.equal(shares.hasRoom('a'), true);
  assert.equal(shares.hasRoom('c'), true);
  shares.take('c', 2);
  shares.free('c', 2);
  shares.free('b', 4);
  shares.free('a', 4);
  shares.take('a', 5);
  assert.equal(shares.hasRoom('a'), true, 'nothing is left over from before');
});

test('holders with full shares leave room for those that hold nothing', () => {
  const shares = new ByteShares({ total: 16, each: 4 });
  for (const hostile of ['a', 'b', 'c']) shares.take(hostile, 4);
  assert.equal(shares.admits('d'), true);
  shares.take('d', 1);
  assert.equal(shares.admits('d'), false, 'a second one, from the last quarter');
  assert.equal(shares.admits('e'), true);
  shares.take('e', 3);
  assert.equal(shares.admits('f'), false, 'nothing is left');
  shares.free('a', 4);
  shares.free('b', 4);
  assert.equal(shares.admits('d'), true);
});

/** Bodies with a limit of 10 bytes for each address and 15 in total. Records which were cut off. */
function bodies() {
  const unverified = new UnverifiedBodies({ total: 15, perAddress: 10 });
  const cut: string[] = [];
  const admit = (name: string, address = 'x') => {
    const body = unverified.admit(address, () => {
      cut.push(name);
      body.over();
    });
    return body;
  };
  return { admit, cut };
}

test('if an address sends too much, its oldest body is cut off', () => {
  const { admit, cut } = bodies();
  const [other, first, second] = [admit('other', 'y'), admit('first'), admit('second')];
  other.grown(1);
  first.grown(5);
  second.grown(4);
  assert.deepEqual(cut, []);
  second.grown(1);
  assert.deepEqual(cut, ['first']);
  second.grown(4);
  assert.deepEqual(cut, ['first'], 'what was cut off no longer counts');
});

test('if all together send too much, the oldest body of the address that exceeds its share is cut off', () => {
  const { admit, cut } = bodies();
  const [older, oldest] = [admit('older', 'y'), admit('old', 'x')];
  older.grown(8);
  oldest.grown(4);
  admit('new', 'x').grown(3);
  assert.deepEqual(cut, ['old']);
});

test('a body that has arrived is never cut off, nor is one that takes no memory', () => {
  const { admit, cut } = bodies();
  const whole = admit('whole', 'x');
  whole.grown(9);
  whole.arrived();
  admit('empty', 'y');
  const late = admit('late', 'z');
  late.grown(3);
  assert.deepEqual(cut, []);
  const other = admit('other', 'x');
  other.grown(1);
  assert.deepEqual(cut, ['other']);
  const whole2 = admit('whole 2', 'y');
  whole2.arrived();
  whole2.grown(3);
  assert.deepEqual(cut, ['other', 'late'], 'where its own address has none, the oldest of all');
  const whole3 = admit('whole 3', 'y');
  whole3.arrived();
  whole3.grown(20);
  assert.deepEqual(cut, ['other', 'late'], 'there is nothing left to cut');
});

test('a finished body frees its memory once, and later bytes of it don’t count', () => {
  const { admit, cut } = bodies();
  const first = admit('first');
  first.grown(9);
  first.over();
  first.over();
  first.grown(9);
  const second = admit('second');
  second.grown(9);
  assert.deepEqual(cut, []);
  second.grown(1);
  assert.deepEqual(cut, ['second']);
});

test('a body that was cut off frees its memory at once, although its connection ends later', () => {
  const unverified = new UnverifiedBodies({ total: 15, perAddress: 10 });
  const cut: string[] = [];
  const admit = (name: string) => unverified.admit('x', () => cut.push(name));
  const [first, second, third] = [admit('first'), admit('second'), admit('third')];
  first.grown(9);
  second.grown(1);
  assert.deepEqual(cut, ['first']);
  third.grown(8);
  assert.deepEqual(cut, ['first']);
  first.over();
  third.grown(1);
  assert.deepEqual(cut, ['first', 'second'], 'what it held is not freed twice');
});
