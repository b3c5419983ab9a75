import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AcmeClient } from '../../../../../main/tls/acme/client.ts';
import { makeAccountKey } from '../../../../../main/tls/acme/jws.ts';
import { VirtualClock } from '../../../../support/virtual-clock.ts';

const at = (path: string): string => `https://ca.test/${path}`;
const directory = { newNonce: at('nonce'), newAccount: at('account'), newOrder: at('order') };

/** The authority's authorization for one name, with these challenges. */
async function authorization(challenges: readonly object[]) {
  const client = new AcmeClient({
    directoryUrl: at('directory'),
    clock: new VirtualClock(),
    signal: new AbortController().signal,
    transport: async ({ url }) => ({
      status: 200,
      headers: new Headers({ 'replay-nonce': 'nonce' }),
      body: JSON.stringify(
        url === at('directory')
          ? directory
          : { status: 'pending', identifier: { type: 'dns', value: 'a.test' }, challenges },
      ),
    }),
  });
  client.use({ key: makeAccountKey(), url: at('account/1') });
  return (await client.authorization(at('authorization/1'))).authorization;
}

const challenge = (token: string) => ({ type: 'http-01', url: at('c'), status: 'pending', token });

test('an invalid token becomes neither a path nor an answer, and challenges are limited', async () => {
  assert.equal((await authorization([challenge('abc-_9')])).challenges[0]?.token, 'abc-_9');
  for (const token of ['', '../x', 'a b', '<script>', 'a?b', 'x'.repeat(257)])
    await assert.rejects(authorization([challenge(token)]), /\(authorization\) doesn’t conform to RFC 8555/);
  assert.equal((await authorization(Array(16).fill(challenge('a')))).challenges.length, 16);
  await assert.rejects(authorization(Array(17).fill(challenge('a'))), /doesn’t conform to RFC 8555/);
});
