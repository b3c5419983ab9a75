import assert from 'node:assert/strict';
import https from 'node:https';
import { test } from 'node:test';
import { prove } from '../../../../../main/http/between/proof.ts';
import { systemPorts } from '../../../../../main/kernel/ports.ts';
import { betweenKey, betweenPair } from '../../../../support/standby/between-pair.ts';

const target = '/between-nodes/call';

/** Sends the head of a request, and its body if there is one. Resolves with the status of the answer. */
const send = (
  { leading, cert }: Pick<Awaited<ReturnType<typeof betweenPair>>, 'leading' | 'cert'>,
  headers: Record<string, string>,
  body: string | null,
): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const options = { method: 'POST', ca: cert, checkServerIdentity: () => undefined, agent: false, headers };
    const request = https.request(new URL(target, leading.url), options, (answer) => {
      resolve(answer.statusCode);
      request.destroy();
    });
    request.once('error', reject);
    if (body === null) request.flushHeaders();
    else request.end(body);
  });

const proofFor = (key: Buffer, body: Buffer): string =>
  prove(key, { token: 3, method: 'POST', target, body }, systemPorts.clock.now(), `${'1'.repeat(16)}.1`);

test('who is not a node of this server is refused before a byte of the body has come', async (t) => {
  const pair = await betweenPair(t);
  for (const proof of ['', proofFor(Buffer.alloc(32, 2), Buffer.alloc(4_000_000))]) {
    const headers = { 'x-paracord-between-nodes': proof, 'content-length': '4000000' };
    assert.equal(await send(pair, headers, null), 403);
  }
});

test('a body other than the one that was proven is refused', async (t) => {
  const pair = await betweenPair(t);
  const headers = { 'x-paracord-between-nodes': proofFor(betweenKey, Buffer.from('{}')) };
  const call = JSON.stringify({ procedure: 'postMessage', input: {}, language: 'en' });
  assert.equal(await send(pair, headers, call), 403);
  assert.deepEqual(pair.calls, []);
});
