import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { proofHeader } from '../../../../../main/http/between/proof.ts';
import { isReadHere, StandbySide } from '../../../../../main/http/between/standby-side.ts';
import { listen } from '../../../../../main/http/listen.ts';
import type { Leader } from '../../../../../main/kernel/lead.ts';
import { systemPorts } from '../../../../../main/kernel/ports.ts';
import { makeKey, makeSelfSigned } from '../../../../../main/tls/x509.ts';
import { federationPrefix } from '../../../../../shared/protocol/transport.ts';
import { refusal } from '../../../../../shared/words/refusal.ts';
import { said } from '../../../../../shared/words/said.ts';

const { clock, random } = systemPorts;

/** A read that the standby would refuse because of its copy, with a leader that answers 410 with these headers. */
async function refusedRead(t: TestContext, headers: Record<string, string> | null) {
  const key = await makeKey();
  const cert = await makeSelfSigned(key, clock.now(), 60_000);
  const leading = await listen((_, response) => response.writeHead(410, headers ?? {}).end('{"gone":1}'), {
    ...{ host: '127.0.0.1', port: 0, tls: { cert, key }, clock },
  });
  const leader: Leader | null = headers && { name: 'one', url: leading.url, cert, token: 3 };
  const standby = new StandbySide({
    ...{ leader: () => leader, key: () => Buffer.alloc(32, 1), isUpToDate: () => true, clock, random },
    ahead: { isKnown: () => true, verify: async () => null },
    http: { request: () => assert.fail(), seenCertificate: () => null, close: async () => {} },
    failurePage: (code) => code,
  });
  t.after(() => Promise.all([standby.close(), leading.close(0)]));
  const [route] = standby.routesOver([
    {
      ...{ method: 'GET', path: `${federationPrefix}/event/:event_id` },
      handle: () => Promise.reject(refusal('NOT_FOUND', said('wire.no_event', { event: '$1:a.test' }))),
    },
  ]);
  return await route!.handle({
    ...{ method: 'GET', target: `${federationPrefix}/event/$1`, from: '192.0.2.1', params: {} },
    ...{ query: new URLSearchParams(), header: () => [], body: async () => Buffer.alloc(0) },
  });
}

test('what a standby would refuse to show, the leader answers', async (t) => {
  const { status, headers, body } = await refusedRead(t, { 'content-type': 'text/x-leader' });
  assert.deepEqual([status, headers, body], [410, { 'content-type': 'text/x-leader' }, '{"gone":1}']);
});

test('without a leader’s answer, it is no refusal, which would be final for a peer', async (t) => {
  const isUnavailable = { code: 'SERVICE_UNAVAILABLE', retryAfterSeconds: 2 };
  await assert.rejects(refusedRead(t, null), isUnavailable);
  await assert.rejects(refusedRead(t, { [proofHeader]: 'refused' }), isUnavailable);
});

test('a standby answers peers’ reads itself, except those that the leader has to know of', () => {
  const at = (path: string) => `/_paracord/federation/v1${path}`;
  for (const isSigned of [true, false]) {
    for (const path of ['/event/x', '/events?room_id=1', '/digest?x', '/directory', '/peers/invite/1'])
      assert.equal(isReadHere('GET', at(path), isSigned), true, path);
    for (const path of ['/queue', '/queue?after=3', '/receipts', '/recall'])
      assert.equal(isReadHere('GET', at(path), isSigned), false, path);
    for (const path of ['/event', '/events', '/join', '/receipts'])
      assert.equal(isReadHere('POST', at(path), isSigned), false);
    assert.equal(isReadHere('GET', '/.well-known/paracord/server', isSigned), true);
  }
  assert.equal(isReadHere('GET', `http://a.test${at('/queue')}`, true), false, 'however it is asked for');
  assert.equal(isReadHere('GET', at('/keys'), false), true, 'for anyone');
  assert.equal(isReadHere('GET', at('/keys?after=1'), true), false, 'who has read them is noted');
});
