import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WayIn, wayInProblem } from '../../../../main/addresses/way-in.ts';

const problem = (publicUrl: string | null, listenerUrl: string, externalPort: number | null = null) =>
  wayInProblem({ publicUrl, listenerUrl, externalPort });

test('an address with https needs TLS here, or a proxy', () => {
  assert.equal(problem('https://a.example', 'http://127.0.0.1:8448'), 'proxy-missing');
  assert.equal(problem('http://a.example:8448', 'http://127.0.0.1:8448'), null);
  assert.equal(problem('https://a.example:8448', 'https://127.0.0.1:8448'), null);
});

test('an address with another port than the listener’s needs a rule in the router', () => {
  assert.equal(problem('https://a.example:8448', 'https://127.0.0.1:9000'), 'address-port-differs');
  assert.equal(problem('https://a.example', 'https://127.0.0.1:8448'), 'address-port-differs');
  assert.equal(problem('https://a.example:8448', 'https://127.0.0.1:9000', 8448), null);
});

test('without an address or a listener there is nothing to say', () => {
  assert.equal(problem(null, 'https://127.0.0.1:8448'), null);
  assert.equal(problem('https://a.example', ''), null);
});

test('a call at the public address proves it, until the address or the listener changes', () => {
  const now = { publicUrl: 'https://a.example', listenerUrl: 'http://127.0.0.1:8448' };
  const meta = new Map<string, string>();
  const store = {
    meta: { get: (key: string) => meta.get(key), put: (key: string, value: string) => meta.set(key, value) },
    writer: { write: async (job: () => void) => job() },
  };
  const wayIn = new WayIn({
    store: store as never,
    publicUrl: () => now.publicUrl,
    listenerUrl: () => now.listenerUrl,
  });
  wayIn.calledAt('a.example', undefined);
  assert.equal(wayIn.isProven, false, 'over plain http');
  wayIn.calledAt('b.example', 'https');
  assert.equal(wayIn.isProven, false, 'at another name');
  wayIn.calledAt('a.example', 'https');
  assert.equal(wayIn.isProven, true);
  now.listenerUrl = 'https://127.0.0.1:8448';
  assert.equal(wayIn.isProven, false);
});
