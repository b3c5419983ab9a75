import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AuthenticateDeps, Authenticator } from '../../../../../main/http/federation/authenticate.ts';
import type { FederationRequest } from '../../../../../main/http/federation/request.ts';
import { limits } from '../../../../../shared/protocol/limits.ts';
import { refusedLater } from '../../../../support/words.ts';

const now = 1_700_000_000_000;
const { each, perOrigin, total } = limits.keyWaitBytes;

/** Every server is allowed, every key has to be fetched, and no signature is valid. */
function authenticatorFor() {
  const fetched = Promise.withResolvers<string>();
  const read: string[] = [];
  const authenticator = new Authenticator({
    directory: { standing: () => 'allowed', mustAddress: () => false },
    keys: { transportKey: () => fetched.promise },
    verifier: { verify: async () => false },
    clock: { now: () => now },
    settings: { get: () => ({ paused: false }) },
    meter: { begin: () => () => {} },
  } as unknown as AuthenticateDeps);
  const asks = (server: string) => {
    const headers: Readonly<Record<string, string>> = {
      'x-paracord-origin': server,
      'x-paracord-key-id': 'made-up',
      'x-paracord-timestamp': String(now),
      'x-paracord-signature': 'ab'.repeat(64),
    };
    return refusedLater(
      authenticator.authenticate({
        method: 'POST',
        target: '/t',
        from: '192.0.2.1',
        params: {},
        query: new URLSearchParams(),
        header: (name) => (headers[name] === undefined ? [] : [headers[name]]),
        body: async () => {
          read.push(server);
          return Buffer.from('{}');
        },
      } satisfies FederationRequest),
    );
  };
  return { asks, read, fetched };
}

test('no body is read while a key is fetched, and only some requests wait for it', async () => {
  const { asks, read, fetched } = authenticatorFor();
  const busy = (server: string) => ['RATE_LIMITED', 'wire.under_way', { server }];
  const servers = Array.from({ length: (total * 0.75) / perOrigin }, (_, n) => `dead${n}.test`);
  const waiting: ReturnType<typeof asks>[] = [];
  for (const server of servers) {
    for (let n = 0; n < perOrigin / each; n++) waiting.push(asks(server));
    assert.deepEqual(await asks(server), busy(server), 'its share is used up');
  }
  waiting.push(asks('other.test'));
  assert.deepEqual(
    await asks('other.test'),
    busy('other.test'),
    'there is a place for one of each other server',
  );
  assert.deepEqual(read, []);
  fetched.resolve('key');
  for (const refusal of await Promise.all(waiting)) assert.equal(refusal[1], 'wire.bad_transport_signature');
  assert.equal(read.length, waiting.length);
  assert.equal((await asks('other.test'))[1], 'wire.bad_transport_signature', 'the places are free again');
});
