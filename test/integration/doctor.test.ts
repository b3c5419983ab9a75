import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DoctorView } from '../../shared/api/doctor-views.ts';
import { startTlsNode } from '../support/attack-tls.ts';
import { befriend, startLocalNode } from '../support/local-node.ts';
import { reachable } from '../support/pairing.ts';
import { tempDir } from '../support/temp.ts';
import { until } from '../support/until.ts';

const results = ({ self }: DoctorView) =>
  Object.fromEntries((self?.steps ?? []).map(({ step, result }) => [step, result]));

test('a node that is reached where it says passes every step, a peer having called back', async (t) => {
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
  assert.match(answer.self?.steps.at(-1)?.text ?? '', /b\.test called back/);
});

test('the steps can be watched while they go on', async (t) => {
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

test('an address that leads nowhere is found out by the peer that calls back, and becomes a finding', async (t) => {
  const a = await reachable(await startLocalNode(t, { name: 'a.test' }));
  const b = await startLocalNode(t, { name: 'b.test' });
  await befriend(a, b);
  await b.api.changePeer({ server_name: 'a.test', endpoint: 'http://127.0.0.1:1' });
  const answer = await a.api.runDoctor({});
  assert.equal(results(answer).reachable, 'failed');
  const found = answer.findings.find(({ code }) => code === 'not-reachable');
  assert.match(found?.text ?? '', /^b\.test tried /);
  assert.match(found?.fix ?? '', /port forwarding/);
  assert.equal((await a.api.status({})).health.text, found?.text);
});

test('a public address where another server answers is said', async (t) => {
  const a = await startLocalNode(t, { name: 'a.test' });
  const b = await startLocalNode(t, { name: 'b.test' });
  await a.api.changeSettings({ public_url: b.url });
  const answer = await a.api.runDoctor({});
  const step = answer.self?.steps.find(({ step }) => step === 'well-known');
  assert.equal(step?.result, 'failed');
  assert.match(step?.text ?? '', /answers as b\.test/);
});

test('what cannot be tested is said to be, and is no failure', async (t) => {
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
  assert.match(step?.text ?? '', /self-signed; peers pin its key, valid for \d+ more days/);
});
