import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BoundedMap } from '../../../../main/kernel/bounded-map.ts';

test('the entry that was set longest ago gives way, and its value is handed over', () => {
  const dropped: number[] = [];
  const map = new BoundedMap<string, number>(2, (value) => dropped.push(value));
  map.set('a', 1).set('b', 2).set('a', 3).set('c', 4);
  assert.deepEqual(
    [...map],
    [
      ['a', 3],
      ['c', 4],
    ],
  );
  assert.deepEqual(dropped, [2]);
});

test('setting an existing entry drops no other', () => {
  const dropped: number[] = [];
  const map = new BoundedMap<string, number>(1, (value) => dropped.push(value));
  map.set('a', 1).set('a', 2);
  assert.deepEqual([...map], [['a', 2]]);
  map.delete('a');
  map.set('b', 3);
  assert.deepEqual(dropped, []);
});

test('names that a remote makes up do not make it grow', () => {
  const map = new BoundedMap<string, number>(100);
  for (let name = 0; name < 10_000; name++) map.set(`name ${name}`, name);
  assert.equal(map.size, 100);
  assert.equal(map.get('name 9999'), 9999);
});
