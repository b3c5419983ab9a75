import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inItsGuild, showing } from '../../support/stand-in/ground.ts';

test('since 3.0 the list of a message says who is meant', async (t) => {
  const { server, a } = await inItsGuild(t, { era: '3.x' });
  const { room } = server;
  await server.post('bob', 'not for you: <@12>', ['@c:c.test']);
  await server.post('bob', 'for <@12>', ['@a:a.test']);
  await server.post('bob', 'for <@12> and <@13>', ['@a:a.test', '@c:c.test']);
  const mentioned = async (body: string) => {
    const { mentions, mentions_me } = await showing(a, room, body);
    return [mentions_me, mentions];
  };
  assert.deepEqual(await mentioned('not for you: <@12>'), [false, [{ id: '12', user_id: '@c:c.test' }]]);
  assert.deepEqual(await mentioned('for <@12>'), [true, [{ id: '12', user_id: '@a:a.test' }]]);
  assert.deepEqual(await mentioned('for <@12> and <@13>'), [true, []], 'whose number is whose is not said');
  assert.equal((await a.api.room({ room_id: room })).mentions, 2);
});

test('the list of rooms names whom the last message mentions by a number', async (t) => {
  const { server, a } = await inItsGuild(t, { era: '3.x' });
  const { room } = server;
  await server.post('bob', 'for <@12>', ['@a:a.test']);
  await showing(a, room, 'for <@12>');
  const { display_name } = (await a.api.users({})).items.find((user) => user.user_id === '@a:a.test') ?? {};
  assert.equal((await a.api.room({ room_id: room })).last_message?.text, `for @${display_name}`);
});

test('an edit’s text is not read with the list of the first one', async (t) => {
  const { server, a } = await inItsGuild(t, { era: '3.x' });
  const id = await server.post('bob', 'for <@12>', ['@a:a.test']);
  await showing(a, server.room, 'for <@12>');
  await server.edit('bob', id, 'for <@13>');
  assert.deepEqual((await showing(a, server.room, 'for <@13>')).mentions, []);
});
