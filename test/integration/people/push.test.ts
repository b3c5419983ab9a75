import assert from 'node:assert/strict';
import { type AddressInfo, createServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { systemPorts } from '../../../main/kernel/ports.ts';
import type { Input } from '../../../shared/api/contract.ts';
import { LeapingClock } from '../../support/leaping-clock.ts';
import { pictureBytes, postFile } from '../../support/nodes/files.ts';
import { startLocalNode } from '../../support/nodes/local-node.ts';
import { joined, openEntrance, Visitor } from '../../support/nodes/people.ts';
import { type PushService, startPushService } from '../../support/push/push-service.ts';
import { until } from '../../support/until.ts';

const gatherMs = 2_000;
/** Answers like a push service that is asked too often. */
const busy: PushService['answer'] = (_, response) =>
  void response.writeHead(429, { 'retry-after': '90' }).end();
const bodies = ({ accepted }: PushService): unknown[] => accepted.map(({ text }) => JSON.parse(text).body);

/** A node with a room that Ben is in, whose phone is notified by a push service. */
async function phone(t: TestContext, choice: Partial<Input<'turnPushOn'>> = {}) {
  const clock = new LeapingClock();
  const service = await startPushService(t, () => clock.now());
  const with_ = { ports: { ...systemPorts, clock }, parts: { http: service.http } };
  const node = await openEntrance(t, with_);
  const { room_id } = await node.api.createRoom({ name: 'Family', join_rule: 'invite' });
  const ben = await joined(node, 'ben', { rooms: [room_id] });
  const on = async (who: Visitor, more: Partial<Input<'turnPushOn'>> = {}) => {
    const { endpoint, keys } = await service.subscribe();
    const choice = { language: 'en', time_zone: 'Europe/Berlin', ...more };
    await who.api.turnPushOn({ endpoint, ...keys, ...choice });
    return endpoint;
  };
  const endpoint = await on(ben, choice);
  const say = async (body: string, room = room_id) => node.api.postMessage({ room_id: room, body });
  /** Everything that arrived is notified of. */
  const gather = async (running = node) => {
    await until([running], 'the timer', () => clock.isSetFor(0, gatherMs));
    await clock.leap(gatherMs);
  };
  const device = async (who = ben) => (await who.api.devices({})).items[0]!;
  /** The node with the same data folder, at the same address, once it was stopped. */
  const start = () =>
    startLocalNode(t, {
      ...with_,
      name: 'a.test',
      dataDir: node.dataDir,
      port: Number(new URL(node.url).port),
      setUp: false,
    });
  return { service, clock, node, room_id, ben, on, endpoint, say, gather, device, start };
}

test('a message reaches a phone, encrypted, without its text, and says who and where', async (t) => {
  const { service, node, room_id, ben, say, gather } = await phone(t);
  await say('The door code is 4711');
  await gather();
  await service.askedTimes(1);
  const [pushed] = service.accepted;
  assert.deepEqual(JSON.parse(pushed?.text ?? ''), {
    title: 'Family',
    body: 'New message from a',
    tag: room_id,
    route: `#/chats/${encodeURIComponent(room_id)}`,
    unread: 1,
    test: null,
  });
  assert.equal(pushed?.sender, (await ben.api.pushKey({})).public_key);
  assert.equal(pushed?.contact, 'https://a.test');
  assert.equal(pushed?.urgency, 'high');
  assert.ok((pushed?.ttl ?? 0) > 86_300 && (pushed?.ttl ?? 0) <= 86_400, 'a day');
  assert.equal(node.node.restarting, null);
});

test('a device that wants texts gets them in its language, the newest for a room, in messages of one size', async (t) => {
  const { service, ben, on, say, gather } = await phone(t, { shows_text: true, language: 'de' });
  await say('Soup <b>tonight</b>?');
  await gather();
  await service.askedTimes(1);
  await say('x'.repeat(9_000));
  await say('At eight');
  await gather();
  await service.askedTimes(2);
  const [first, second] = service.accepted;
  assert.equal(JSON.parse(first?.text ?? '').body, 'a: Soup ‹b›tonight‹/b›?');
  assert.equal(JSON.parse(second?.text ?? '').body, 'a: At eight');
  assert.equal(first?.bodyBytes, second?.bodyBytes);
  assert.equal(first?.topic, second?.topic, 'the second replaces the first');
  await on(ben, { shows_text: false, language: 'de' });
  await say('More');
  await say('And more');
  await gather();
  await service.askedTimes(3);
  assert.equal(JSON.parse(service.accepted[2]?.text ?? '').body, '2 neue Nachrichten');
  assert.notEqual(service.accepted[2]?.topic, first?.topic, 'no name that the service could follow');
});

test('a notification names a picture without a text, whether it may show texts or not', async (t) => {
  const { service, node, room_id, ben, on, gather } = await phone(t, { shows_text: true, language: 'de' });
  const about = { content_type: 'image/png' };
  await postFile(node, room_id, pictureBytes('one'), about);
  await gather();
  await service.askedTimes(1);
  await on(ben, { shows_text: false, language: 'en' });
  await postFile(node, room_id, pictureBytes('two'), about);
  await postFile(node, room_id, pictureBytes('three'), about);
  await gather();
  await service.askedTimes(2);
  assert.deepEqual(bodies(service), ['a hat ein Bild geschickt', 'a sent 2 pictures']);
  const { last_message } = await ben.api.room({ room_id });
  assert.deepEqual([last_message?.files, last_message?.file_kind], [1, 'picture']);
});

test('own messages, muted rooms, quiet hours and messages read meanwhile make no notification', async (t) => {
  const { service, clock, node, room_id, ben, on, say, gather } = await phone(t);
  const muted = (await node.api.createRoom({ name: 'Loud', join_rule: 'peers' })).room_id;
  await ben.api.joinRoom({ room_id: muted });
  await ben.api.muteRoom({ room_id: muted, muted: true });
  const now = (ms: number) =>
    new Date(clock.now() + ms).toLocaleTimeString('en-GB', {
      hour: '2-digit',
      minute: '2-digit',
      timeZone: 'Europe/Berlin',
    });
  const quiet = await joined(node, 'quiet', { rooms: [room_id] });
  await on(quiet, { quiet_hours: { from: now(-3_600_000), to: now(3_600_000) } });
  const reader = await joined(node, 'reader', { rooms: [room_id] });
  await on(reader);
  await ben.api.postMessage({ room_id, body: 'I wrote this' });
  await say('in a muted room', muted);
  await reader.api.markRead({ room_id });
  await gather();
  await say('for Ben alone');
  await reader.api.markRead({ room_id });
  await gather();
  await service.askedTimes(1);
  assert.deepEqual(
    service.accepted.map(({ path }) => path),
    ['/send/1'],
  );
  assert.equal((await quiet.api.devices({})).items[0]?.push.is_quiet_now, true);
  assert.equal((await ben.api.devices({})).items[0]?.push.muted_rooms, 1);
});

test('messages that were read or deleted make no notification while another channel has unread ones', async (t) => {
  const { service, clock, node, ben, room_id, say, gather, device } = await phone(t, { shows_text: true });
  const { channel_id } = await node.api.addChannel({ room_id, name: 'plans' });
  await node.api.postMessage({ room_id, channel_id, body: 'Unread since yesterday' });
  await gather();
  await service.askedTimes(1);
  const general = (await node.api.room({ room_id })).channels.find((each) => each.channel_id !== channel_id);
  await say('Read at once');
  await ben.api.markRead({ room_id, channel_id: general?.channel_id ?? '' });
  await gather();
  const { event_id } = await say('A mistake');
  await node.api.deleteMessage({ room_id, event_id });
  await gather();
  service.answer = busy;
  await say('Read while it waits');
  await gather();
  await service.askedTimes(2);
  await until([node], 'the problem', async () => /asked to wait/.test((await device()).push.problem ?? ''));
  service.answer = null;
  await ben.api.markRead({ room_id, channel_id: general?.channel_id ?? '' });
  await clock.leap(90_000);
  await say('The last');
  await gather();
  await until([node], 'the last', () => bodies(service).length > 1);
  assert.deepEqual(bodies(service), ['a: Unread since yesterday', 'a: The last']);
});

test('a device that was logged out, and one of somebody removed, gets nothing more', async (t) => {
  const { service, node, room_id, ben, on, say, gather } = await phone(t);
  const eve = await joined(node, 'eve', { rooms: [room_id] });
  await on(eve);
  const max = await joined(node, 'max', { rooms: [room_id] });
  await on(max);
  const guest = await joined(node, 'gast', { role: 'guest', guest_days: 1, rooms: [room_id] });
  await on(guest);
  await say('for four');
  await ben.post('logout', {});
  await node.api.removeAccount({ user_id: '@eve:a.test' });
  await gather();
  await service.askedTimes(2);
  assert.deepEqual(service.accepted.map(({ path }) => path).sort(), ['/send/3', '/send/4']);
});

test('a browser in which somebody else logged in is notified for that person only', async (t) => {
  const { service, node, room_id, on, say, gather, endpoint, device } = await phone(t);
  const eve = await joined(node, 'eve', { rooms: [room_id] });
  await on(eve, { endpoint });
  assert.equal((await device()).push.state, 'unknown');
  assert.equal((await device(eve)).push.state, 'on');
  await say('once');
  await gather();
  await service.askedTimes(1);
  assert.equal(service.asked, 1);
});

test('a device is tested from the message to the report of its worker', async (t) => {
  const { service, clock, node, ben, device } = await phone(t);
  const { id, is_this, push } = await device();
  assert.deepEqual([is_this, push.state, push.test], [true, 'on', null]);
  await ben.api.testPush({ device_id: id });
  const accepted = await until([node], 'accepted', async () => {
    const { test } = (await device()).push;
    return test?.accepted_at != null && test;
  });
  assert.equal(accepted.shown_at, null);
  const { test: name } = JSON.parse(service.accepted[0]?.text ?? '');
  const atAddress = async () => (await node.api.entranceAddresses({})).items[0]?.install;
  await ben.api.pushShown({ test: 'another' });
  assert.equal(await atAddress(), 'expected');
  assert.equal((await device()).push.test?.shown_at, null);
  await ben.api.pushShown({ test: name });
  assert.ok(((await device()).push.test?.shown_at ?? 0) > 0);
  assert.equal(await atAddress(), 'tested');
  await assert.rejects(ben.api.testPush({ device_id: id }), /under way/);
  await clock.leap(10_000);
  await ben.api.testPush({ device_id: id });
});

test('nobody tests or reports for the device of somebody else', async (t) => {
  const { service, node, ben, room_id, device } = await phone(t);
  const { id } = await device();
  const eve = await joined(node, 'eve', { rooms: [room_id] });
  await assert.rejects(eve.api.testPush({ device_id: id }), /No device/);
  await ben.api.testPush({ device_id: id });
  await service.askedTimes(1);
  const { test: name } = JSON.parse(service.accepted[0]?.text ?? '');
  await eve.api.pushShown({ test: name });
  const forged = await eve.send('POST', '/api/v1/account/push/shown', { test: name, this_device: id });
  assert.equal(forged.status, 200);
  assert.equal((await device()).push.test?.shown_at, null);
  const stolen = await eve.send('DELETE', '/api/v1/account/push', { why: 'off', this_device: id });
  assert.equal(stolen.status, 200);
  assert.equal((await device()).push.state, 'on');
  assert.equal((await device(eve)).push.state, 'off');
  await assert.rejects(node.api.turnPushOff({ why: 'off' }), /Only a browser/);
});

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

test('a message that was not sent when the node stopped goes out after the start, once', async (t) => {
  const { service, node, ben, room_id, say, gather, start } = await phone(t, { shows_text: true });
  service.answer = busy;
  await say('waits for the service');
  await gather();
  await service.askedTimes(1);
  const other = (await node.api.createRoom({ name: 'Garden', join_rule: 'peers' })).room_id;
  await ben.api.joinRoom({ room_id: other });
  await say('was not looked at', other);
  await node.stop();
  service.answer = null;
  const again = await start();
  await service.askedTimes(3);
  const isStored = async () => (await ben.api.devices({})).items[0]?.push.accepted_at != null;
  await until([again], 'the answer', isStored);
  await again.stop();
  const third = await start();
  await third.api.postMessage({ room_id, body: 'is new' });
  await gather(third);
  await service.askedTimes(4);
  assert.deepEqual(bodies(service), ['a: waits for the service', 'a: was not looked at', 'a: is new']);
});

test('a start sends no message that was read, is muted, is too old, or came before notifications', async (t) => {
  const { service, clock, node, ben, on, room_id, say, gather, start } = await phone(t);
  const reader = await joined(node, 'reader', { rooms: [room_id] });
  await on(reader, { shows_text: true });
  await say('Read or muted');
  await reader.api.markRead({ room_id });
  await ben.api.muteRoom({ room_id, muted: true });
  await node.stop();
  const second = await start();
  await ben.api.muteRoom({ room_id, muted: false });
  await second.api.postMessage({ room_id, body: 'Too old' });
  await second.stop();
  await clock.leap(86_400_001);
  const third = await start();
  for (const who of [ben, reader]) await who.api.turnPushOff({ why: 'off' });
  await third.api.postMessage({ room_id, body: 'From before' });
  await on(ben, { shows_text: true });
  await third.stop();
  const last = await start();
  await last.api.postMessage({ room_id, body: 'New' });
  await gather(last);
  await service.askedTimes(1);
  assert.deepEqual(bodies(service), ['a: New']);
});

test('a later start sends no message that was read while it waited, or that is older than notifications', async (t) => {
  const { service, node, ben, on, room_id, say, gather, start } = await phone(t, { shows_text: true });
  const other = await joined(node, 'other', { rooms: [room_id] });
  await on(other, { shows_text: true });
  service.answer = busy;
  await say('Waits for the service');
  await gather();
  await service.askedTimes(2);
  await ben.api.markRead({ room_id });
  await other.api.turnPushOff({ why: 'off' });
  await node.stop();
  service.answer = null;
  const second = await start();
  const quiet = { shows_text: true, quiet_hours: { from: '00:00', to: '23:59' } };
  await on(ben, quiet);
  await second.api.postMessage({ room_id, body: 'In quiet hours' });
  await gather(second);
  await on(other, { shows_text: true });
  await on(ben, { shows_text: true, quiet_hours: null });
  await second.stop();
  const third = await start();
  await third.api.postMessage({ room_id, body: 'New' });
  await gather(third);
  await service.askedTimes(4);
  assert.deepEqual(bodies(service), ['a: New', 'a: New']);
});

test('a device’s measurements outlive a restart, and a test under way goes out after it', async (t) => {
  const { service, node, ben, device, start } = await phone(t);
  const { id } = await device();
  service.answer = busy;
  await ben.api.testPush({ device_id: id });
  await until([node], 'the problem', async () => /asked to wait/.test((await device()).push.problem ?? ''));
  const before = (await device()).push;
  await node.stop();
  service.answer = null;
  const again = await start();
  await service.askedTimes(2);
  await until([again], 'accepted', async () => (await device()).push.test?.accepted_at != null);
  assert.equal((await device()).push.test?.made_at, before.test?.made_at);
  await ben.api.pushShown({ test: JSON.parse(service.accepted[0]?.text ?? '').test });
  const { push } = await device();
  await again.stop();
  await start();
  assert.deepEqual((await device()).push, push);
});
