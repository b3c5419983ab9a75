import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import { tuning } from '../../../main/config.ts';
import { wireEvent } from '../../../shared/protocol/events/envelope.ts';
import { beGuest, type Guest } from '../../support/attack/home.ts';
import { assertError, details, rowsOf } from '../../support/attack/node.ts';
import { until } from '../../support/until.ts';

/** Pretends that the home has sent that much of its room. */
function shareOf({ node }: Guest, bytes: number): void {
  const db = new Database(join(node.dataDir, 'node.db'));
  db.prepare("UPDATE room_shares SET bytes = ? WHERE server = 'home.test'").run(bytes);
  db.close();
}

test('events that a home brings into a room count for it, no matter whom it names as their author', async (t) => {
  const guest = await beGuest(t);
  const { node, home, room } = guest;
  const [before] = rowsOf<{ bytes: number }>(node, 'room_shares');
  assert.equal((await home.post(node.url, home.message(room, 'x'.repeat(100_000)))).status, 202);
  const [after, ...more] = rowsOf<{ bytes: number }>(node, 'room_shares');
  assert.deepEqual(more, []);
  const added = (after?.bytes ?? 0) - (before?.bytes ?? 0);
  assert.ok(added > 100_000 && added < 105_000, String(added));
});

test('a home that has filled its share of a room stores nothing more in it, and the owner learns of it', async (t) => {
  const guest = await beGuest(t);
  const { node, home, room } = guest;
  const shown = home.message(room, 'before');
  assert.equal((await home.post(node.url, shown)).status, 202);
  shareOf(guest, tuning.roomShareBytesMax);
  const full = { status: 429, code: 'RATE_LIMITED' };
  const answer = await home.post(node.url, home.message(room, 'too much'));
  assertError(answer, full);
  assert.equal(details(answer).scope, 'event');
  const events = () => rowsOf(node, 'federation_events').length;
  const stored = events();

  // The room isn't read there, either.
  guest.shelf.push(wireEvent(home.message(room, 'too much to read')));
  const asked = () => home.requests.filter(({ path }) => path.endsWith('/events')).length;
  const before = asked();
  await node.api.changePeer({ server_name: 'home.test', mode: 'quarantine' });
  await node.api.changePeer({ server_name: 'home.test', mode: 'allow' });
  const { findings } = await node.api.doctor({});
  const finding = findings.find(({ code }) => code === 'room-quota-full');
  assert.deepEqual(
    [finding?.subject, finding?.title],
    ['home.test', 'user’s server has filled its share of “Theirs”'],
  );
  assert.deepEqual([events(), asked()], [stored, before]);

  // A message that is shown can still be deleted.
  const deletes = home.event({
    room,
    type: 'm.message.delete',
    content: {
      guild_id: String(shown.content.get('guild_id')),
      channel_id: '1',
      message_id: String(shown.content.get('message_id')),
      target_event_id: shown.event_id,
    },
  });
  assert.equal((await home.post(node.url, deletes)).status, 202);

  // Once there is room again, everything is as usual.
  shareOf(guest, 0);
  assert.equal((await home.post(node.url, home.message(room, 'as usual'))).status, 202);
  await until(
    [node],
    'what waited is read',
    () => rowsOf(node, 'federation_events', "body LIKE '%too much to read%'").length === 1,
  );
});
