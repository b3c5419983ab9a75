import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newPeer } from '../../../../main/store/tables/peer-store.ts';
import { says, unreachable } from '../../../support/pairing/ground.ts';
import { busy, held, invited, minutes, takes } from '../../../support/pairing/invited.ts';

for (const decide of ['block', 'quarantine', 'forget'] as const)
  test(`a decision to ${decide} a server ends its unanswered invite`, async (t) => {
    const { acceptances, admin, meet, linkOf, clock, modeOf, onDisk, notices } = await invited(t);
    const anna = meet('anna.test');
    anna.accept = busy;
    const { state } = await acceptances.accept(linkOf(anna));
    assert.equal(state, 'waiting');
    assert.equal(modeOf('anna.test'), 'allow');
    if (decide === 'forget') await admin.forget('anna.test');
    else await admin.change('anna.test', { mode: decide });
    assert.deepEqual(acceptances.waiting(), []);
    anna.accept = takes(anna);
    anna.asked.length = 0;
    await clock.advance(59 * minutes);
    const mode = decide === 'forget' ? undefined : decide;
    assert.equal(modeOf('anna.test'), mode);
    assert.deepEqual(onDisk('anna.test'), { mode, waits: 0 });
    assert.deepEqual(anna.asked, []);
    assert.deepEqual(notices, []);
    assert.equal(clock.timers, 0);
  });

test('a block while the server of an invite is asked stays', async (t) => {
  const { acceptances, admin, meet, linkOf, clock, modeOf, onDisk } = await invited(t);
  const anna = meet('anna.test');
  const slow = held();
  const answer = anna.wellKnown();
  anna.wellKnown = () => slow.answer;
  const accepting = acceptances.accept(linkOf(anna));
  await clock.settle();
  await admin.add({ serverName: 'anna.test', mode: 'block' });
  slow.release(await answer);
  await assert.rejects(accepting, /blocked or quarantined anna\.test since, so its invite was canceled/);
  assert.equal(modeOf('anna.test'), 'block');
  assert.deepEqual(onDisk('anna.test'), { mode: 'block', waits: 0 });
});

test('a server that is forgotten while it is asked stays forgotten', async (t) => {
  const { acceptances, admin, meet, linkOf, clock, onDisk } = await invited(t);
  const anna = meet('anna.test');
  await admin.add({ endpoint: 'anna.test' });
  const slow = held();
  const answer = anna.wellKnown();
  anna.wellKnown = () => slow.answer;
  const accepting = acceptances.accept(linkOf(anna));
  await clock.settle();
  await admin.forget('anna.test');
  slow.release(await answer);
  await assert.rejects(accepting, /anna\.test was forgotten, and its invite was canceled/);
  assert.deepEqual(onDisk('anna.test'), { mode: undefined, waits: 0 });
});

test('a name that another server took in the meantime isn’t reassigned', async (t) => {
  const { acceptances, directory, meet, linkOf, clock, onDisk } = await invited(t);
  const anna = meet('anna.test');
  const slow = held();
  const answer = anna.wellKnown();
  anna.wellKnown = () => slow.answer;
  const accepting = acceptances.accept(linkOf(anna));
  await clock.settle();
  await directory.put({ ...newPeer('other.test', 'anna.test'), mode: 'allow' });
  slow.release(await answer);
  await assert.rejects(accepting, /other\.test already uses one of the names in this invite/);
  assert.deepEqual(onDisk('anna.test'), { mode: undefined, waits: 0 });
});

test('a block while an invite is being answered stays, whether the invite is refused or accepted', async (t) => {
  const { acceptances, admin, meet, linkOf, clock, modeOf, onDisk, connected } = await invited(t);
  for (const [name, status] of [
    ['anna.test', 403],
    ['ben.test', 200],
  ] as const) {
    const who = meet(name);
    const slow = held();
    who.accept = () => slow.answer;
    const accepting = acceptances.accept(linkOf(who));
    await clock.settle();
    await clock.settle();
    assert.equal(modeOf(name), 'allow');
    await admin.change(name, { mode: 'block', reason: 'enough' });
    slow.release(status === 200 ? await takes(who)() : says(403, { message: 'no' }));
    await assert.rejects(accepting, /blocked or quarantined (?:anna|ben)\.test since/);
    assert.equal(modeOf(name), 'block');
    assert.deepEqual(onDisk(name), { mode: 'block', waits: 0 });
  }
  assert.deepEqual(connected, []);
});

test('the owner’s changes to a server while it is asked are kept', async (t) => {
  const { acceptances, admin, meet, linkOf, clock, directory } = await invited(t);
  const anna = meet('anna.test');
  await admin.add({ endpoint: 'anna.test' });
  const slow = held();
  const answer = anna.wellKnown();
  anna.wellKnown = () => slow.answer;
  anna.accept = () => says(403, { message: 'no' });
  const accepting = acceptances.accept(linkOf(anna));
  await clock.settle();
  await admin.change('anna.test', { limits: { requests_per_minute: 7, burst: 3 } });
  slow.release(await answer);
  await assert.rejects(accepting, /anna\.test refuses the invite\. .*“no”/);
  const peer = directory.get('anna.test');
  assert.deepEqual([peer?.mode, peer?.requests_per_minute, peer?.burst], ['allow', 7, 3]);
});

test('a server that the owner trusts in the meantime stays trusted if its invite fails', async (t) => {
  const { acceptances, admin, meet, linkOf, modeOf } = await invited(t);
  const anna = meet('anna.test');
  anna.accept = busy;
  await acceptances.accept(linkOf(anna));
  await admin.add({ endpoint: 'anna.test' });
  await acceptances.giveUp('anna.test');
  assert.equal(modeOf('anna.test'), 'allow');
});

test('giving up an invite ends the trust that came with it', async (t) => {
  const { acceptances, meet, linkOf, clock, modeOf, onDisk } = await invited(t);
  const anna = meet('anna.test');
  anna.accept = busy;
  await acceptances.accept(linkOf(anna));
  assert.equal(modeOf('anna.test'), 'allow');
  await acceptances.giveUp('anna.test');
  assert.deepEqual(onDisk('anna.test'), { mode: undefined, waits: 0 });
  assert.equal(modeOf('anna.test'), undefined);
  assert.equal(clock.timers, 0);
  await assert.rejects(acceptances.giveUp('anna.test'), /No accepted invite from anna\.test is waiting/);
});

test('an invite that is given up while it is being answered stays given up, whatever the answer', async (t) => {
  const { acceptances, meet, linkOf, clock, modeOf, onDisk, connected, notices } = await invited(t);
  const anna = meet('anna.test');
  anna.accept = busy;
  const link = linkOf(anna);
  await acceptances.accept(link);
  for (const answer of [takes(anna)(), unreachable, says(403, {})]) {
    const slow = held();
    anna.accept = () => slow.answer;
    const accepting = acceptances.accept(link);
    await clock.settle();
    await clock.settle();
    await acceptances.giveUp('anna.test');
    slow.release(await answer);
    await assert.rejects(accepting, /You stopped waiting for anna\.test/);
    assert.equal(modeOf('anna.test'), undefined);
    assert.deepEqual(onDisk('anna.test'), { mode: undefined, waits: 0 });
  }
  assert.deepEqual([connected, notices, clock.timers], [[], [], 0]);
});

test('a failed invite leaves a known server as it was before, except for an address it reported', async (t) => {
  const { acceptances, meet, linkOf, directory, pins } = await invited(t);
  const [anna, ben] = [meet('anna.test'), meet('ben.test')];
  for (const who of [anna, ben]) {
    who.accept = busy;
    await directory.put({
      ...newPeer(who.name, who.name),
      mode: 'allow',
      endpoint: 'https://old.test/x',
      tls_sha256: 'ab'.repeat(32),
    });
    await pins.pin(who.name, who.keys);
    await acceptances.accept(linkOf(who));
    assert.equal(directory.get(who.name)?.endpoint, who.endpoint);
  }
  await directory.change('ben.test', { endpoint: 'https://new.test/x', tls_sha256: null });
  for (const name of ['anna.test', 'ben.test']) await acceptances.giveUp(name);
  const [atAnna, atBen] = [directory.get('anna.test'), directory.get('ben.test')];
  assert.deepEqual(
    [atAnna?.mode, atAnna?.endpoint, atAnna?.endpoint_by_owner, atAnna?.tls_sha256],
    ['allow', 'https://old.test/x', 0, 'ab'.repeat(32)],
  );
  assert.deepEqual([atBen?.mode, atBen?.endpoint, atBen?.tls_sha256], ['allow', 'https://new.test/x', null]);
});

test('a second link of a server replaces the unanswered one, with its trust', async (t) => {
  const { acceptances, meet, linkOf, clock, modeOf, store, keyring } = await invited(t);
  const anna = meet('anna.test');
  const slow = held();
  anna.accept = () => slow.answer;
  const first = acceptances.accept(linkOf(anna));
  await clock.settle();
  await clock.settle();
  anna.accept = busy;
  const second = linkOf(anna, { id: '0b'.repeat(8) });
  assert.equal((await acceptances.accept(second)).state, 'waiting');
  slow.release(says(403, {}));
  await assert.rejects(first, /Another invite from anna\.test was opened/);
  assert.equal(modeOf('anna.test'), 'allow');
  assert.equal(keyring.openLink(store.acceptances.all()[0]?.link ?? ''), second);
  assert.equal(clock.timers, 1);
  await acceptances.giveUp('anna.test');
  assert.equal(modeOf('anna.test'), undefined);
});

test('a link signed by another key doesn’t replace the first, because anyone can sign one that names a server', async (t) => {
  const { acceptances, meet, linkOf, store, clock, keyring } = await invited(t);
  const anna = meet('anna.test');
  anna.wellKnown = () => unreachable;
  const good = linkOf(anna);
  assert.equal((await acceptances.accept(good)).state, 'waiting');
  const mallory = meet('mallory.test', 7);
  await assert.rejects(
    acceptances.accept(linkOf(mallory, { server_name: 'anna.test', domain: 'anna.test' })),
    /Another invite from anna\.test, with a different key, is already waiting\. Nothing was changed\./,
  );
  assert.deepEqual(
    store.acceptances.all().map(({ link }) => keyring.openLink(link)),
    [good],
  );
  assert.equal(clock.timers, 1);
});

test('a link that is opened again, altered by a mail program, continues where it was', async (t) => {
  const { acceptances, meet, linkOf, clock } = await invited(t);
  const anna = meet('anna.test');
  const slow = held();
  anna.accept = () => slow.answer;
  const link = linkOf(anna);
  const both = [acceptances.accept(link), acceptances.accept(` ${link}/\n`)];
  await clock.settle();
  slow.release(await takes(anna)());
  assert.deepEqual(
    (await Promise.all(both)).map(({ state }) => state),
    ['connected', 'connected'],
  );
  assert.equal(anna.asked.filter((path) => path.endsWith('/peers/accept')).length, 1);
});

test('keys reported by a room’s home give way to what the server itself shows', async (t) => {
  const { acceptances, meet, linkOf, directory, pins } = await invited(t);
  const anna = meet('anna.test');
  await directory.put({ ...newPeer('anna.test', 'anna.test'), known_through: 'home.test' });
  await pins.adopt({
    home: 'home.test',
    serverName: 'anna.test',
    domain: 'anna.test',
    keys: [{ ...anna.keys[0]!, public_key: 'cd'.repeat(32) }],
  });
  assert.equal((await acceptances.accept(linkOf(anna))).state, 'connected');
  assert.equal(directory.key('anna.test', anna.keyId)?.public_key, anna.signer.publicKey);
});

test('an invite that expired between its preview and the owner’s decision is refused', async (t) => {
  const { acceptances, meet, linkOf, clock, modeOf } = await invited(t);
  const anna = meet('anna.test');
  const link = linkOf(anna);
  await clock.advance(60 * minutes - 1);
  assert.equal((await acceptances.preview(link)).server_name, 'anna.test');
  await clock.advance(1);
  await assert.rejects(acceptances.accept(link), /This invite from anna\.test has expired\. Ask your friend/);
  assert.deepEqual([modeOf('anna.test'), acceptances.waiting()], [undefined, []]);
  assert.equal(anna.asked.length, 2, 'only the offer');
});
