import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Keyring } from '../../../../main/identity/keyring.ts';
import { KeyVault } from '../../../../main/identity/vault.ts';
import { systemPorts } from '../../../../main/kernel/ports.ts';
import { Acceptances } from '../../../../main/pairing/acceptances.ts';
import { ProtocolError } from '../../../../shared/protocol/errors.ts';
import { filesAsText } from '../../../support/database-text.ts';
import { says, unreachable } from '../../../support/pairing/ground.ts';
import { busy, invited, minutes } from '../../../support/pairing/invited.ts';
import { tempDir } from '../../../support/temp.ts';

const away = async (): Promise<void> => {
  throw new ProtocolError('SERVICE_UNAVAILABLE', 'away');
};

/** The part of a link that holds its token, as base64. */
const tokenIn = (link: string): string => link.split('#')[1]?.slice(12, 32) ?? assert.fail('no payload');

/** The invited side, and whether its database, with SQLite's log, holds the token of a link in plain. */
async function searched(t: TestContext) {
  const world = await invited(t);
  const inPlain = (link: string) => filesAsText(join(world.dir, 'node.db')).includes(tokenIn(link));
  const anna = world.meet('anna.test');
  return { ...world, anna, inPlain, link: world.roomLinkOf(anna) };
}

test('while its server is busy, an accepted link is on the disk only sealed', async (t) => {
  const { acceptances, anna, link, linkOf, meet, inPlain, store } = await searched(t);
  const ben = meet('ben.test', 2);
  anna.accept = ben.accept = busy;
  const links = [link, linkOf(ben)];
  for (const each of links) assert.equal((await acceptances.accept(each)).state, 'waiting');
  assert.equal(store.acceptances.all().length, 2);
  assert.deepEqual(links.map(inPlain), [false, false]);
});

test('a kept link is on the disk only sealed', async (t) => {
  const { acceptances, anna, link, inPlain, store } = await searched(t);
  anna.offer = () => unreachable;
  await acceptances.acceptOrKeep(link);
  assert.equal(store.acceptances.all().length, 1);
  assert.equal(inPlain(link), false);
});

test('while only the room is left to join, the token is gone, even for someone who has the key', async (t) => {
  const { acceptances, link, memberships, store, keyring, inPlain, clock } = await searched(t);
  const join = t.mock.method(memberships, 'join', away);
  assert.equal((await acceptances.accept(link)).isConnected, true);
  const [row] = store.acceptances.all();
  const opened = keyring.openLink(row?.link ?? '');
  assert.ok(opened.startsWith('https://anna.test/join#'));
  assert.equal(opened.includes(link.slice(-30, -5)), true, 'the key of the inviter');
  assert.equal(opened.includes(tokenIn(link)), false);
  assert.equal(inPlain(link), false);
  join.mock.restore();
  await clock.advance(minutes);
  assert.deepEqual([acceptances.waiting(), store.acceptances.all()], [[], []]);
});

test('a link that is opened again while only its room is left doesn’t repeat the acceptance', async (t) => {
  const { acceptances, link, memberships, anna } = await searched(t);
  t.mock.method(memberships, 'join', away);
  await acceptances.accept(link);
  // The inviter calls it used by now.
  anna.offer = () => says(404, {});
  assert.deepEqual((await acceptances.accept(`${link}/`)).isConnected, true);
  assert.equal(anna.asked.filter((path) => path.endsWith('/peers/accept')).length, 1);
  assert.equal(acceptances.waiting().length, 1);
});

test('a sealed link that isn’t ours ends as an invite that failed, and takes its trust with it', async (t) => {
  const ground = await searched(t);
  const { acceptances, anna, link, store, clock, modeOf } = ground;
  anna.accept = busy;
  await acceptances.accept(link);
  await acceptances.stop();
  const [row] = store.acceptances.all();
  assert.ok(row);
  for (const altered of [link, '', row.link.toLowerCase()]) {
    await store.writer.write(() => store.acceptances.put({ ...row, link: altered }));
    const notices: string[] = [];
    const tell = ({ fact }: { fact: string }) => void notices.push(fact);
    const later = new Acceptances({ ...ground, contacts: { heardFrom: () => {} }, tell });
    later.start();
    await clock.advance(minutes);
    await later.stop();
    assert.deepEqual(store.acceptances.all(), []);
    assert.ok(notices.includes('notice'));
  }
  assert.equal(modeOf('anna.test'), undefined);
});

test('before it is set up, a node stores no link, and says why', async (t) => {
  const ground = await searched(t);
  const { anna, link, store, clock } = ground;
  const keyring = new Keyring(new KeyVault(tempDir(t), null), clock, systemPorts.random);
  const fresh = { ...ground, keyring, contacts: { heardFrom: () => {} } };
  const acceptances = new Acceptances(fresh);
  t.after(() => acceptances.stop());
  for (const offer of [anna.offer, () => unreachable]) {
    anna.offer = offer;
    await assert.rejects(acceptances.acceptOrKeep(link), { code: 'SERVICE_UNAVAILABLE' });
  }
  assert.deepEqual([acceptances.waiting(), store.acceptances.all()], [[], []]);
});
