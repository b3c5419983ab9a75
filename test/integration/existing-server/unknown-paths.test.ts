import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inItsGuild, showing, shownIn } from '../../support/stand-in/ground.ts';
import { until } from '../../support/until.ts';

test('messages arrive from a server that answers every unknown call with a web page', async (t) => {
  const { server, a } = await inItsGuild(t);
  await server.edit('bob', await server.post('bob', 'hello'), 'hello, edited');
  await server.delete('bob', await server.post('bob', 'gone'));
  await server.react('admin', await server.post('bob', 'liked'), '👍');
  await showing(a, server.room, 'hello, edited');
  await until([a], 'the delete and the reaction', async () => {
    const items = await shownIn(a, server.room);
    return (
      items.some((item) => item.deleted) &&
      items.find((item) => item.body === 'liked')?.reactions.some((each) => each.emoji === '👍')
    );
  });
});

test('a server that announces no extensions gets only calls of the draft', async (t) => {
  const { server, a } = await inItsGuild(t);
  await a.api.postMessage({ room_id: server.room, body: 'hello' });
  await server.post('bob', 'hello yourself');
  await showing(a, server.room, 'hello yourself');
  const draft =
    /^(?:GET \/\.well-known\/paracord\/server|GET \S+\/v1\/(?:keys|event\/\$0:check\.invalid|events\?room_id=[^&]+&since_depth=\d+&limit=\d+)|POST \S+\/v1\/(?:event|invite|join|leave))$/;
  const others = server.api.calls.filter((call) => !draft.test(call));
  assert.deepEqual(others, []);
});

test('a room that cannot be read three times in a row is a finding that names the room and says why', async (t) => {
  const { server, a, clock } = await inItsGuild(t);
  await server.post('bob', 'hello');
  await showing(a, server.room, 'hello');
  const found = async () =>
    (await a.api.doctor({})).findings.find((finding) => `${finding.title} ${finding.text}`.includes('Guild'));
  assert.equal(await found(), undefined);
  server.api.lost.add('/events');
  const finding = await until([a], 'a finding about the room', async () => {
    await clock.leap(5_000);
    return found();
  });
  assert.equal(finding.subject, server.name);
  assert.notEqual(finding.text, '');

  server.api.lost.clear();
  await server.post('bob', 'readable again');
  await until([a], 'the room is read again', async () => {
    await clock.leap(5_000);
    return (await found()) === undefined;
  });
  await showing(a, server.room, 'readable again');
});
