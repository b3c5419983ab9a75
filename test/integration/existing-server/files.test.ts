import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { systemPorts } from '../../../main/kernel/ports.ts';
import { federationPrefix } from '../../../shared/protocol/transport.ts';
import { LeapingClock } from '../../support/leaping-clock.ts';
import { getFile, pictureBytes, postFile } from '../../support/nodes/files.ts';
import { type LocalNode, startLocalNode } from '../../support/nodes/local-node.ts';
import { RawPeer } from '../../support/parties/raw-peer.ts';
import type { EraName } from '../../support/stand-in/era.ts';
import { inItsGuild, showing, shownIn } from '../../support/stand-in/ground.ts';
import { until } from '../../support/until.ts';

test('a message with files shows its text and names the files, which its server did not sign', async (t) => {
  const { server, a } = await inItsGuild(t);
  await server.postFiles('bob', 'see these', ['holiday.txt', 'recipe.txt']);
  const item = await showing(a, server.room, 'see these');
  assert.deepEqual(
    item.files.map((file) => file.name),
    ['holiday.txt', 'recipe.txt'],
  );
  assert.equal(item.files_signed, false);
});

test('since 3.0 the names of files are inside the signature, and shown without a mark', async (t) => {
  const { server, a } = await inItsGuild(t, { era: '3.x' });
  await server.postFiles('bob', 'see this', ['holiday.txt']);
  const item = await showing(a, server.room, 'see this');
  assert.equal(item.files[0]?.name, 'holiday.txt');
  assert.equal(item.files_signed, true);
});

test('a message with a file and no text is shown with the name of the file', async (t) => {
  const { server, a } = await inItsGuild(t);
  await server.postFiles('bob', '', ['alone.txt']);
  await server.post('bob', 'after it');
  await showing(a, server.room, 'after it');
  const names = (await shownIn(a, server.room)).flatMap((item) => item.files.map((file) => file.name));
  assert.deepEqual(names, ['alone.txt']);
});

for (const era of ['0.8', '3.x'] satisfies EraName[])
  test(`a file of its user is fetched by its number and shown only with the named bytes: ${era}`, async (t) => {
    const { server, a } = await inItsGuild(t, { era });
    await server.postFiles('bob', 'see these', ['holiday.txt', 'recipe.txt']);
    const { event_id, files } = await showing(a, server.room, 'see these');
    assert.deepEqual(
      files.map(({ place }) => place),
      ['away', 'away'],
    );
    const at = { room_id: server.room, event_id };
    const answer = await getFile(a, at);
    assert.deepEqual([answer.status, await answer.text()], [200, 'content of holiday.txt']);
    for (const file of server.events.files.values()) file.bytes.fill('x');
    assert.equal((await getFile(a, { ...at, number: 1 })).status, 503);
    assert.equal((await (await getFile(a, at)).text()).length, 'content of holiday.txt'.length);
  });

test('a file of its user is not fetched once the member here has left its guild', async (t) => {
  const { server, a } = await inItsGuild(t);
  await server.postFiles('bob', 'see this', ['holiday.txt']);
  const { event_id } = await showing(a, server.room, 'see this');
  await a.api.leaveRoom({ room_id: server.room });
  assert.equal((await getFile(a, { room_id: server.room, event_id })).status, 503);
});

/** A server of another kind asks for a file of A’s, in a room that its user is in. */
async function askingGround(t: TestContext) {
  const clock = new LeapingClock();
  const a = await startLocalNode(t, { name: 'a.test', ports: { ...systemPorts, clock } });
  const raw = new RawPeer('raw.test');
  raw.extensions = [];
  await raw.listen(t);
  const third = new RawPeer('third.test');
  third.extensions = [];
  await third.listen(t);
  for (const peer of [raw, third]) {
    peer.addressing = null;
    await a.api.addPeer({ endpoint: peer.url });
  }
  const { room_id } = await a.api.createRoom({ name: 'Lobby', join_rule: 'peers' });
  const user_id = '@user:raw.test';
  const member = (path: string, peer = raw) =>
    peer.call(
      a.url,
      'POST',
      path,
      JSON.stringify({ origin_server: peer.name, room_id, user_id: `@user:${peer.name}` }),
    );
  const bytes = pictureBytes('for another kind');
  const event_id = await postFile(a, room_id, bytes, { name: 'Größe "1"\\.png' });
  const id = attachmentIdIn(a, event_id);
  const token = async (asked: object = {}, peer = raw) =>
    peer.call(
      a.url,
      'POST',
      '/file/token',
      JSON.stringify({ origin_server: peer.name, attachment_id: id, room_id, user_id, ...asked }),
    );
  const fetched = async (target: string, peer = raw, at?: number) => {
    const path = target.slice(target.indexOf(federationPrefix));
    return fetch(a.url + path, { headers: peer.headers('GET', path, '', at) });
  };
  return { a, clock, raw, third, room_id, event_id, member, bytes, id, token, fetched };
}

const attachmentIdIn = (a: LocalNode, event_id: string): string => {
  const db = new DatabaseSync(join(a.dataDir, 'node.db'), { readOnly: true });
  const row = db.prepare('SELECT body FROM federation_events WHERE event_id = ?').get(event_id);
  db.close();
  return JSON.parse(String(row?.body)).content.attachments[0].id;
};

test('a server of another kind fetches a file with a link, for a member of the room', async (t) => {
  const { member, bytes, id, token, fetched } = await askingGround(t);
  assert.equal((await token()).status, 404, 'not a member');
  await member('/join');
  const { status, body } = await token();
  assert.deepEqual([status, body.expires_in_seconds], [200, 60]);
  const url = String(body.download_url);
  assert.ok(url.endsWith(`${federationPrefix}/file/${id}?token=${body.token}`), url);
  const answer = await fetched(url);
  assert.equal(answer.headers.get('content-disposition'), 'attachment; filename="Gr__e _1__.png"');
  assert.deepEqual(Buffer.from(await answer.arrayBuffer()), bytes);
  const elsewhere = await token({ room_id: '!1:a.test' });
  assert.equal(elsewhere.status, 200, 'the file says which room it is in, as release 0.8.5 does not know');
});

test('a link works for nobody else, for no other file, not for long, and not without a member', async (t) => {
  const { a, clock, raw, third, room_id, member, id, token, fetched } = await askingGround(t);
  await member('/join');
  await member('/join', third);
  const other = attachmentIdIn(a, await postFile(a, room_id, pictureBytes('other')));
  const url = String((await token()).body.download_url);
  assert.equal((await fetched(url, third)).status, 403, 'another member server');
  assert.equal((await fetched(url.replace(`/file/${id}`, `/file/${other}`))).status, 403, 'another file');
  const path = url.slice(url.indexOf(federationPrefix));
  assert.equal((await fetch(a.url + path)).status, 401, 'not signed');
  for (const forged of ['', '.', 'e30.e30', `${url.split('token=')[1]}x`.replace(/^./, 'x')])
    assert.equal((await fetched(`${federationPrefix}/file/${id}?token=${forged}`)).status, 403, forged);
  for (const asked of [
    { user_id: '@user:third.test' },
    { user_id: '@a:a.test' },
    { attachment_id: '1' },
    { attachment_id: `${id} OR 1=1` },
  ])
    assert.equal((await token(asked)).status, 404, JSON.stringify(asked));
  assert.equal((await token({ origin_server: 'third.test' })).status, 403);
  await member('/leave');
  assert.equal((await fetched(url)).status, 404, 'a former member');
  assert.equal((await token()).status, 404);
  await member('/join');
  assert.equal((await fetched(url)).status, 200);
  const afterIt = Date.now() + 61_000;
  await clock.leap(61_000);
  assert.equal((await fetched(url, raw, afterIt)).status, 403, 'expired');
});

test('a link ends with its message', async (t) => {
  const { a, room_id, event_id, member, token, fetched } = await askingGround(t);
  await member('/join');
  const url = String((await token()).body.download_url);
  await a.api.deleteMessage({ room_id, event_id });
  assert.equal((await fetched(url)).status, 404);
  assert.equal((await token()).status, 404);
});

test('a server that relays a message with made-up files can only add file names', async (t) => {
  const { server, a } = await inItsGuild(t);
  const id = await server.post('bob', 'what bob wrote');
  const changed = await server.post('bob', 'what bob wrote first');
  const of = (message: string) => {
    const event = server.events.all.get(`$${message}:${server.name}`);
    assert.ok(event);
    return event;
  };
  const attachments = [{ filename: 'evil.exe', size: 1, body: 'forged', content: { body: 'forged' } }];
  for (const [message, more] of [
    [id, { attachments }],
    [changed, { attachments, body: 'forged' }],
  ] as const)
    server.events.all.set(`$${message}:${server.name}`, {
      ...of(message),
      content: { ...of(message).content, ...more },
    });
  await server.post('bob', 'after them');
  await showing(a, server.room, 'after them');
  const items = await shownIn(a, server.room);
  assert.deepEqual(
    items.map((item) => item.body),
    ['what bob wrote', 'after them'],
    'with any other field changed the message is refused',
  );
  assert.equal(JSON.stringify(items).includes('forged'), false);
  assert.deepEqual(
    items[0]?.files.map((file) => file.name),
    ['evil.exe'],
  );
});

test('a message with files doesn’t hold up the messages around it', async (t) => {
  const { server, a } = await inItsGuild(t);
  for (let at = 0; at < 10; at++)
    await server.postFiles('bob', `message ${at}`, at % 2 === 0 ? [`${at}.txt`] : []);
  await until([a], 'all of them', async () => (await shownIn(a, server.room)).length === 10);
});
