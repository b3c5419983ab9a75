import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { KeptLinks } from '../../../../main/pairing/kept-links.ts';
import { readSaid } from '../../../../shared/words/said.ts';
import { says, unreachable } from '../../../support/pairing/ground.ts';
import { invited, minutes } from '../../../support/pairing/invited.ts';
import { inEnglish } from '../../../support/words.ts';

const days = 24 * 60 * minutes;

/** The invited side, and a short link of `anna.test`, which doesn't answer. */
async function away(t: TestContext) {
  const world = await invited(t);
  const { acceptances, clock, store, notices, keyring } = world;
  const tell = (fact: { fact: string; said?: unknown }): void => {
    if (fact.fact === 'notice') notices.push(inEnglish(fact.said as Parameters<typeof inEnglish>[0]));
  };
  const links = () => {
    const kept = new KeptLinks({ store, acceptances, keyring, clock, tell });
    kept.start();
    t.after(() => kept.stop());
    return kept;
  };
  const anna = world.meet('anna.test');
  const link = world.roomLinkOf(anna);
  const room = { room_id: '!1:anna.test', name: 'Kitchen' };
  const offer = world.offerOf(anna, { room, expires_at: clock.now() + 7 * days });
  anna.offer = () => unreachable;
  const revoke = () => says(200, JSON.parse(world.offerOf(anna, { status: 'revoked' })));
  const comesBack = (): void => {
    anna.offer = () => says(200, JSON.parse(offer));
  };
  return { ...world, links, anna, link, comesBack, revoke };
}

test('a link whose server is away is kept, tried less and less often, and accepted once it is back', async (t) => {
  const { links, link, clock, comesBack, notices, joined, modeOf } = await away(t);
  const kept = links();
  await assert.rejects(kept.accept(link, undefined, false), { code: 'SERVICE_UNAVAILABLE' });
  assert.deepEqual(kept.list(), [], 'only on request');
  const answer = await kept.accept(link, undefined, true);
  assert.ok('kept' in answer);
  assert.equal(answer.fingerprint.split('-').length, 6);
  assert.deepEqual(
    kept.list().map(({ host }) => host),
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
  assert.deepEqual(kept.list(), []);
  assert.equal(clock.timers, 0);
});

test('each side may be offline in turn: what is kept survives a restart, and is tried at once then', async (t) => {
  const { links, link, clock, comesBack, modeOf, store } = await away(t);
  const before = links();
  await before.accept(link, undefined, true);
  await before.stop();
  comesBack();
  await clock.advance(days);
  assert.equal(modeOf('anna.test'), undefined);
  const after = links();
  assert.equal(after.list().length, 1);
  await clock.advance(0);
  assert.equal(modeOf('anna.test'), 'allow');
  assert.deepEqual(store.peerInvites.keptLinks(), []);
});

test('someone else at the address of a server that is away ends nothing, and gets no token', async (t) => {
  const { links, link, clock, anna, comesBack, modeOf, notices } = await away(t);
  const kept = links();
  await kept.accept(link, undefined, true);
  const stranger = { offer: 'nonsense', server_name: 'anna.test', status: 'revoked' };
  for (const answer of [
    () => says(404, {}),
    () => says(404, { code: 'NOT_FOUND', details: { reason: 'unknown_invite' } }),
    () => says(200, stranger),
    () => says(200, {}),
  ]) {
    anna.offer = answer;
    await clock.advance(15 * minutes);
    assert.equal(kept.list().length, 1);
  }
  assert.equal(modeOf('anna.test'), undefined);
  assert.ok(
    anna.asked.every((path) => path.includes('/peers/invite/')),
    anna.asked.join(),
  );
  assert.deepEqual(notices, []);
  assert.match(inEnglish(readSaid(kept.list()[0]!.last_error)), /anna\.test/);
  comesBack();
  await clock.advance(15 * minutes);
  assert.equal(modeOf('anna.test'), 'allow');
});

test('an invite that its inviter revoked meanwhile ends the wait, and the owner reads why', async (t) => {
  const { links, link, clock, anna, notices, modeOf, revoke } = await away(t);
  const kept = links();
  await kept.accept(link, undefined, true);
  anna.offer = revoke;
  await clock.advance(15_000);
  assert.deepEqual(kept.list(), []);
  assert.match(notices.join(), /^The invite from anna\.test failed\. .*revoked/);
  assert.equal(modeOf('anna.test'), undefined);
  assert.equal(clock.timers, 0);
});

test('the owner stops the wait', async (t) => {
  const { links, link, clock, notices, modeOf, comesBack } = await away(t);
  const kept = links();
  await kept.accept(link, undefined, true);
  assert.equal(await kept.giveUp('ben.test'), false);
  assert.equal(await kept.giveUp('anna.test'), true);
  comesBack();
  await clock.advance(15 * minutes);
  assert.equal(modeOf('anna.test'), undefined);
  assert.deepEqual(kept.list(), []);
  assert.deepEqual(notices, []);
});

test('after 30 days without an answer the node stops trying, and says so', async (t) => {
  const { links, link, clock, notices } = await away(t);
  const kept = links();
  await kept.accept(link, undefined, true);
  await clock.advance(30 * days);
  await clock.advance(15 * minutes);
  assert.deepEqual(kept.list(), []);
  assert.deepEqual(notices, [
    'The invite from anna.test couldn’t be checked for 30 days, so this server stopped trying. Ask your friend for a new link.',
  ]);
  assert.equal(clock.timers, 0);
});

test('opening the link again when its server is back ends the wait at once', async (t) => {
  const { links, link, clock, comesBack, notices } = await away(t);
  const kept = links();
  await kept.accept(link, undefined, true);
  comesBack();
  const accepted = await kept.accept(link, undefined, false);
  assert.equal('state' in accepted && accepted.state, 'connected');
  assert.deepEqual(kept.list(), []);
  assert.equal(clock.timers, 0);
  assert.deepEqual(notices, []);
});

test('a link that is wrong, or that its inviter calls revoked, is refused at once and not kept', async (t) => {
  const { links, link, anna, revoke } = await away(t);
  const kept = links();
  await assert.rejects(kept.accept(link.slice(0, -4), undefined, true), { code: 'BAD_REQUEST' });
  await assert.rejects(kept.accept('hello', undefined, true), { code: 'BAD_REQUEST' });
  anna.offer = revoke;
  await assert.rejects(kept.accept(link, undefined, true), { code: 'BAD_REQUEST' });
  assert.deepEqual(kept.list(), []);
});
