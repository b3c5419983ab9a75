import assert from 'node:assert/strict';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import { joined, openEntrance, Visitor } from '../../support/nodes/people.ts';
import { bodies, busy, phone } from '../../support/push/notified-phone.ts';
import { startPushService } from '../../support/push/push-service.ts';
import { until } from '../../support/until.ts';

test('an endpoint that is gone ends the subscription, and the device says why', async (t) => {
  for (const status of [404, 410]) {
    const { service, node, ben, say, gather, device } = await phone(t);
    service.answer = (_, response) => void response.writeHead(status).end();
    const { id } = await device();
    await ben.api.testPush({ device_id: id });
    await until([node], 'gone', async () => (await device()).push.state === 'gone');
    assert.match((await device()).push.test?.problem ?? '', /no longer knows this device/);
    await say('nobody hears it');
    await assert.rejects(ben.api.testPush({ device_id: id }), /off on this device/);
    assert.equal(service.asked, 1);
    assert.equal(typeof gather, 'function');
  }
});

test('a push service that asks to wait is asked again then, and only with the newest message of a room', async (t) => {
  const { service, clock, node, ben, say, gather, device } = await phone(t, { shows_text: true });
  service.answer = busy;
  await say('first');
  await gather();
  await service.askedTimes(1);
  await until([node], 'the problem', async () => /asked to wait/.test((await device()).push.problem ?? ''));
  service.answer = null;
  await say('second');
  await gather();
  await ben.api.unread({});
  assert.equal(service.asked, 1);
  await clock.leap(90_000);
  await service.askedTimes(2);
  assert.equal(JSON.parse(service.accepted[0]?.text ?? '').body, 'a: second');
  assert.equal(service.accepted.length, 1);
});

test('a message that waits rings, though a newer one of its room is read or deleted meanwhile', async (t) => {
  const { service, clock, node, ben, room_id, say, gather } = await phone(t, { shows_text: true });
  const [general] = (await node.api.room({ room_id })).channels;
  const { channel_id } = await node.api.addChannel({ room_id, name: 'plans' });
  const waits = async (body: string, newer: string, act: (event_id: string) => Promise<unknown>) => {
    const { asked } = service;
    service.answer = busy;
    await node.api.postMessage({ room_id, channel_id, body });
    await gather();
    await service.askedTimes(asked + 1);
    await until([node], 'the pause', () => clock.isSetFor(80_000, 90_000));
    const { event_id } = await say(newer);
    await gather();
    await act(event_id);
    service.answer = null;
    await clock.leap(90_000);
    await service.askedTimes(asked + 2);
  };
  const read = { room_id, channel_id: general?.channel_id ?? '' };
  await waits('Bring bread', 'Seen on the laptop', () => ben.api.markRead(read));
  await waits('And salt', 'A mistake', (event_id) => node.api.deleteMessage({ room_id, event_id }));
  assert.deepEqual(bodies(service), ['a: Bring bread', 'a: And salt']);
});

test('the notification of a message that comes while another is sent is about that one alone', async (t) => {
  const { service, node, say, gather } = await phone(t);
  const held: { accept?: () => void } = {};
  service.answer = (_, response) => {
    held.accept = () => void response.writeHead(201).end();
  };
  await say('first');
  await gather();
  await until([node], 'the request', () => held.accept !== undefined);
  await say('second');
  await gather();
  service.answer = null;
  held.accept?.();
  await service.askedTimes(2);
  assert.deepEqual(bodies(service), ['New message from a']);
});

test('a message that waits for its service isn’t sent once it is read or muted, or quiet hours begin', async (t) => {
  const { service, clock, node, ben, room_id, on, say, gather, device } = await phone(t);
  const waits = async (act: () => Promise<unknown>) => {
    const { asked } = service;
    service.answer = busy;
    await say('Soup at eight');
    await gather();
    await service.askedTimes(asked + 1);
    await until([node], 'the pause', () => clock.isSetFor(80_000, 90_000));
    await act();
    service.answer = null;
    await clock.leap(90_000);
  };
  await waits(() => ben.api.markRead({ room_id }));
  await waits(() => ben.api.muteRoom({ room_id, muted: true }));
  await ben.api.muteRoom({ room_id, muted: false });
  await waits(() => on(ben, { quiet_hours: { from: '00:00', to: '23:59' } }));
  await ben.api.testPush({ device_id: (await device()).id });
  await service.askedTimes(4);
  assert.equal(JSON.parse(service.accepted[0]?.text ?? '').body, 'This device rings.');
});

test('a service that refuses or fails is named, and one that fails is retried five times at most', async (t) => {
  const { service, clock, node, ben, device } = await phone(t);
  const { id } = await device();
  service.answer = (_, response) => void response.writeHead(403).end();
  await ben.api.testPush({ device_id: id });
  await until([node], 'refused', async () =>
    /push\.example refused the message \(status 403\)/.test((await device()).push.test?.problem ?? ''),
  );
  await clock.leap(10_000);
  service.answer = (_, response) => void response.writeHead(503).end();
  await ben.api.testPush({ device_id: id });
  for (let tries = 1; tries < 5; tries++) {
    await service.askedTimes(1 + tries);
    const pauseMs = 10_000 * 2 ** (tries - 1);
    await until([node], `pause ${tries}`, () => clock.isSetFor(pauseMs - 500, pauseMs));
    await clock.leap(pauseMs);
  }
  await service.askedTimes(6);
  assert.match((await device()).push.problem ?? '', /status 503/);
});

test('a new address of the push service replaces the old one, also of a device it had forgotten, and choices stay', async (t) => {
  const { service, node, ben, say, gather, device } = await phone(t, { shows_text: true, language: 'de' });
  const renew = async () => {
    const { endpoint, keys } = await service.subscribe();
    await ben.api.renewPush({ endpoint, ...keys });
  };
  await renew();
  await say('Soup at eight');
  await gather();
  await service.askedTimes(1);
  service.answer = (_, response) => void response.writeHead(410).end();
  await ben.api.testPush({ device_id: (await device()).id });
  await until([node], 'gone', async () => (await device()).push.state === 'gone');
  service.answer = null;
  await renew();
  await say('And bread');
  await gather();
  await service.askedTimes(3);
  assert.deepEqual(bodies(service), ['a: Soup at eight', 'a: And bread']);
  assert.deepEqual(
    service.accepted.map(({ path }) => path),
    ['/send/2', '/send/3'],
  );
});

test('nobody renews the address of somebody else, or of a device that is not to be notified', async (t) => {
  const { service, node, ben, room_id, say, gather, device } = await phone(t);
  const { id } = await device();
  const { endpoint, keys } = await service.subscribe();
  const given = { endpoint, ...keys };
  const path = '/api/v1/account/push';
  assert.equal((await new Visitor(node).send('PATCH', path, given)).status, 401);
  const page = new Visitor(node, { origin: 'https://evil.test', 'sec-fetch-site': 'cross-site' });
  page.cookie = ben.cookie;
  assert.equal((await page.send('PATCH', path, given)).status, 403);
  const eve = await joined(node, 'eve', { rooms: [room_id] });
  assert.equal((await eve.send('PATCH', path, { ...given, this_device: id })).status, 409);
  await eve.api.turnPushOff({ why: 'off' });
  await assert.rejects(eve.api.renewPush(given), /off on this device/);
  await assert.rejects(ben.api.renewPush({ ...given, p256dh: 'A'.repeat(87) }), /can’t be used/);
  await assert.rejects(ben.api.renewPush({ ...given, endpoint: 'http://push.example/x' }), /https/);
  await assert.rejects(node.api.renewPush(given), /Only a browser/);
  await say('for Ben');
  await gather();
  await service.askedTimes(1);
  assert.equal(service.accepted[0]?.path, '/send/1');
  await ben.api.turnPushOff({ why: 'off' });
  await assert.rejects(ben.api.renewPush(given), /off on this device/);
});

test('an endpoint in a private network, or with a name that leads there, is never called', async (t) => {
  const node = await openEntrance(t);
  const { room_id } = await node.api.createRoom({ name: 'Family', join_rule: 'invite' });
  const ben = await joined(node, 'ben', { rooms: [room_id] });
  let calls = 0;
  const trap = createServer(() => calls++);
  await new Promise<void>((listening) => trap.listen(0, '127.0.0.1', listening));
  t.after(() => trap.close());
  const { port } = trap.address() as AddressInfo;
  const { keys } = await (await startPushService(t)).subscribe();
  const choice = { ...keys, language: 'en', time_zone: 'UTC' };
  for (const host of ['127.0.0.1', 'localhost', '[::1]', '[::ffff:127.0.0.1]', '2130706433']) {
    await ben.api.turnPushOn({ endpoint: `https://${host}:${port}/push`, ...choice });
    const [device] = (await ben.api.devices({})).items;
    await ben.api.testPush({ device_id: device?.id ?? '' });
    const problem = await until([node], host, async () => (await ben.api.devices({})).items[0]?.push.problem);
    assert.match(problem, /couldn’t reach the push service/);
  }
  assert.equal(calls, 0);
  for (const endpoint of [
    `http://push.example/x`,
    'https://a:b@push.example/x',
    'ftp://push.example/',
    'push',
  ])
    await assert.rejects(ben.api.turnPushOn({ endpoint, ...choice }), /https/, endpoint);
});

test('redirects are not followed', async (t) => {
  const { service, node, ben, device } = await phone(t);
  service.answer = (_, response) =>
    void response.writeHead(307, { location: 'https://push.example/send/1' }).end();
  await ben.api.testPush({ device_id: (await device()).id });
  await until([node], 'refused', async () => /status 307/.test((await device()).push.problem ?? ''));
  assert.equal(service.asked, 1);
});

test('keys that can’t encrypt anything are refused', async (t) => {
  const { ben } = await phone(t);
  const base = { endpoint: 'https://push.example/x', language: 'en', time_zone: 'UTC' };
  const auth = 'A'.repeat(22);
  await assert.rejects(ben.api.turnPushOn({ ...base, p256dh: 'A'.repeat(87), auth }), /can’t be used/);
  await assert.rejects(ben.api.turnPushOn({ ...base, p256dh: 'x', auth }), /uncompressed/);
  await assert.rejects(
    ben.api.turnPushOn({ ...base, time_zone: 'Nowhere', p256dh: 'A'.repeat(87), auth }),
    /time zone/,
  );
});
