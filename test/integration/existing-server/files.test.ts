import assert from 'node:assert/strict';
import { test } from 'node:test';
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
