import assert from 'node:assert/strict';
import { test } from 'node:test';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { lookAtCertificate } from '../../../main/doctor/certificate.ts';
import { systemPorts } from '../../../main/kernel/ports.ts';
import type { DoctorView } from '../../../shared/api/views/doctor-views.ts';
import { federationPrefix } from '../../../shared/protocol/transport.ts';
import { certificateFor, serveTls, startTlsNode } from '../../support/attack/tls.ts';
import { befriend, type LocalNode, startLocalNode } from '../../support/nodes/local-node.ts';
import { reachable } from '../../support/pairing/pairing.ts';
import { Detour } from '../../support/parties/detour.ts';
import { RawPeer } from '../../support/parties/raw-peer.ts';
import { tempDir } from '../../support/temp.ts';
import { until } from '../../support/until.ts';

const results = ({ self }: DoctorView) =>
  Object.fromEntries((self?.steps ?? []).map(({ step, result }) => [step, result]));

test('a node that can be reached at its address passes every step, because a peer called back', async (t) => {
  const a = await reachable(await startLocalNode(t, { name: 'a.test' }));
  const b = await startLocalNode(t, { name: 'b.test' });
  await befriend(a, b);
  await until(
    [a, b],
    'a to have heard from b',
    async () => (await a.api.status({})).clock_offset_ms !== null,
  );
  const answer = await a.api.runDoctor({});
  assert.deepEqual(results(answer), {
    identity: 'ok',
    clock: 'ok',
    name: 'ok',
    listener: 'ok',
    tls: 'skipped',
    'well-known': 'ok',
    reachable: 'ok',
  });
  assert.match(answer.self?.steps.at(-1)?.text ?? '', /b\.test tried it and reached/);
});

test('the steps are visible while they run', async (t) => {
  const a = await reachable(await startLocalNode(t, { name: 'a.test' }));
  const seen = new Set<number>();
  t.after(
    a.node.changes.subscribe(({ change }) => {
      if (change.topic === 'doctor')
        void a.api.doctor({}).then(({ self }) => seen.add(self?.steps.length ?? 0));
    }),
  );
  await a.api.runDoctor({});
  assert.ok(seen.has(1) && seen.has(7), [...seen].join());
  assert.equal((await a.api.doctor({})).self?.running, false);
});

test('a result is no longer shown once its subject has changed', async (t) => {
  const a = await reachable(await startLocalNode(t, { name: 'a.test' }));
  await a.api.runDoctor({});
  await a.api.changeSettings({ public_url: 'http://127.0.0.1:1' });
  assert.equal((await a.api.doctor({})).self, null);
});

test('the peer that calls back discovers a wrong address, which becomes a finding', async (t) => {
  const http = new Detour();
  const a = await reachable(await startLocalNode(t, { name: 'a.test' }));
  const b = await startLocalNode(t, { name: 'b.test', parts: { http } });
  await befriend(a, b);
  const nowhere = 'http://127.0.0.1:1';
  await a.api.changeSettings({ public_url: nowhere });
  await http.strand(b.api, 'a.test', nowhere, a.url);
  const answer = await a.api.runDoctor({});
  assert.equal(results(answer).reachable, 'failed');
  const found = answer.findings.find(({ code }) => code === 'public-address-unreachable');
  assert.match(found?.text ?? '', /^b\.test tried /);
  assert.match(found?.fix ?? '', /port forwarding/);
  assert.equal((await a.api.status({})).health.text, found?.text);

  await a.api.changeSettings({ public_url: a.url });
  assert.equal(await notReachable(a), undefined, 'it was said of another address');
});

const notReachable = async ({ api }: LocalNode) =>
  (await api.doctor({})).findings.find(({ code }) => code === 'public-address-unreachable');

test('a peer that called another address, or knows none, cannot say whether ours is reached: the next one is asked', async (t) => {
  const a = await reachable(await startLocalNode(t, { name: 'a.test' }));
  const step = async () => (await a.api.runDoctor({})).self?.steps.at(-1);
  const says = async (name: string, verdict: Record<string, unknown>) => {
    const peer = await new RawPeer(name).listen(t);
    peer.handlers.set('/reach', () => ({ status: 200, body: { text: 'as I said', ...verdict } }));
    await a.api.addPeer({ endpoint: peer.url });
  };
  await says('old.test', { reachable: true, endpoint: `http://old.example${federationPrefix}` });
  await says('mute.test', { reachable: false, endpoint: null });
  const unsaid = await step();
  assert.equal(unsaid?.result, 'skipped');
  assert.match(unsaid?.text ?? '', /no friend’s server can try it/);
  assert.equal(await notReachable(a), undefined);
  await says('b.test', { reachable: false, endpoint: `${a.url}${federationPrefix}/` });
  const said = await step();
  assert.equal(said?.result, 'failed');
  assert.match(said?.text ?? '', /^b\.test tried it and didn’t reach your server\. as I said/);
  assert.match((await notReachable(a))?.text ?? '', /^b\.test tried /);
});

test('a proxy that shows a certificate of its own, while this server shows another, is reported with what to do', async (t) => {
  const a = await startTlsNode(t, 'a.test', tempDir(t));
  const proxy = await serveTls(t, await certificateFor('localhost'));
  await a.node.api.changeSettings({ public_url: `https://localhost:${proxy.port}` });
  const { self } = await a.node.api.runDoctor({});
  const step = self?.steps.find(({ step }) => step === 'well-known');
  assert.equal(step?.result, 'failed', step?.text);
  assert.match(step?.text ?? '', /presents a certificate that peers refuse/);
  assert.match(step?.fix ?? '', /turn TLS off in Server, Network \(or start with --tls off\)/);
});

test('the listener’s certificate is checked as peers see it, by its public name', async (t) => {
  const pair = await certificateFor('public.example');
  const before = getCACertificates('default');
  t.after(() => setDefaultCACertificates(before));
  setDefaultCACertificates([...before, pair.cert]);
  const { port } = await serveTls(t, pair);
  const look = async (name: string) => {
    const url = new URL(`https://127.0.0.1:${port}`);
    const policy = { byOwner: true, tlsSha256: null };
    return (await lookAtCertificate(url, policy, systemPorts.clock, name)).distrust;
  };
  assert.equal(await look('public.example'), null);
  assert.equal(await look('other.example'), 'ERR_TLS_CERT_ALTNAME_INVALID');
  assert.equal(await look('192.0.2.1'), 'ERR_TLS_CERT_ALTNAME_INVALID');
});

test('a public address where another server answers is reported', async (t) => {
  const a = await startLocalNode(t, { name: 'a.test' });
  const b = await startLocalNode(t, { name: 'b.test' });
  await a.api.changeSettings({ public_url: b.url });
  const answer = await a.api.runDoctor({});
  const step = answer.self?.steps.find(({ step }) => step === 'well-known');
  assert.equal(step?.result, 'failed');
  assert.match(step?.text ?? '', /answers as b\.test/);
});

test('a step that cannot be tested is shown as such, and is not a failure', async (t) => {
  const a = await startLocalNode(t, { name: 'a.test' });
  const answer = await a.api.runDoctor({});
  const skipped = answer.self?.steps.filter(({ result }) => result === 'skipped') ?? [];
  assert.deepEqual(
    skipped.map(({ step }) => step),
    ['clock', 'name', 'tls', 'well-known', 'reachable'],
  );
  for (const { text } of skipped) assert.match(text, /^Not tested: /);
});

test('a self-signed certificate is shown with how long it is valid', async (t) => {
  const a = await startTlsNode(t, 'a.test', tempDir(t));
  const answer = await a.node.api.runDoctor({});
  const step = answer.self?.steps.find(({ step }) => step === 'tls');
  assert.match(step?.text ?? '', /is self-signed\. Peers pin its key\. It is valid for \d+ more days/);
});
