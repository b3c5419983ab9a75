import assert from 'node:assert/strict';
import { test } from 'node:test';
import pg from 'pg';
import { atEnd } from '../../support/at-end.ts';
import { databaseFor, noPostgres } from '../../support/daemons/postgres.ts';
import { startLocalNode } from '../../support/nodes/local-node.ts';
import { lineTo } from '../../support/standby/line.ts';
import { until } from '../../support/until.ts';

test('a post whose commit the database didn’t confirm is answered when it is repeated, and is there once', {
  skip: noPostgres,
}, async (t) => {
  const database = new URL(await databaseFor(t));
  const direct = new pg.Client({ connectionString: database.href, options: '-c search_path=paracord_node' });
  await direct.connect();
  atEnd(t, () => direct.end());
  const line = await lineTo(t, Number(database.port));
  database.port = String(line.port);
  const { api } = await startLocalNode(t, { name: 'a.test', database: database.href });
  const { room_id } = await api.createRoom({ name: 'Lobby', join_rule: 'invite' });
  const post = { room_id, body: 'once', client_key: 'k' };

  line.swallowAnswers();
  const unanswered = assert.rejects(api.postMessage(post), { code: 'SERVICE_UNAVAILABLE' });
  const committed = await until([], 'the database to have it', async () => {
    const { rows } = await direct.query<{ event_id: string }>('SELECT event_id FROM client_keys');
    return rows[0];
  });
  line.breakAll();
  await unanswered;

  // Without a pause, so that one of the repeats begins before the node has read what the database committed.
  let repeated: { event_id: string } | null = null;
  while (repeated === null)
    repeated = await api.postMessage(post).catch((error: { code: string }) => {
      if (error.code !== 'SERVICE_UNAVAILABLE') throw error;
      return null;
    });
  assert.equal(repeated.event_id, committed.event_id);
  assert.equal((await api.timeline({ room_id })).items.length, 1);
});
