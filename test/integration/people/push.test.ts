import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pictureBytes, postFile } from '../../support/nodes/files.ts';
import { joined } from '../../support/nodes/people.ts';
import { bodies, busy, phone } from '../../support/push/notified-phone.ts';
import { until } from '../../support/until.ts';

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
