import assert from 'node:assert/strict';
import { test } from 'node:test';
import SQLite from 'better-sqlite3';
import { cast, MemberNode } from '../../../../support/sim/member.ts';
import { place, Teller } from '../../../../support/sim/told.ts';
import { quickFolder } from '../../../../support/sim/world.ts';

test('a room projected by older rules is rebuilt at start, once', async (t) => {
  const node = await MemberNode.open(quickFolder(t));
  t.after(() => node.close());
  const teller = new Teller();
  const [author, reader] = [`@u0:${cast.peer}`, `@u1:${cast.peer}`];
  const told = [
    teller.join(author),
    teller.join(reader),
    teller.message('1', 'said'),
    teller.event('peer', 'm.message.edit', { ...place, body: 'said again' }),
    teller.event('peer', 'm.reaction.add', { ...place, emoji: '👍' }),
    teller.event('peer', 'm.reaction.add', { ...place, emoji: '🎉' }, { sender: reader }),
    teller.event('peer', 'm.reaction.remove', { ...place, emoji: '👍' }),
    teller.leave(reader),
    teller.message('2', 'gone in a moment'),
    teller.event('peer', 'm.message.delete', { ...place, message_id: '2' }),
    teller.event('peer', 'm.message', { ...place, message_id: '3', body: 'too late' }, { sender: reader }),
  ];
  for (const each of told)
    assert.equal(await node.take(each, cast.peer === each.origin_server ? cast.peer : cast.home), 'inserted');
  const kept = node.projection();
  const db = new SQLite(node.databasePath);
  db.exec(`UPDATE rooms SET projected = 0; DELETE FROM room_member_facts; DELETE FROM reactions;
    DELETE FROM messages WHERE shown = 0; UPDATE messages SET text_seq = seq`);
  await node.reopen();
  assert.deepEqual(node.projection(), kept);
  // Rules that are in force are not applied again.
  db.exec('DELETE FROM reactions');
  db.close();
  await node.reopen();
  assert.deepEqual(node.projection().reactions, []);
});
