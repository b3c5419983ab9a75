import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { readUpTo, usedUp } from '../../../../main/kernel/body.ts';

const chunks = (...texts: readonly string[]) => texts.map((text) => Buffer.from(text));

test('a source is read to its end if it gives no more than allowed', async () => {
  assert.equal(String(await readUpTo(chunks('ab', 'cd', 'ef'), 6)), 'abcdef');
  assert.equal(String(await readUpTo([], 6)), '');
});

test('a source with one byte too many is abandoned and ended at once', async () => {
  assert.equal(await readUpTo(chunks('ab', 'cd', 'efg'), 6), null);
  let given = 0;
  async function* endless() {
    for (;;) {
      given++;
      yield Buffer.from('ab');
    }
  }
  const source = Readable.from(endless());
  assert.equal(await readUpTo(source, 5), null);
  assert.equal(source.destroyed, true);
  assert.ok(given < 100, String(given));
});

test('a source that breaks off is an error, not a short body', async () => {
  const broken = new Readable({ read() {} });
  broken.push('ab');
  setImmediate(() => broken.destroy(new Error('cut off')));
  await assert.rejects(readUpTo(broken, 100), /cut off/);
});

test('a piece that shares its memory with others stays as it is', async () => {
  const [first = Buffer.alloc(0), second = Buffer.alloc(0)] = chunks('ab', 'cd');
  const alone = Buffer.from(new ArrayBuffer(100_000));
  const lengths: number[] = [];
  for await (const piece of usedUp(Readable.from([first, alone, second]))) lengths.push(piece.length);
  assert.deepEqual(lengths, [2, 100_000, 2]);
  assert.deepEqual([String(first), alone.length, String(second)], ['ab', 0, 'cd']);
});
