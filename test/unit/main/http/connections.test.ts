import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Connections } from '../../../../main/http/connections.ts';

/** Allows 4 connections, 2 without a proven request from one public address. Records which were cut off. */
function connections() {
  const all = new Connections({ total: 4, perAddress: 2 });
  const cut: string[] = [];
  return { cut, add: (name: string, address = '127.0.0.1') => all.add(address, () => cut.push(name)) };
}

test('the connection that is longest without a proven request gives way', () => {
  const { add, cut } = connections();
  const first = add('first');
  for (const name of ['second', 'third', 'fourth']) add(name);
  assert.deepEqual(cut, []);
  first.proven();
  add('fifth');
  assert.deepEqual(cut, ['second'], 'not one whose request is proven');
  first.over();
  for (const name of ['sixth', 'seventh', 'eighth']) add(name);
  assert.deepEqual(
    cut,
    ['second', 'third', 'fourth', 'fifth'],
    'nor one that was proven later than they came',
  );
  add('ninth');
  assert.equal(cut.at(-1), 'first');
});

test('a new connection is cut off only if all others have a proven request', () => {
  const { add, cut } = connections();
  const [first] = ['first', 'second', 'third', 'fourth'].map((name) => {
    const one = add(name);
    one.proven();
    return one;
  });
  add('fifth');
  assert.deepEqual(cut, ['fifth']);
  first?.closed();
  add('sixth');
  assert.deepEqual(cut, ['fifth'], 'there is room again');
});

test('a public address has a share of its own, and so has a /64 of IPv6', () => {
  for (const [one, same, other] of [
    ['1.1.1.1', '::ffff:1.1.1.1', '1.1.1.2'],
    ['2a00:1:2:3::1', '2a00:1:2:3:ffff::2', '2a00:1:2:4::1'],
  ] as const) {
    const { add, cut } = connections();
    add('other', other);
    add('first', one);
    add('second', same);
    add('third', one);
    assert.deepEqual(cut, ['first'], `${one} ${same}`);
  }
});

test('a proven request doesn’t count for its address', () => {
  const { add, cut } = connections();
  const first = add('first', '1.1.1.1');
  first.proven();
  add('second', '1.1.1.1');
  add('third', '1.1.1.1');
  assert.deepEqual(cut, []);
  first.over();
  assert.deepEqual(cut, ['second']);
});

test('an address that may be a proxy has no share: everybody may come from there', () => {
  for (const address of ['127.0.0.1', '::1', '172.17.0.1', '192.168.1.1', 'fd00::1', '']) {
    const { add, cut } = connections();
    for (const name of ['first', 'second', 'third', 'fourth']) add(name, address);
    assert.deepEqual(cut, [], address);
    add('fifth', address);
    assert.deepEqual(cut, ['first'], address);
  }
});

test('two requests on one connection keep it until both are over', () => {
  const { add, cut } = connections();
  const first = add('first');
  first.proven();
  first.proven();
  first.over();
  for (const name of ['second', 'third', 'fourth', 'fifth']) add(name);
  assert.deepEqual(cut, ['second']);
});

test('a closed connection no longer counts, and later reports don’t change that', () => {
  const { add, cut } = connections();
  const [first] = ['first', 'second', 'third', 'fourth'].map((name) => add(name));
  first?.proven();
  first?.closed();
  first?.over();
  add('fifth');
  assert.deepEqual(cut, []);
  add('sixth');
  assert.deepEqual(cut, ['second']);
});
