/** A household keeps what it has: after a restart, in another database, on another machine and after a restore. */
import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { systemPorts } from '../../../main/kernel/ports.ts';
import { moveData } from '../../../main/postgres/move.ts';
import { databaseFor, noPostgres } from '../../support/daemons/postgres.ts';
import { LeapingClock } from '../../support/leaping-clock.ts';
import { type LocalNode, type LocalNodeOptions, startLocalNode } from '../../support/nodes/local-node.ts';
import {
  joined,
  joinSecret,
  openEntrance,
  passkeyJoined,
  passkeyLogIn,
  password,
  resetSecret,
  Visitor,
} from '../../support/nodes/people.ts';
import { startPushService } from '../../support/push/push-service.ts';
import { tempDir } from '../../support/temp.ts';
import { until } from '../../support/until.ts';

const dayMs = 86_400_000;
const gatherMs = 2_000;

/** Everything that the owner sees of people, but when a device was last used. */
async function seen({ api }: LocalNode) {
  const accounts = (await api.accounts({})).items.map(({ devices: _, last_used_at: _at, ...one }) => one);
  const { items: hosts } = await api.passkeyHosts({});
  const { items: asks } = await api.consentAsks({});
  return { accounts, hosts, asks, allowed: await api.consents({ user_id: '@kim:a.test' }) };
}

/**
 * A household with everybody in it, in the database that the options name. `check` looks for all of it, and says at which
 * node.
 */
async function household(t: TestContext, options: Partial<LocalNodeOptions> = {}) {
  const clock = new LeapingClock();
  const service = await startPushService(t, () => clock.now());
  const same = { ports: { ...systemPorts, clock }, parts: { http: service.http } };
  const before = await openEntrance(t, { ...options, ...same });
  const { room_id } = await before.api.createRoom({ name: 'Family', join_rule: 'invite' });
  const admin = await joined(before, 'adam', { role: 'admin', rooms: [room_id] });
  const { visitor: mia, key } = await passkeyJoined(before, 'mia');
  const ben = await joined(before, 'ben', { rooms: [room_id] });
  const reset = (await admin.api.makeResetLink({ user_id: '@ben:a.test' })).url.split('/').at(-1) ?? '';
  await ben.post('reset', { secret: reset, password: 'another long word' });
  const { endpoint, keys } = await service.subscribe();
  await ben.api.turnPushOn({
    endpoint,
    ...keys,
    language: 'en',
    time_zone: 'Europe/Berlin',
    shows_text: true,
    quiet_hours: { from: '03:00', to: '03:01' },
  });
  await joined(before, 'rex');
  await before.api.removeAccount({ user_id: '@rex:a.test' });
  await before.api.addUser({ localpart: 'nora' });
  const kim = await joined(before, 'kim', { role: 'child' });
  const ponies = (await kim.api.createRoom({ name: 'Ponies', join_rule: 'invite' })).room_id;
  const answer = { user_id: '@kim:a.test', room_id: ponies, allow: true };
  await admin.api.answerConsent(answer);
  await assert.rejects(kim.api.inviteUser({ room_id: ponies, user_id: '@nora:a.test' }), { status: 403 });
  await admin.api.answerConsent({ ...answer, people: ['@nora:a.test'] });
  await kim.api.createRoom({ name: 'Stars', join_rule: 'invite' });
  const gus = await joined(before, 'gus', { role: 'guest', guest_days: 2, rooms: [room_id] });
  await before.api.changeProfile({ display_name: 'Anna' });
  await new Visitor(before).post('reset', { secret: await resetSecret(before, '@a:a.test'), password });
  const secret = await joinSecret(before, { role: 'child', rooms: [room_id] });
  const all = { admin, mia, ben, kim, gus };
  const wanted = await seen(before);
  assert.equal(wanted.accounts.length, 8);
  assert.deepEqual([wanted.asks.length, wanted.allowed.people.length], [1, 1]);
  const resetOf = (await ben.api.account({})).reset;
  assert.equal(resetOf?.by, '@adam:a.test');

  async function check(node: LocalNode, keepsLogins = true): Promise<void> {
    assert.deepEqual(await seen(node), wanted);
    for (const [name, { cookie }] of Object.entries(all)) {
      const old = new Visitor(node);
      old.cookie = cookie;
      assert.equal((await old.send('GET', '/api/v1/account')).status, keepsLogins ? 200 : 401, name);
    }
    const open = await new Visitor(node).post('link', { secret });
    assert.equal(open.status, keepsLogins ? 200 : 410);
    assert.equal((await new Visitor(node).post('link', { secret: reset })).status, 410, 'it was used');
    for (const [name, word] of [
      ...[['adam', password] as const, ['a', password] as const, ['kim', password] as const],
      ...[['gus', password] as const, ['ben', 'another long word'] as const],
    ])
      assert.equal((await new Visitor(node).logIn(name, word)).status, 200, name);
    for (const name of ['ben', 'rex', 'nora', 'mia'])
      assert.equal((await new Visitor(node).logIn(name)).status, 403, name);
    const there = new Visitor(node);
    assert.equal(await passkeyLogIn(there, key), 200);
    const renamed = await new Visitor(node).post('join', {
      secret: await joinSecret(node),
      localpart: 'rex',
      password,
    });
    assert.equal(renamed.status, 409, 'nobody gets the name of somebody who was removed');
    await there.logIn('ben', 'another long word');
    assert.deepEqual((await there.api.account({})).reset, resetOf);
    await there.logIn('kim');
    await there.api.postMessage({ room_id: ponies, body: 'Hello' });
    const { items } = await there.api.rooms({});
    assert.deepEqual(items.map(({ name, waits }) => [name, waits]).toSorted(), [
      ['Ponies', null],
      ['Stars', 'room'],
    ]);
    await rings(node, keepsLogins);
  }

  /** Ben's phone, and only while it is logged in. */
  async function rings(node: LocalNode, isLoggedIn: boolean): Promise<void> {
    const { asked } = service;
    await node.api.postMessage({ room_id, body: `Number ${asked}` });
    if (!isLoggedIn) {
      const anywhere = new Visitor(node);
      await anywhere.logIn('ben', 'another long word');
      const states = (await anywhere.api.devices({})).items.map(({ push }) => push.state);
      assert.deepEqual([...new Set(states)], ['unknown']);
      return;
    }
    await until([node], 'the timer', () => clock.isSetFor(0, gatherMs));
    await clock.leap(gatherMs);
    await service.askedTimes(asked + 1);
    assert.equal(JSON.parse(service.accepted.at(-1)?.text ?? '').body, `Anna: Number ${asked}`);
    assert.equal(service.accepted.at(-1)?.path, '/send/1');
    // It doesn't ring for this again after the next move.
    await ben.api.markRead({ room_id });
    await until([node], 'the answer', async () =>
      (await ben.api.devices({})).items.some(({ push }) => push.accepted_at !== null),
    );
  }

  /** The guest's time ends there, too. */
  async function guestLeaves(node: LocalNode): Promise<void> {
    await clock.leap(2 * dayMs);
    assert.equal((await new Visitor(node).logIn('gus')).status, 403);
    assert.equal((await new Visitor(node).logIn('kim')).status, 200);
  }

  const port = Number(new URL(before.url).port);
  const start = (dataDir: string, more: Partial<LocalNodeOptions> = {}) =>
    startLocalNode(t, { ...same, name: 'a.test', dataDir, port, setUp: false, ...more });
  return { before, start, check, guestLeaves };
}

test('a restart keeps accounts, logins, links, guardians’ decisions and notifications', async (t) => {
  const { before, start, check, guestLeaves } = await household(t);
  await before.stop();
  const again = await start(before.dataDir);
  await check(again);
  await guestLeaves(again);
});

test('moving the data to PostgreSQL and back keeps all of it', { skip: noPostgres }, async (t) => {
  const { before, start, check, guestLeaves } = await household(t, { onFile: true });
  const { dataDir } = before;
  await before.stop();
  const move = async (to: string) => {
    await moveData({ dataDir, to, clock: systemPorts.clock, onRows: () => {} });
    const node = await start(dataDir);
    await check(node);
    return node;
  };
  await (await move(await databaseFor(t))).stop();
  await guestLeaves(await move('sqlite'));
});

test('a copy of the data folder on another machine keeps everything but logins and links', async (t) => {
  const { before, start, check, guestLeaves } = await household(t, { onFile: true });
  await before.stop();
  const elsewhere = join(tempDir(t), 'copy');
  cpSync(before.dataDir, elsewhere, { recursive: true });
  const there = await start(elsewhere);
  await check(there, false);
  await guestLeaves(there);
});

test('a restored backup keeps everything but logins and links', async (t) => {
  const { before, start, check, guestLeaves } = await household(t, { onFile: true });
  const { folder } = await before.api.backUp({});
  const copy = join(tempDir(t), 'backup');
  cpSync(folder, copy, { recursive: true });
  await before.stop();
  const again = await start(tempDir(t), { onFile: true });
  await again.api.restoreBackup({ folder: copy });
  await again.node.restarting;
  await check(again, false);
  await guestLeaves(again);
});
