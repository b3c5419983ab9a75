import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../../../shared/protocol/limits.ts';
import { type Decision, parseModerate, writeModerate } from '../../../../shared/protocol/moderating.ts';

const room_id = '!42:chat.example';
const moderator = '@bob:b.example';
const user_id = '@cleo:c.example';

test('a decision is written as the page of the protocol shows it, and read back', () => {
  const ban: Decision = { room_id, act: 'ban', user_id, reason: 'spam' };
  assert.equal(
    writeModerate(moderator, ban),
    '{"room_id":"!42:chat.example","moderator":"@bob:b.example","act":"ban","user_id":"@cleo:c.example","reason":"spam"}',
  );
  const decisions: readonly Decision[] = [
    ban,
    { room_id, act: 'remove', user_id },
    { room_id, act: 'unban', user_id },
    { room_id, act: 'uninvite', user_id },
    { room_id, act: 'delete', event_id: '$1:a"b' },
    { room_id, act: 'pin', event_id: '$1:a' },
    { room_id, act: 'unpin', event_id: '$1:a' },
  ];
  for (const decision of decisions)
    assert.deepEqual(parseModerate(writeModerate(moderator, decision)), { ...decision, moderator });
});

test('a decision about nobody, of an unknown kind, or with too long a reason isn’t one', () => {
  const longest = 'x'.repeat(limits.reasonCharsMax);
  const read = (more: object) => () => parseModerate(JSON.stringify({ room_id, moderator, ...more }));
  read({ act: 'ban', user_id, reason: longest })();
  for (const more of [
    {},
    { act: 'own', user_id },
    { act: 'ban' },
    { act: 'ban', event_id: '$1:a' },
    { act: 'pin', user_id },
    { act: 'ban', user_id, reason: '' },
    { act: 'ban', user_id, reason: `${longest}x` },
    { act: 'ban', user_id: 7 },
    { act: ['ban'], user_id },
  ])
    assert.throws(read(more), { code: 'BAD_REQUEST' }, JSON.stringify(more));
});
