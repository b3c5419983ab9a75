import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createLog } from '../../../../../main/kernel/log.ts';
import { newPeer } from '../../../../../main/store/tables/peer-store.ts';
import { Contacts } from '../../../../../main/trust/contact/contacts.ts';
import type { SettingsView } from '../../../../../shared/api/views/node-views.ts';
import { pairingGround } from '../../../../support/pairing/ground.ts';
import { refusalBody } from '../../../../support/refusal.ts';

async function knowingBen(t: TestContext) {
  const ground = await pairingGround(t);
  const { directory, told } = ground;
  const refusing = new Set<string>();
  const contacts = new Contacts({
    ...ground,
    log: createLog('silent'),
    settings: { get: () => ({ paused: false }) as SettingsView },
    delivery: { refusing: () => refusing },
    formProbe: { tryNewKey: async () => {} },
  });
  const ben = ground.meet('ben.test');
  await directory.put({
    ...newPeer('ben.test', 'ben.test'),
    mode: 'allow',
    endpoint: ben.endpoint,
  });
  t.after(() => contacts.stop());
  const news = () => told.splice(0);
  return { ...ground, contacts, refusing, ben, news };
}

test('contact shortly after contact changes nothing; after a minute, and after 13 minutes of silence, it does', async (t) => {
  const { contacts, clock, news } = await knowingBen(t);
  const heard = () => {
    contacts.heardFrom('ben.test');
    return news().flatMap((fact) => (fact.fact === 'heard-from' ? [fact.afterPause, fact.afterSilence] : []));
  };
  assert.deepEqual(heard(), [true, true]);
  await clock.advance(60_000);
  assert.deepEqual(heard(), [false, false]);
  // Connected peers call at least every 12 minutes.
  await clock.advance(13 * 60_000);
  assert.deepEqual(heard(), [true, false]);
  await clock.advance(13 * 60_000 + 1);
  assert.deepEqual(heard(), [true, true]);
});

test('a peer calls us if it signed a request lately; an answer doesn’t show that it can', async (t) => {
  const { contacts, clock } = await knowingBen(t);
  contacts.reached('ben.test');
  assert.equal(contacts.callsUs('ben.test'), false);
  contacts.calledBy('ben.test');
  assert.equal(contacts.callsUs('ben.test'), true);
  await clock.advance(13 * 60_000 + 1);
  assert.equal(contacts.callsUs('ben.test'), false);
  contacts.calledBy('ben.test');
  contacts.forget('ben.test');
  assert.equal(contacts.callsUs('ben.test'), false);
});

test('a peer is misdated from a refused request until one is accepted, or it is silent', async (t) => {
  const { contacts, clock, news } = await knowingBen(t);
  contacts.misdatedBy('ben.test', 3_600_000);
  contacts.misdatedBy('ben.test', 3_600_001);
  assert.equal(contacts.misdated('ben.test'), 3_600_001);
  assert.deepEqual(news(), [{ fact: 'peer-changed', server: 'ben.test' }]);
  contacts.calledBy('ben.test');
  assert.equal(contacts.misdated('ben.test'), null);
  contacts.misdatedBy('ben.test', 3_600_000);
  await clock.advance(13 * 60_000);
  assert.equal(contacts.misdated('ben.test'), null);
});

test('the first reading, and one after a failure, announces a fact', async (t) => {
  const { contacts, directory, news } = await knowingBen(t);
  contacts.letUsRead('ben.test', false);
  contacts.letUsRead('ben.test', true);
  assert.deepEqual(news(), [
    { fact: 'let-us-read', server: 'ben.test', isBack: false, isFirst: true },
    { fact: 'let-us-read', server: 'ben.test', isBack: true, isFirst: false },
  ]);
  assert.notEqual(directory.reachedAt('ben.test'), null);
});

test('only JSON is a peer’s own answer: the error page of a proxy is a failure, any other page is nothing', async (t) => {
  const { contacts } = await knowingBen(t);
  contacts.answered('ben.test', 502, '<html>Bad gateway</html>');
  const failing = contacts.of('ben.test');
  assert.match(JSON.stringify(failing.error), /network\.status/);
  contacts.answered('ben.test', 404, '<html>Not found</html>');
  assert.deepEqual(contacts.of('ben.test'), failing);
  contacts.answered('ben.test', 404, '{"message":"no such route"}');
  assert.deepEqual(contacts.of('ben.test'), failing);
  contacts.answered('ben.test', 500, refusalBody());
  assert.deepEqual([contacts.of('ben.test').error, contacts.of('ben.test').failingSince], [null, null]);
});

test('a peer that knows us is back; one that no longer does is reported as a fact', async (t) => {
  const { contacts, clock, ben, news } = await knowingBen(t);
  contacts.start();
  await clock.advance(20_000);
  assert.deepEqual(
    news().map(({ fact }) => fact),
    ['heard-from', 'came-back'],
  );
  ben.answer = () => ({ kind: 'answer', status: 403, headers: {}, body: refusalBody() });
  await clock.advance(6 * 60_000);
  assert.deepEqual(
    news().map(({ fact }) => fact),
    ['peer-changed'],
  );
  assert.equal(contacts.of('ben.test').knowsUs, false);
});

test('a peer that did not know us is asked again as soon as it calls for the first time', async (t) => {
  const { contacts, clock, ben, news } = await knowingBen(t);
  ben.answer = () => ({ kind: 'answer', status: 403, headers: {}, body: refusalBody() });
  contacts.start();
  await clock.advance(20_000);
  assert.equal(contacts.of('ben.test').knowsUs, false);
  news();
  ben.answer = () => ({ kind: 'answer', status: 404, headers: {}, body: refusalBody() });
  contacts.heardFrom('ben.test');
  assert.equal(contacts.of('ben.test').knowsUs, null);
  await clock.advance(5_000);
  assert.equal(contacts.of('ben.test').knowsUs, true);
  assert.ok(news().some(({ fact }) => fact === 'came-back'));
});

test('the days of a key that was proved count again from when its server knows us after a refusal', async (t) => {
  const { contacts, directory, clock, ben } = await knowingBen(t);
  const provedAt = () => directory.get('ben.test')?.proved_at;
  const first = clock.now();
  await directory.change('ben.test', { proved_at: first });
  contacts.start();
  await clock.advance(20_000);
  assert.equal(provedAt(), first);
  ben.answer = () => ({ kind: 'answer', status: 403, headers: {}, body: refusalBody() });
  await clock.advance(6 * 60_000);
  assert.equal(contacts.of('ben.test').knowsUs, false);
  ben.answer = () => ({ kind: 'answer', status: 404, headers: {}, body: refusalBody() });
  const before = clock.now();
  await clock.advance(6 * 60_000);
  assert.equal(contacts.of('ben.test').knowsUs, true);
  assert.ok((provedAt() ?? 0) > before);
});
