import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Lane } from '../../../../../main/outbound/delivery/lane.ts';
import type { OutboxRow, OutboxStore } from '../../../../../main/store/outbox-port.ts';

const row = (id: number, body = 'x'): OutboxRow => ({ id, body }) as OutboxRow;

/** A lane over stored rows, and which loads it asked for. */
function laneOf(rows: OutboxRow[]) {
  const loads: [after: number, limit: number][] = [];
  const store = {
    load: (destination: string, roomId: string, after: number, limit: number) => {
      assert.deepEqual([destination, roomId], ['b.test', '!1:a.test']);
      loads.push([after, limit]);
      return rows.filter(({ id }) => id > after).slice(0, limit);
    },
  } as unknown as OutboxStore;
  return { lane: new Lane('b.test', '!1:a.test', store), loads, rows };
}
const ids = (rows: readonly OutboxRow[]) => rows.map(({ id }) => id);

test('a lane reads its rows piece by piece, and stops where a piece was not full', () => {
  const { lane, loads, rows } = laneOf([row(1), row(2), row(3)]);
  assert.equal(lane.mayHaveRows, true);
  for (const each of rows) {
    assert.equal(lane.head(2), each);
    assert.equal(lane.head(2), each, 'the same until it is settled');
    lane.settle(each);
  }
  assert.equal(lane.mayHaveRows, false);
  assert.equal(lane.head(2), undefined);
  assert.deepEqual(loads, [
    [0, 2],
    [2, 2],
  ]);
  rows.push(row(4));
  assert.equal(lane.head(2), undefined, 'until it learns of new ones');
  lane.extend();
  assert.equal(lane.mayHaveRows, true);
  assert.equal(lane.head(2), rows[3]);
});

test('a lane whose piece was full may have more', () => {
  const { lane, rows } = laneOf([row(1), row(2)]);
  for (const each of rows) {
    lane.head(2);
    lane.settle(each);
  }
  assert.equal(lane.mayHaveRows, true);
  assert.equal(lane.head(2), undefined);
  assert.equal(lane.mayHaveRows, false);
});

test('a batch has the rows at hand in order, as many as fit', () => {
  const { lane, rows } = laneOf([row(1, 'aa'), row(2, 'é'), row(3, 'aaa'), row(4, 'a')]);
  assert.deepEqual(lane.nextRows(9, 99, true).rows, [], 'nothing was read yet');
  lane.head(9);
  assert.deepEqual(ids(lane.nextRows(9, 99, false).rows), [1, 2, 3, 4]);
  assert.deepEqual(ids(lane.nextRows(2, 99, false).rows), [1, 2]);
  assert.equal(lane.nextRows(2, 99, false).bytes, 4);
  assert.deepEqual(ids(lane.nextRows(9, 4, false).rows), [1, 2], 'bytes, not characters');
  assert.deepEqual(ids(lane.nextRows(9, 3, false).rows), [1]);
  assert.equal(lane.nextRows(9, 3, false).bytes, 2, 'without the one that did not fit');
  lane.settle(rows[0] as OutboxRow);
  assert.deepEqual(ids(lane.nextRows(2, 99, false).rows), [2, 3], 'from the head on');
});

test('a row that is too large for a batch is sent alone, if it may be', () => {
  const { lane } = laneOf([row(1, 'aaaa'), row(2, 'a')]);
  lane.head(9);
  assert.deepEqual(lane.nextRows(9, 3, false).rows, []);
  assert.deepEqual(ids(lane.nextRows(9, 3, true).rows), [1]);
  assert.deepEqual(ids(lane.nextRows(9, 4, true).rows), [1]);
  assert.deepEqual(ids(lane.nextRows(9, 5, true).rows), [1, 2]);
});

test('only the head can be settled', () => {
  const { lane, rows } = laneOf([row(1), row(2)]);
  lane.head(9);
  lane.settle(rows[1] as OutboxRow);
  assert.equal(lane.head(9)?.id, 1);
});

test('a lane that dropped its rows reads them again from its head', () => {
  const { lane, loads, rows } = laneOf([row(3), row(5), row(6)]);
  lane.head(9);
  lane.settle(rows[0] as OutboxRow);
  lane.shed();
  assert.deepEqual(lane.nextRows(9, 99, true).rows, []);
  assert.equal(lane.mayHaveRows, true);
  lane.settle(row(7));
  lane.settle(rows[1] as OutboxRow);
  assert.equal(lane.head(9)?.id, 6, 'what was settled meanwhile is behind it');
  assert.deepEqual(loads, [
    [0, 9],
    [5, 9],
  ]);
  const empty = laneOf([]);
  empty.lane.head(9);
  empty.lane.shed();
  assert.equal(empty.lane.mayHaveRows, false, 'there was nothing to drop');
});

test('a lane that is rewound reads from the start', () => {
  const { lane, loads, rows } = laneOf([row(3), row(5)]);
  for (const each of rows) {
    lane.head(9);
    lane.settle(each);
  }
  rows.unshift(row(1));
  lane.rewind();
  assert.deepEqual(lane.nextRows(9, 99, true).rows, []);
  assert.equal(lane.head(9)?.id, 1);
  assert.deepEqual(loads, [
    [0, 9],
    [0, 9],
  ]);
});

test('failures are the lane’s alone from the first that others were answered between', () => {
  const { lane } = laneOf([]);
  assert.equal(lane.failing, false);
  assert.equal(lane.failed(4), 0);
  assert.equal(lane.failing, true);
  assert.equal(lane.failed(4), 0, 'nobody was answered');
  assert.equal(lane.failed(5), 1);
  assert.equal(lane.failed(5), 2, 'from then on each counts');
  lane.signAgains = 3;
  lane.parkings = 2;
  lane.answered();
  assert.deepEqual([lane.failing, lane.signAgains, lane.parkings], [false, 0, 0]);
  assert.equal(lane.failed(9), 0, 'counting starts again');
  assert.equal(lane.failed(9), 0);
});

test('a lane that has everything keeps a row that is handed to it, without reading it', () => {
  const { lane, loads, rows } = laneOf([row(1)]);
  lane.head(9);
  lane.offer(row(4));
  lane.offer(row(5));
  assert.deepEqual(ids(lane.nextRows(9, 99, true).rows), [1, 4, 5]);
  lane.settle(rows[0] as OutboxRow);
  assert.equal(lane.head(9)?.id, 4);
  lane.offer(row(6));
  assert.deepEqual(ids(lane.nextRows(9, 99, true).rows), [4, 5, 6]);
  assert.equal(loads.length, 1);
});

test('a lane that may have earlier rows reads them instead of the rows that are handed to it', () => {
  const { lane, rows } = laneOf([row(1), row(2)]);
  lane.offer(rows[1] as OutboxRow);
  assert.deepEqual(lane.nextRows(9, 99, true).rows, []);
  assert.equal(lane.head(9)?.id, 1);
  assert.deepEqual(ids(lane.nextRows(9, 99, true).rows), [1, 2]);
  lane.offer(rows[1] as OutboxRow);
  assert.deepEqual(ids(lane.nextRows(9, 99, true).rows), [1, 2], 'it was read already');
  lane.shed();
  lane.offer(row(3));
  assert.deepEqual(lane.nextRows(9, 99, true).rows, [], 'it would leave out those that were dropped');
});

test('a lane keeps 128 rows that are handed to it, and reads those after them', () => {
  const all = Array.from({ length: 300 }, (_, i) => row(i + 1));
  const { lane, loads } = laneOf([]);
  lane.head(9);
  for (const each of all) lane.offer(each);
  assert.equal(lane.nextRows(999, 999, true).rows.length, 128);
  for (const each of all.slice(0, 128)) lane.settle(each);
  assert.equal(lane.mayHaveRows, true);
  lane.head(9);
  assert.deepEqual(loads.at(-1), [128, 9]);
});
