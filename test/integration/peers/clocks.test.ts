import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { systemPorts } from '../../../main/kernel/ports.ts';
import { federationPrefix } from '../../../shared/protocol/transport.ts';
import { ask } from '../../support/attack/socket.ts';
import { LeapingClock } from '../../support/leaping-clock.ts';
import { befriend, type LocalNode, startLocalNode } from '../../support/nodes/local-node.ts';
import { reachable } from '../../support/pairing/pairing.ts';
import { RawPeer } from '../../support/parties/raw-peer.ts';
import { until } from '../../support/until.ts';

interface Leaping {
  readonly node: LocalNode;
  readonly clock: LeapingClock;
}

async function startLeaping(t: TestContext, name: string, aheadMs = 0): Promise<Leaping> {
  const clock = new LeapingClock();
  await clock.leap(aheadMs);
  return { node: await startLocalNode(t, { name, ports: { ...systemPorts, clock } }), clock };
}

const findingsOf = async ({ api }: LocalNode) => (await api.doctor({})).findings;
const found = async (node: LocalNode, code: string) =>
  (await findingsOf(node)).find((finding) => finding.code === code);

test('only our own calls discover a clock that is ten minutes off, and both owners learn how far', async (t) => {
  const { node: a } = await startLeaping(t, 'a.test', 600_000);
  const raw = await new RawPeer('raw.test').listen(t);
  await a.api.addPeer({ endpoint: raw.url });
  const check = await a.api.checkPeer({ server_name: 'raw.test' });
  const clock = check.steps.find(({ step }) => step === 'clock');
  assert.equal(clock?.result, 'failed');
  assert.match(clock?.text ?? '', /^Its clock is 10 minutes behind the clock of this computer/);
  assert.match(clock?.fix ?? '', /Set time automatically/);
  const off = await found(a, 'clock-skewed');
  assert.equal(off?.severity, 'error');
  assert.match(off?.text ?? '', /The clock of raw\.test is 10 minutes behind the clock of this computer/);
  const theirs = await found(a, 'peer-clock-skewed');
  assert.deepEqual(theirs?.depends_on, ['clock-skewed']);
  assert.match((await a.api.status({})).health.text, /10 min/);
});

test('a clock is warned about from half a minute on, while everything still works', async (t) => {
  const { node: a } = await startLeaping(t, 'a.test', 40_000);
  const b = await startLocalNode(t, { name: 'b.test' });
  await befriend(a, b);
  const check = await a.api.checkPeer({ server_name: 'b.test' });
  assert.equal(check.ok, true);
  assert.match(check.steps.find(({ step }) => step === 'clock')?.text ?? '', /That still works/);
  assert.equal((await found(a, 'clock-skewed'))?.severity, 'warning');
  await until([a, b], 'b to know as well', async () => (await found(b, 'peer-clock-skewed')) !== undefined);
});

test('findings don’t blame this computer if there is one peer, or two that disagree', async (t) => {
  const a = await startLocalNode(t, { name: 'a.test' });
  const { node: liar } = await startLeaping(t, 'liar.test', 600_000);
  await befriend(a, liar);
  await a.api.checkPeer({ server_name: 'liar.test' });
  const clockStep = async () =>
    (await a.api.runDoctor({})).self?.steps.find(({ step }) => step === 'clock')?.text ?? '';
  const off = async () => await found(a, 'clock-skewed');
  assert.equal((await off())?.title, 'Two clocks disagree');
  assert.match(await clockStep(), /^Two clocks disagree\..*either clock may be wrong\.$/);

  const b = await startLocalNode(t, { name: 'b.test' });
  await befriend(a, b);
  await a.api.checkPeer({ server_name: 'b.test' });
  const finding = await off();
  assert.equal(finding?.title, 'Your peers disagree about the time');
  assert.match(
    finding?.text ?? '',
    /^Compared with this computer: liar\.test is 10 minutes ahead, b\.test agrees\./,
  );
  assert.equal(await clockStep(), `${finding?.title}. ${finding?.text}`);
  assert.deepEqual((await found(a, 'peer-clock-skewed'))?.depends_on, ['clock-skewed']);
  assert.equal((await a.api.status({})).clock_offset_ms, null);
});

test('with several peers, the finding says whose clock is wrong', async (t) => {
  const { node: late } = await startLeaping(t, 'late.test', -600_000);
  const a = await startLocalNode(t, { name: 'a.test' });
  for (const name of ['b.test', 'c.test']) {
    const other = await startLocalNode(t, { name });
    await befriend(a, other);
    await befriend(late, other);
    for (const node of [a, late]) await node.api.checkPeer({ server_name: name });
  }
  await befriend(a, late);
  const theirs = await a.api.checkPeer({ server_name: 'late.test' });
  assert.match(
    theirs.steps.find(({ step }) => step === 'clock')?.text ?? '',
    /so the peer’s clock seems to be wrong/,
  );
  assert.equal(await found(a, 'clock-skewed'), undefined);
  assert.equal((await found(a, 'peer-clock-skewed'))?.subject, 'late.test');
  const ours = await late.api.checkPeer({ server_name: 'a.test' });
  assert.match(
    ours.steps.find(({ step }) => step === 'clock')?.text ?? '',
    /so the clock of this computer seems to be wrong/,
  );
  assert.equal((await found(late, 'clock-skewed'))?.title, 'The clock of this computer is wrong');
});

test('a peer that fetches with a wrong clock is refused, and its owner’s friend can see that', async (t) => {
  const a = await reachable(await startLocalNode(t, { name: 'a.test' }));
  const { node: b, clock } = await startLeaping(t, 'b.test');
  const { link } = await a.api.makePeerInvite({});
  await b.api.acceptPeerInvite({ link: link ?? '' });
  await until([a, b], 'contact', async () => (await a.api.peer({ server_name: 'b.test' })).state === 'ok');
  await clock.leap(3 * 3_600_000);
  const refused = await until([a, b], 'the refusal', async () => {
    const peer = await a.api.peer({ server_name: 'b.test' });
    return peer.state === 'refused' && peer;
  });
  assert.equal(
    refused.state_text,
    'Your server refuses what it sends: its clock is 3 hours ahead of the clock of this computer.',
  );
  assert.equal(Math.round((refused.clock_offset_ms ?? 0) / 3_600_000), 3);
  assert.equal((await found(a, 'peer-clock-skewed'))?.text, refused.state_text);
  // The clock here may as well be wrong if there is only one friend.
  const { health } = await a.api.status({});
  assert.deepEqual([health.state, health.cause], ['broken', 'clock-skewed']);
});

test('a delivery refused because of its time says so, and succeeds once the clock is right', async (t) => {
  const { node: a, clock } = await startLeaping(t, 'a.test');
  const { node: b, clock: clockOfB } = await startLeaping(t, 'b.test');
  await befriend(a, b);
  const room = await b.api.createRoom({ name: 'Lobby', join_rule: 'peers' });
  await a.api.joinRoom({ room_id: room.room_id });
  const { node: c, clock: clockOfC } = await startLeaping(t, 'c.test');
  await befriend(a, c);
  await clock.leap(600_000);
  // Before two peers show that the clock is wrong; from then on nothing is written.
  await a.api.postMessage({ room_id: room.room_id, body: 'from the future' });
  await a.api.checkPeer({ server_name: 'c.test' });
  const entry = await until([a], 'the refusal', async () => {
    const [waiting] = (await a.api.outboxEntries({ destination: 'b.test' })).items;
    return waiting?.last_error?.includes('clock') && waiting;
  });
  const named =
    /clocks disagree\. Its clock is 10 minutes behind the clock of this computer.*the clock of this computer seems to be wrong\. .*Set time automatically/;
  assert.match(entry.last_error ?? '', named);
  const peer = await a.api.peer({ server_name: 'b.test' });
  assert.match(peer.state_text, named);
  const refused = await found(a, 'peer-refusing');
  if (refused) assert.deepEqual(refused.depends_on, ['clock-skewed']);
  assert.ok(await found(a, 'clock-skewed'));
  await assert.rejects(
    a.api.joinRoom({ room_id: (await b.api.createRoom({ name: 'Other', join_rule: 'peers' })).room_id }),
    named,
  );
  // Times that were signed before the jump aren't recent any more by then.
  for (const one of [clock, clockOfB, clockOfC]) await one.leap(4 * 60_000);
  await until([a, b], 'b to know as well', async () =>
    /10 min/.test((await found(b, 'peer-clock-skewed'))?.text ?? ''),
  );

  await clock.leap(-600_000);
  await a.api.retryOutbox({ destination: 'b.test' });
  await until(
    [a, b],
    'the message',
    async () => (await b.api.timeline({ room_id: room.room_id })).items.length === 1,
  );
  for (const node of [a, b])
    await until([a, b], `nobody to be warned at ${node.name}`, async () =>
      (await findingsOf(node)).every(({ code }) => !code.endsWith('clock-skewed')),
    );
});

test('a request refused for its time shows only its signer’s time', async (t) => {
  const a = await startLocalNode(t, { name: 'a.test' });
  const raw = await new RawPeer('raw.test').listen(t);
  raw.handlers.set('/keys', () => ({ status: 200, body: raw.keys(), headers: { date: 'none' } }));
  raw.handlers.set('/queue', () => ({ status: 404, body: {}, headers: { date: 'none' } }));
  await a.api.addPeer({ endpoint: raw.url });
  const target = `${federationPrefix}/queue?after=0`;
  const call = (headers: Record<string, string>) => ask(a.url, 'GET', target, Object.entries(headers));
  const offset = async () => (await a.api.peer({ server_name: 'raw.test' })).clock_offset_ms;
  const late = raw.headers('GET', target, '', Date.now() - 600_000);

  const forged = {
    ...late,
    'x-paracord-signature': new RawPeer('raw.test').headers('GET', target, '')['x-paracord-signature'] ?? '',
  };
  const blamed = { ...late, 'x-paracord-timestamp': String(Date.now() - 900_000) };
  for (const headers of [forged, blamed]) assert.equal((await call(headers)).status, 401);
  assert.equal(await offset(), null, 'what isn’t signed by the peer teaches nothing');

  const answer = await call(late);
  assert.equal(answer.status, 401);
  assert.match(String((answer.body as { message?: string }).message), /is 60\d{4} ms behind ours/);
  const learnt = await offset();
  assert.ok(learnt !== null && Math.abs(learnt + 600_000) < 5_000, String(learnt));

  const later = [500_500, 500_000].map((ago) => raw.headers('GET', target, '', Date.now() - ago));
  for (const headers of later) assert.equal((await call(headers)).status, 401);
  assert.ok(Math.abs(((await offset()) ?? 0) + 500_000) < 5_000, 'what it signs later does');

  for (let again = 0; again < 3; again++) await raw.call(a.url, 'GET', '/queue?after=0');
  assert.ok(Math.abs((await offset()) ?? Number.NaN) < 5_000, 'its present word counts more');
});

test('recorded requests, sent again every few minutes, do not make a quiet peer’s clock look wrong', async (t) => {
  const { node: a, clock } = await startLeaping(t, 'a.test');
  const raw = await new RawPeer('raw.test').listen(t);
  raw.handlers.set('/keys', () => ({ status: 200, body: raw.keys(), headers: { date: 'none' } }));
  await a.api.addPeer({ endpoint: raw.url });
  const target = `${federationPrefix}/queue?after=0`;
  const recorded = [2, 1, 0].map((ago) => raw.headers('GET', target, '', Date.now() - ago));
  const send = async (headers: Record<string, string>) =>
    (await ask(a.url, 'GET', target, Object.entries(headers))).status;
  for (const headers of recorded) assert.equal(await send(headers), 200);
  for (const handler of ['/events', '/event/:id', '/queue', '/keys']) raw.handlers.set(handler, () => 'hang');
  for (let round = 0; round < 4; round++) {
    // Longer than signatures are remembered.
    await clock.leap(5 * 60_000);
    for (const headers of [...recorded, ...recorded]) assert.equal(await send(headers), 401);
    const { clock_offset_ms } = await a.api.peer({ server_name: 'raw.test' });
    assert.ok(Math.abs(clock_offset_ms ?? 0) < 5_000, `${clock_offset_ms}`);
  }
  assert.equal(await found(a, 'peer-clock-skewed'), undefined);
});
