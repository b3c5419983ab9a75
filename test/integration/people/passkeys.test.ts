import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  joined,
  joinSecret,
  movedClock,
  openEntrance,
  passkeyAsked,
  passkeyJoined,
  passkeyLogIn,
  resetSecret,
  Visitor,
} from '../../support/nodes/people.ts';
import { Authenticator } from '../../support/parties/authenticator.ts';

test('somebody joins with a passkey and without a password, and logs in with it elsewhere', async (t) => {
  const node = await openEntrance(t);
  const { visitor, key } = await passkeyJoined(node, 'mia');
  const { has_password, passkeys } = await visitor.api.account({});
  assert.deepEqual([has_password, passkeys], [false, 1]);
  const tablet = new Visitor(node);
  const atAddress = async () => (await node.api.entranceAddresses({})).items.map(({ passkey }) => passkey);
  assert.deepEqual(await atAddress(), ['expected']);
  assert.equal(await passkeyLogIn(tablet, key), 200);
  assert.deepEqual(await atAddress(), ['tested']);
  assert.equal((await tablet.api.account({})).user_id, '@mia:a.test');
  assert.equal((await new Visitor(node).logIn('mia')).status, 403, 'there is no password to guess');
});

test('a passkey works only for its own host, page and person', async (t) => {
  const node = await openEntrance(t);
  const { key } = await passkeyJoined(node, 'mia');
  for (const page of [
    { origin: 'https://evil.test' },
    { origin: 'https://a.test.evil.test' },
    { origin: 'http://a.test' },
    { rpId: 'evil.test' },
    { verified: false },
  ])
    assert.equal(await passkeyLogIn(new Visitor(node), key, page), 403, JSON.stringify(page));
  assert.equal(await passkeyLogIn(new Visitor(node), new Authenticator()), 403, 'an unknown one');
  assert.equal(
    await passkeyLogIn(new Visitor(node), key, { origin: 'https://a.test:8448' }),
    200,
    'at any port',
  );
});

test('a challenge works once, for its own purpose, within five minutes', async (t) => {
  const { time, ports } = movedClock();
  const node = await openEntrance(t, { ports });
  const { visitor, key } = await passkeyJoined(node, 'mia');
  const passkey = key.use(await passkeyAsked(visitor, 'passkey-challenge'));
  assert.equal((await visitor.post('passkey-login', { passkey })).status, 200);
  assert.equal((await new Visitor(node).post('passkey-login', { passkey })).status, 403);
  const { options } = await visitor.api.newPasskey({ host: 'a.test' });
  assert.equal((await visitor.post('passkey-login', { passkey: key.use(options) })).status, 403);
  const late = key.use(await passkeyAsked(visitor, 'passkey-challenge'));
  time.now += 5 * 60_000;
  assert.equal((await new Visitor(node).post('passkey-login', { passkey: late })).status, 403);
  for (const nonsense of ['x', '{}', '[]', 'null', '{"response":{"clientDataJSON":"e30"}}'])
    assert.ok((await new Visitor(node).post('passkey-login', { passkey: nonsense })).status < 404, nonsense);
});

test('nobody makes a passkey for somebody else, for another host, or without a link', async (t) => {
  const node = await openEntrance(t);
  const mia = await joined(node, 'mia');
  const ben = await joined(node, 'ben');
  const { options } = await mia.api.newPasskey({ host: 'a.test' });
  const passkey = new Authenticator().make(options);
  await assert.rejects(ben.api.addPasskey({ passkey, device: 'x' }), { status: 403 });
  for (const host of ['evil.test', '127.0.0.1', 'localhost'])
    await assert.rejects(mia.api.newPasskey({ host }), { status: 400 });
  const eve = new Visitor(node);
  assert.equal((await eve.post('passkey-for-joining', { secret: 'x', localpart: 'eve' })).status, 410);
  const secret = await joinSecret(node);
  assert.equal((await eve.post('join', { secret, localpart: 'eve' })).status, 400);
  assert.equal((await eve.post('passkey-for-joining', { secret, localpart: 'ben' })).status, 409);
});

test('a passkey opens nothing after a removal, a reset or the end of its account', async (t) => {
  const node = await openEntrance(t);
  const { visitor, key } = await passkeyJoined(node, 'mia');
  const second = new Authenticator();
  const { options } = await visitor.api.newPasskey({ host: 'a.test' });
  await visitor.api.addPasskey({ passkey: second.make(options), device: 'Laptop' });
  const { items } = await visitor.api.passkeys({});
  assert.deepEqual(
    items.map(({ host, works }) => [host, works]),
    [
      ['a.test', true],
      ['a.test', true],
    ],
  );
  const ben = await joined(node, 'ben');
  const laptop = items.find(({ device }) => device === 'Laptop')?.id ?? '';
  await assert.rejects(ben.api.removePasskey({ passkey_id: laptop }), { status: 404 });
  await visitor.api.removePasskey({ passkey_id: laptop });
  assert.equal(await passkeyLogIn(new Visitor(node), second), 403);
  assert.equal(await passkeyLogIn(new Visitor(node), key), 200);
  const secret = await resetSecret(node, '@mia:a.test');
  await visitor.post('reset', { secret, password: 'another long word' });
  assert.equal(await passkeyLogIn(new Visitor(node), key), 403);
});

test('a device’s six digits ask like its link, and guessing them is slow', async (t) => {
  const node = await openEntrance(t, { ports: movedClock().ports });
  const mia = await joined(node, 'mia');
  const { code } = await mia.api.makeDeviceLink({});
  assert.match(code ?? '', /^\d{6}$/);
  const tablet = new Visitor(node, { 'x-forwarded-for': '203.0.113.50' });
  const stream = await mia.stream();
  const asking = tablet.post('device-code', { code: code ?? '' });
  await stream.heard('event: account');
  const [one] = (await mia.api.account({})).asking;
  await mia.api.answerDevice({ link_id: one?.link_id ?? '', allow: true });
  assert.equal((await asking).status, 200);
  assert.equal((await tablet.api.account({})).user_id, '@mia:a.test');
  assert.equal((await tablet.post('device-code', { code: code ?? '' })).status, 410, 'only once');
  const guess = async (address: string) =>
    (await new Visitor(node, { 'x-forwarded-for': address }).post('device-code', { code: '000000' })).status;
  const here: number[] = [];
  for (let n = 0; n < 11; n++) here.push(await guess('203.0.113.1'));
  assert.deepEqual(here, [...Array(10).fill(410), 429]);
  const everywhere: number[] = [];
  for (let n = 0; n < 60; n++) everywhere.push(await guess(`198.51.${n}.1`));
  assert.ok(everywhere.filter((status) => status === 410).length < 50, String(everywhere));
  assert.equal(everywhere.at(-1), 429);
});
