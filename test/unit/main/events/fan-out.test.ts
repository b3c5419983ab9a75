import assert from 'node:assert/strict';
import { test } from 'node:test';
import { destinationsOf, type FanOut, servedByHome } from '../../../../main/events/fan-out.ts';

const everybody = () => true;
const base: FanOut = {
  self: 'us.test',
  home: 'us.test',
  servers: ['us.test', 'a.test', 'b.test'],
  origin: 'us.test',
  hop: null,
  sentTo: [],
  subjectServer: null,
  isAllowed: everybody,
};
const to = (change: Partial<FanOut>): string[] => destinationsOf({ ...base, ...change });

test('an event written here goes to every server in the room except ours', () => {
  assert.deepEqual(to({}), ['a.test', 'b.test']);
});

test('it also goes to a home without a member', () => {
  assert.deepEqual(to({ home: 'home.test', servers: ['us.test', 'a.test'] }), ['a.test', 'home.test']);
});

test('the home relays events it receives, but not back to their origin or hop', () => {
  assert.deepEqual(to({ origin: 'a.test', hop: 'a.test' }), ['b.test']);
  assert.deepEqual(to({ origin: 'a.test', hop: 'b.test' }), []);
  assert.deepEqual(
    to({ origin: 'c.test', hop: 'a.test', servers: ['us.test', 'a.test', 'b.test', 'c.test'] }),
    ['b.test'],
  );
});

test('the home skips servers that the origin reaches itself', () => {
  assert.deepEqual(to({ origin: 'a.test', hop: 'a.test', sentTo: ['b.test'] }), []);
});

test('a server that is not the home relays nothing', () => {
  assert.deepEqual(to({ home: 'a.test', origin: 'a.test', hop: 'a.test' }), []);
  assert.deepEqual(to({ home: 'a.test', origin: 'b.test', hop: 'a.test' }), []);
});

test('our own event that comes back isn’t sent again', () => {
  assert.deepEqual(to({ origin: 'us.test', hop: 'a.test' }), []);
});

test('our own event that comes back is sent to a server outside of the room whose user it is about', () => {
  const back = { origin: 'us.test', hop: 'a.test' } as const;
  assert.deepEqual(to({ ...back, subjectServer: 'invited.test' }), ['invited.test']);
  assert.deepEqual(to({ ...back, subjectServer: 'b.test' }), [], 'a member compares the room with us');
  assert.deepEqual(to({ ...back, subjectServer: 'a.test', servers: ['us.test', 'b.test'] }), []);
  assert.deepEqual(to({ ...back, subjectServer: 'us.test' }), []);
  assert.deepEqual(to({ ...back, subjectServer: 'invited.test', isAllowed: () => false }), []);
  assert.deepEqual(to({ ...back, subjectServer: 'invited.test', home: 'home.test' }), []);
});

test('the server of the user a membership event is about receives it, in the room or not', () => {
  assert.deepEqual(to({ subjectServer: 'gone.test' }), ['a.test', 'b.test', 'gone.test']);
  assert.deepEqual(to({ subjectServer: 'us.test' }), ['a.test', 'b.test']);
});

test('servers that are not allowed get nothing', () => {
  assert.deepEqual(to({ isAllowed: (server) => server !== 'a.test' }), ['b.test']);
});

test('for a room homed elsewhere, the home delivers our events to servers that we don’t send to', () => {
  const served = (change: Partial<FanOut>, destinations: readonly string[] = ['home.test']) =>
    servedByHome({ ...base, home: 'home.test', ...change }, destinations);
  assert.deepEqual(served({ servers: ['us.test', 'home.test', 'b.test', 'a.test'] }), ['a.test', 'b.test']);
  assert.deepEqual(served({}, ['home.test', 'a.test']), ['b.test']);
  assert.deepEqual(served({ subjectServer: 'c.test' }), ['a.test', 'b.test', 'c.test']);
  assert.deepEqual(served({ home: 'us.test' }), [], 'our own room');
  assert.deepEqual(served({ origin: 'a.test', hop: 'home.test' }), [], 'written elsewhere');
  assert.deepEqual(served({ hop: 'home.test' }), [], 'ours, and back from the home');
});

test('servers are in one order, whatever order they joined in', () => {
  assert.deepEqual(to({ servers: ['us.test', 'c.test', 'a.test', 'b.test'] }), [
    'a.test',
    'b.test',
    'c.test',
  ]);
});
