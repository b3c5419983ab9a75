import assert from 'node:assert/strict';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { type TestContext, test } from 'node:test';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { openSocket } from '../../../main/client/probe.ts';
import { lookAtCertificate } from '../../../main/doctor/certificate.ts';
import { systemPorts } from '../../../main/kernel/ports.ts';
import type { CheckStep, CheckView } from '../../../shared/api/views/doctor-views.ts';
import { certificateFor, type Pair, serveTls, startTlsNode } from '../../support/attack/tls.ts';
import { befriend, type LocalNode, shareRoom, startLocalNode } from '../../support/nodes/local-node.ts';
import { Detour } from '../../support/parties/detour.ts';
import { RawPeer } from '../../support/parties/raw-peer.ts';
import { tempDir } from '../../support/temp.ts';
import { until } from '../../support/until.ts';

const dayMs = 86_400_000;
const stepOf = (check: CheckView | null, name: CheckStep['step']) =>
  check?.steps.find(({ step }) => step === name);

async function friends(t: TestContext): Promise<[LocalNode, LocalNode]> {
  const a = await startLocalNode(t, { name: 'a.test' });
  const b = await startLocalNode(t, { name: 'b.test' });
  await befriend(a, b);
  return [a, b];
}

test('every step is reported, in order, and each says something', async (t) => {
  const [a] = await friends(t);
  const check = await a.api.checkPeer({ server_name: 'b.test' });
  assert.deepEqual(
    check.steps.map(({ step, result }) => [step, result]),
    [
      ['name', 'ok'],
      ['address', 'ok'],
      ['tcp', 'ok'],
      ['tls', 'skipped'],
      ['well-known', 'ok'],
      ['keys', 'ok'],
      ['clock', 'ok'],
      ['signed-read', 'ok'],
    ],
  );
  assert.equal(check.ok, true);
  assert.equal(check.running, false);
  assert.match(stepOf(check, 'address')?.text ?? '', /127\.0\.0\.1 \(this computer\)/);
  assert.match(stepOf(check, 'tls')?.text ?? '', /^Not tested: its address is plain HTTP/);
  for (const { text } of check.steps) assert.match(text, /^[A-Z\d].*\.$/);
});

test('a running check is visible to everyone, shared by callers who ask for one, and kept', async (t) => {
  const [a] = await friends(t);
  const ask = { server_name: 'b.test' };
  assert.deepEqual(await a.api.peerCheck(ask), { check: null });
  const seen: string[] = [];
  const reading: Promise<void>[] = [];
  t.after(
    a.node.changes.subscribe(({ change }) => {
      if (change.topic !== 'check') return;
      assert.equal(change.server_name, 'b.test');
      reading.push(
        a.api.peerCheck(ask).then(({ check }) => {
          const last = check?.steps.at(-1);
          seen.push(`${check?.steps.length} ${last?.result}`);
        }),
      );
    }),
  );
  const [one, other] = await Promise.all([a.api.checkPeer(ask), a.api.checkPeer(ask)]);
  assert.deepEqual(one, other);
  await Promise.all(reading);
  assert.ok(seen.includes('1 running') && seen.includes('8 running'), seen.join());
  assert.equal(seen.at(-1), '8 ok');
  assert.equal(seen.filter((line) => line === '8 ok').length, 1, 'there was one run');
  assert.deepEqual(await a.api.peerCheck(ask), { check: one });
});

test('an outdated check is not shown: the peer has stopped answering, or answers again', async (t) => {
  const http = new Detour();
  const a = await startLocalNode(t, { name: 'a.test', parts: { http } });
  const b = await startLocalNode(t, { name: 'b.test' });
  const room_id = await shareRoom(a, b);
  const ask = { server_name: 'b.test' };
  const isShown = async () => (await a.api.peerCheck(ask)).check !== null;
  assert.equal((await a.api.checkPeer(ask)).ok, true);
  assert.ok(await isShown());
  http.loseNetwork();
  await a.api.postMessage({ room_id, body: 'are you there?' });
  await until([a], 'the ticks disappear', async () => !(await isShown()));
  assert.equal((await a.api.checkPeer(ask)).result, 'failed');
  assert.ok(await isShown());
  http.findNetwork();
  await a.api.retryOutbox({ destination: 'b.test' });
  await until([a], 'the cross disappears', async () => !(await isShown()));
});

test('check results of a forgotten peer are forgotten too', async (t) => {
  const [a, b] = await friends(t);
  const ask = { server_name: 'b.test' };
  await a.api.checkPeer(ask);
  await a.api.forgetPeer(ask);
  await assert.rejects(a.api.peerCheck(ask), /doesn’t know/);
  await a.api.addPeer({ endpoint: b.url });
  assert.deepEqual(await a.api.peerCheck(ask), { check: null });
});

test('steps after a failed one aren’t tested, and say so; the failed one says what to do next', async (t) => {
  const [a, b] = await friends(t);
  await b.stop();
  const check = await a.api.checkPeer({ server_name: 'b.test' });
  assert.equal(check.ok, false);
  const tcp = stepOf(check, 'tcp');
  assert.equal(tcp?.result, 'failed');
  assert.match(tcp?.text ?? '', /^Port \d+ can’t be reached/);
  assert.match(tcp?.fix ?? '', /firewall/);
  for (const { result, text, fix } of check.steps.slice(3))
    assert.deepEqual([result, text, fix], ['skipped', 'Not tested: an earlier step failed.', null]);
});

test('a peer without an address is not tested, and the check says how it gets one', async (t) => {
  const a = await startLocalNode(t, { name: 'a.test' });
  await a.api.addPeer({ server_name: 'b.test', mode: 'block' });
  const check = await a.api.checkPeer({ server_name: 'b.test' });
  assert.deepEqual([check.ok, check.result], [false, 'not_tested']);
  assert.deepEqual(new Set(check.steps.map(({ result }) => result)), new Set(['skipped']));
  assert.match(check.steps[0]?.fix ?? '', /Set its address/);
});

test('another server, another key and a refusal each have their own next step', async (t) => {
  const http = new Detour();
  const a = await startLocalNode(t, { name: 'a.test', parts: { http } });
  const raw = await new RawPeer('raw.test').listen(t);
  await a.api.addPeer({ endpoint: raw.url });
  const check = () => a.api.checkPeer({ server_name: 'raw.test' });
  raw.handlers.set('/event/:id', () => ({ status: 403, body: { code: 'FORBIDDEN', message: 'who?' } }));
  const refused = stepOf(await check(), 'signed-read');
  assert.match(refused?.text ?? '', /doesn’t let your server read\. It answers with an error: “who\?”/);
  assert.match(refused?.fix ?? '', /Your server isn’t added there yet/);
  raw.handlers.set('/event/:id', () => ({ status: 503, body: { message: 'paused' } }));
  assert.match(stepOf(await check(), 'signed-read')?.fix ?? '', /again later/);

  const real = raw.signer;
  raw.signer = new RawPeer('x.test').signer;
  const keys = stepOf(await check(), 'keys');
  assert.match(keys?.text ?? '', /differs from the pinned one/);
  assert.match(keys?.fix ?? '', /changed without notice/);

  const other = await new RawPeer('other.test').listen(t);
  raw.signer = real;
  await http.strand(a.api, 'raw.test', other.url, raw.url);
  assert.match(
    stepOf(await check(), 'well-known')?.text ?? '',
    /It identifies itself as other\.test, not as raw\.test/,
  );
});

/** The certificate step for a server that shows this certificate at `localhost`, without a pinned key. */
async function shownTo(t: TestContext, pair: Pair, trusted: boolean): Promise<CheckStep | undefined> {
  const before = getCACertificates('default');
  t.after(() => setDefaultCACertificates(before));
  if (trusted) setDefaultCACertificates([...before, pair.cert]);
  const http = new Detour();
  const a = await startLocalNode(t, { name: 'a.test', parts: { http } });
  const raw = await new RawPeer('raw.test').listen(t);
  await a.api.addPeer({ endpoint: raw.url });
  const { port, requests } = await serveTls(t, pair);
  await http.strand(a.api, 'raw.test', `https://localhost:${port}`, raw.url);
  const step = stepOf(await a.api.checkPeer({ server_name: 'raw.test' }), 'tls');
  if (step?.result === 'failed') assert.deepEqual(requests, [], 'its server is asked nothing');
  return step;
}

test('a certificate that the system trusts is reported with its name and time', async (t) => {
  const step = await shownTo(t, await certificateFor('localhost', { until: 60 * dayMs }), true);
  assert.equal(step?.result, 'ok');
  assert.match(
    step?.text ?? '',
    /for localhost\. It is valid for (?:59|60) more days, until \w+ \d+, \d{4}\.$/,
  );
  assert.equal(step?.fix, null);
});

test('a certificate that expires soon is reported while it still works', async (t) => {
  const step = await shownTo(
    t,
    await certificateFor('localhost', { from: -80 * dayMs, until: 5 * dayMs }),
    true,
  );
  assert.equal(step?.result, 'ok');
  assert.match(step?.fix ?? '', /why it isn’t renewed/);
});

for (const [what, host, valid, trusted, text, fix] of [
  [
    'expired',
    'localhost',
    { from: -2 * dayMs, until: -dayMs },
    true,
    /expired on \w+ \d+, \d{4}/,
    /to renew it/,
  ],
  [
    'is not valid yet',
    'localhost',
    { from: dayMs, until: 2 * dayMs },
    true,
    /isn’t valid before/,
    /check the clock of this computer/,
  ],
  [
    'is for another name',
    'other.test',
    {},
    true,
    /for other\.test, not for localhost/,
    /get a certificate for localhost/,
  ],
  ['is signed by itself', 'localhost', {}, false, /self-signed, and no key is pinned/, /to pin the key/],
] as const)
  test(`a certificate that ${what} is refused with its own message and what to do`, async (t) => {
    const step = await shownTo(t, await certificateFor(host, valid), trusted);
    assert.equal(step?.result, 'failed', step?.text);
    assert.match(step?.text ?? '', text);
    assert.match(step?.fix ?? '', fix);
  });

test('a certificate with another key than the pinned one is reported, and its server isn’t called again', async (t) => {
  const a = await startLocalNode(t, { name: 'a.test' });
  const b = await startTlsNode(t, 'b.test', tempDir(t));
  await a.api.addPeer({ endpoint: b.url });
  const pinned = stepOf(await a.api.checkPeer({ server_name: 'b.test' }), 'tls');
  assert.match(
    pinned?.text ?? '',
    /^The certificate is self-signed and has the pinned key\. It is valid for \d+ more days/,
  );
  await b.node.stop();
  const thief = await serveTls(t, await certificateFor('b.test'), { port: b.port });
  const step = stepOf(await a.api.checkPeer({ server_name: 'b.test' }), 'tls');
  assert.equal(step?.result, 'failed');
  assert.match(step?.text ?? '', /a different key than the one pinned/);
  assert.match(step?.fix ?? '', /somebody may be intercepting the connection/);
  assert.deepEqual(thief.requests, []);
});

test('no check opens a connection to a private address that a server named', async (t) => {
  let connected = 0;
  const server: Server = createServer(() => connected++);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const theirs = { byOwner: false, tlsSha256: null };
  for (const host of ['127.0.0.1', 'localhost', '[::ffff:127.0.0.1]']) {
    const url = new URL(`https://${host}:${port}`);
    await assert.rejects(openSocket(url, theirs), /private address/);
    await assert.rejects(lookAtCertificate(url, theirs, systemPorts.clock), /private address/);
  }
  assert.equal(connected, 0);
  await openSocket(new URL(`https://127.0.0.1:${port}`), { ...theirs, byOwner: true });
  await until([], 'the one that is allowed', () => connected === 1);
});
