import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Acceptances } from '../../../../main/pairing/acceptances.ts';
import { readSaid } from '../../../../shared/words/said.ts';
import { says, unreachable } from '../../../support/pairing/ground.ts';
import { invited, minutes } from '../../../support/pairing/invited.ts';
import { inEnglish } from '../../../support/words.ts';

const days = 24 * 60 * minutes;

/** The invited side, and a short link of `anna.test`, which doesn't answer. */
async function away(t: TestContext) {
  const world = await invited(t);
  const { clock } = world;
  const anna = world.meet('anna.test');
  const link = world.roomLinkOf(anna);
  const room = { room_id: '!1:anna.test', name: 'Kitchen' };
  const offer = world.offerOf(anna, { room, expires_at: clock.now() + 7 * days });
  anna.offer = () => unreachable;
  const revoke = () => says(200, JSON.parse(world.offerOf(anna, { status: 'revoked' })));
  const comesBack = (): void => {
    anna.offer = () => says(200, JSON.parse(offer));
  };
  const restarted = (): Acceptances => {
    const again = new Acceptances({ ...world, contacts: { heardFrom: () => {} } });
    again.start();
    t.after(() => again.stop());
    return again;
  };
  return { ...world, restarted, anna, link, comesBack, revoke };
}

test('a link whose server is away is kept, tried less and less often, and accepted once it is back', async (t) => {
  const { acceptances, link, clock, comesBack, notices, joined, modeOf } = await away(t);
  await assert.rejects(acceptances.accept(link), { code: 'SERVICE_UNAVAILABLE' });
  assert.deepEqual(acceptances.waiting(), [], 'only on request');
  const answer = await acceptances.acceptOrKeep(link);
  assert.ok('host' in answer);
  assert.equal(answer.fingerprint.split('-').length, 6);
  assert.deepEqual(
    acceptances.waiting().map(({ host }) => host),
    ['anna.test'],
  );
  await clock.advance(15_000 + 30_000);
  assert.equal(modeOf('anna.test'), undefined, 'nothing is trusted before it answers');
  assert.deepEqual(notices, []);
  comesBack();
  await clock.advance(60_000);
  assert.equal(modeOf('anna.test'), 'allow');
  assert.deepEqual(joined, ['@owner:us.test !1:anna.test via anna.test']);
  assert.deepEqual(notices, ['You are now in “Kitchen” on anna.test.']);
  assert.deepEqual(acceptances.waiting(), []);
  assert.equal(clock.timers, 0);
});

test('each side may be offline in turn: a kept link survives a restart, and is tried at once then', async (t) => {
  const { acceptances, link, clock, comesBack, modeOf, store, restarted } = await away(t);
  await acceptances.acceptOrKeep(link);
  await acceptances.stop();
  comesBack();
  await clock.advance(days);
  assert.equal(modeOf('anna.test'), undefined);
  assert.equal(restarted().waiting().length, 1);
  await clock.advance(0);
  assert.equal(modeOf('anna.test'), 'allow');
  assert.deepEqual(store.acceptances.all(), []);
});

test('someone else at the address of a server that is away ends nothing, and gets no token', async (t) => {
  const { acceptances, link, clock, anna, comesBack, modeOf, notices } = await away(t);
  await acceptances.acceptOrKeep(link);
  const stranger = { offer: 'nonsense', server_name: 'anna.test', status: 'revoked' };
  for (const answer of [
    () => says(404, {}),
    () => says(404, { code: 'NOT_FOUND', details: { reason: 'unknown_invite' } }),
    () => says(200, stranger),
    () => says(200, {}),
  ]) {
    anna.offer = answer;
    await clock.advance(15 * minutes);
    assert.equal(acceptances.waiting().length, 1);
  }
  assert.equal(modeOf('anna.test'), undefined);
  assert.ok(
    anna.asked.every((path) => path.includes('/peers/invite/')),
    anna.asked.join(),
  );
  assert.deepEqual(notices, []);
  assert.match(inEnglish(readSaid(acceptances.waiting()[0]?.last_error ?? '')), /anna\.test/);
  comesBack();
  await clock.advance(15 * minutes);
  assert.equal(modeOf('anna.test'), 'allow');
});

test('a link is kept although someone else answered before its server went away', async (t) => {
  const { link, anna, acceptances, notices } = await away(t);
  anna.offer = () => says(200, { offer: 'nonsense' });
  await assert.rejects(acceptances.preview(link), { code: 'BAD_REQUEST' });
  anna.offer = () => unreachable;
  assert.ok('host' in (await acceptances.acceptOrKeep(link)));
  assert.deepEqual(notices, []);
});

test('an invite that its inviter revoked meanwhile ends the wait, and the owner reads why', async (t) => {
  const { acceptances, link, clock, anna, notices, modeOf, revoke } = await away(t);
  await acceptances.acceptOrKeep(link);
  anna.offer = revoke;
  await clock.advance(15_000);
  assert.deepEqual(acceptances.waiting(), []);
  assert.match(notices.join(), /^The invite from anna\.test failed\. .*revoked/);
  assert.equal(modeOf('anna.test'), undefined);
  assert.equal(clock.timers, 0);
});

test('another link of the same host replaces a kept one', async (t) => {
  const { acceptances, anna, link, linkOf, offerOf, clock, notices, store } = await away(t);
  await acceptances.acceptOrKeep(link);
  const id = '0b'.repeat(8);
  const other = linkOf(anna, { id });
  anna.offer = () => unreachable;
  await acceptances.acceptOrKeep(other);
  assert.equal(acceptances.waiting().length, 1);
  assert.equal(store.acceptances.all().length, 1);
  anna.offer = (asked) => (asked === id ? says(200, JSON.parse(offerOf(anna, { id }))) : says(500, {}));
  await clock.advance(minutes);
  assert.deepEqual(notices, ['anna.test is now connected. It had been waiting for your server.']);
});

test('a kept link whose next state can’t be saved is still kept, and tried again', async (t) => {
  const { acceptances, link, clock, comesBack, store, modeOf } = await away(t);
  await acceptances.acceptOrKeep(link);
  comesBack();
  const full = t.mock.method(store.acceptances, 'put', () => {
    throw new Error('database or disk is full');
  });
  await clock.advance(15_000);
  assert.equal(acceptances.waiting()[0]?.state, 'kept');
  full.mock.restore();
  await clock.advance(minutes);
  assert.deepEqual([acceptances.waiting(), modeOf('anna.test')], [[], 'allow']);
});

test('the owner stops the wait', async (t) => {
  const { acceptances, link, clock, notices, modeOf, comesBack } = await away(t);
  await acceptances.acceptOrKeep(link);
  await assert.rejects(acceptances.giveUp('ben.test'), { code: 'NOT_FOUND' });
  await acceptances.giveUp('anna.test');
  comesBack();
  await clock.advance(15 * minutes);
  assert.equal(modeOf('anna.test'), undefined);
  assert.deepEqual(acceptances.waiting(), []);
  assert.deepEqual(notices, []);
});

test('after 30 days without an answer the node stops trying, and says so', async (t) => {
  const { acceptances, link, clock, notices } = await away(t);
  await acceptances.acceptOrKeep(link);
  await clock.advance(30 * days);
  await clock.advance(15 * minutes);
  assert.deepEqual(acceptances.waiting(), []);
  assert.deepEqual(notices, [
    'The invite from anna.test couldn’t be checked for 30 days, so your server stopped trying. Ask your friend for a new link.',
  ]);
  assert.equal(clock.timers, 0);
});

test('opening the link again when its server is back ends the wait at once', async (t) => {
  const { acceptances, link, clock, comesBack, notices } = await away(t);
  await acceptances.acceptOrKeep(link);
  comesBack();
  const accepted = await acceptances.accept(link);
  assert.equal('state' in accepted && accepted.state, 'connected');
  assert.deepEqual(acceptances.waiting(), []);
  assert.equal(clock.timers, 0);
  assert.deepEqual(notices, []);
});

test('a link that is wrong, or that its inviter calls revoked, is refused at once and not kept', async (t) => {
  const { acceptances, link, anna, revoke } = await away(t);
  await assert.rejects(acceptances.acceptOrKeep(link.slice(0, -4)), { code: 'BAD_REQUEST' });
  await assert.rejects(acceptances.acceptOrKeep('hello'), { code: 'BAD_REQUEST' });
  anna.offer = revoke;
  await assert.rejects(acceptances.acceptOrKeep(link), { code: 'BAD_REQUEST' });
  assert.deepEqual(acceptances.waiting(), []);
});
