import assert from 'node:assert/strict';
import { type ClientRequest, request } from 'node:http';
import { test } from 'node:test';
import { uploadBytesPath } from '../../../shared/api/file-bytes.ts';
import { call } from '../../support/nodes/control-server.ts';
import { type LocalNode, roomOfBoth, twoFriends } from '../../support/nodes/local-node.ts';
import { joined, openTo, Visitor } from '../../support/nodes/people.ts';
import { until } from '../../support/until.ts';

/** How often each status came. */
async function flood(times: number, ask: () => Promise<{ readonly status: number }>) {
  const answers = await Promise.all(Array.from({ length: times }, ask));
  return Map.groupBy(answers, ({ status }) => status);
}

test('visitors who flood the entrance are slowed down, and peers and people are served as before', async (t) => {
  const { a, b } = await twoFriends(t);
  const room_id = await roomOfBoth(a, b);
  await openTo(a);
  const ben = await joined(a, 'ben');
  const stranger = new Visitor(a, { 'x-forwarded-for': '198.51.100.66' });
  const statuses = await flood(800, () => stranger.send('GET', '/api/v1/account'));
  assert.ok((statuses.get(429)?.length ?? 0) > 50, 'the rate of a visitor');
  assert.equal(statuses.has(200), false);
  const { event_id } = await b.api.postMessage({ room_id, body: 'through the flood' });
  await until([a, b], 'the message of the peer', async () => {
    const { items } = await a.api.timeline({ room_id });
    return items.some((item) => item.event_id === event_id);
  });
  assert.equal((await ben.send('GET', '/api/v1/account')).status, 200);
});

/** A request of this person whose body never ends. */
function slowUpload(node: LocalNode, ben: Visitor, path: string): ClientRequest {
  const slow = request(node.url + path, {
    method: 'PUT',
    headers: {
      host: 'a.test',
      origin: 'https://a.test',
      'sec-fetch-site': 'same-origin',
      cookie: ben.cookie,
      'content-length': 2_000_000,
    },
  });
  slow.on('error', () => {});
  slow.write(Buffer.alloc(1_000));
  return slow;
}

test('a person whose devices hold uploads and streams open slows down neither others nor peers', async (t) => {
  const { a, b } = await twoFriends(t);
  const room_id = await roomOfBoth(a, b);
  await openTo(a);
  const ben = await joined(a, 'ben', { rooms: [room_id] });
  const mia = await joined(a, 'mia', { rooms: [room_id] });
  const uploads = await Promise.all(
    Array.from({ length: 14 }, () => ben.api.startUpload({ room_id, name: 'film.mkv', size: 2_000_000 })),
  );
  const slow = uploads.map(({ upload_id }) => slowUpload(a, ben, uploadBytesPath(room_id, upload_id, 0)));
  const phones = [ben, new Visitor(a), new Visitor(a)];
  for (const phone of phones.slice(1)) assert.equal((await phone.logIn('ben')).status, 200);
  const streams = [];
  for (let n = 0; n < 64; n++) streams.push(await phones[n % 3]!.stream());
  assert.equal((await ben.send('GET', '/api/v1/stream')).status, 429);

  assert.equal((await ben.send('GET', '/api/v1/account')).status, 200);
  const fresh = await mia.stream();
  const { event_id } = await b.api.postMessage({ room_id, body: 'through all of that' });
  await fresh.heard(event_id);
  const { event_id: answer } = await mia.api.postMessage({ room_id, body: 'and back' });
  await until([a, b], 'the answer at the peer', async () => {
    const { items } = await b.api.timeline({ room_id });
    return items.some((item) => item.event_id === answer);
  });
  for (const one of slow) one.destroy();
});

test('strangers who flood the federation take nothing from people who are logged in', async (t) => {
  const { a } = await twoFriends(t);
  await openTo(a);
  const ben = await joined(a, 'ben');
  const push = () =>
    call(a.url, 'POST', '/_paracord/federation/v1/events', {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ filler: 'x'.repeat(200_000) }),
    });
  const [statuses, answers] = await Promise.all([
    flood(100, push),
    flood(50, () => ben.send('GET', '/api/v1/account')),
  ]);
  assert.equal(statuses.has(200) || statuses.has(202), false);
  assert.deepEqual([...answers.keys()], [200]);
});
