import assert from 'node:assert/strict';
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { moveData } from '../../support/daemons/moving-file.ts';
import { databaseFor, noPostgres } from '../../support/daemons/postgres.ts';
import { type ChildNode, startChildNode } from '../../support/nodes/child-node.ts';
import { untilLeads, untilStandsBy } from '../../support/standby/twins.ts';
import { tempDir } from '../../support/temp.ts';

const needs = { skip: noPostgres };

test('a node that moved to PostgreSQL leads without a restart, and another takes over', needs, async (t) => {
  const dir = tempDir(t);
  const url = await databaseFor(t);
  const start = (folder: string, env: Record<string, string> = {}) =>
    startChildNode({ name: 'a.test', dataDir: join(dir, folder), onFile: true, env }, t);
  const moved = await start('moved');
  const { room_id } = await moved.api.createRoom({ name: 'Hall', join_rule: 'peers' });
  const { paused_ms } = await moveData(moved.api, url);
  t.diagnostic(`paused for ${paused_ms} ms`);
  assert.equal((await moved.api.status({})).stands_by, null);

  mkdirSync(join(dir, 'second'), { mode: 0o700 });
  cpSync(join(dir, 'moved', 'identity.json'), join(dir, 'second', 'identity.json'));
  const second = await start('second', { PARACORD_NODE_DATABASE: url });
  await untilStandsBy({ node: second });
  const { event_id } = await second.api.postMessage({ room_id, body: 'through the standby' });
  const shown = async ({ api }: ChildNode) =>
    (await api.timeline({ room_id, limit: 50 })).items.map((item) => item.event_id);
  assert.ok((await shown(moved)).includes(event_id));

  process.kill(moved.pid, 'SIGSTOP');
  // They wait in its sockets for the moment it continues. Its lease has expired by then.
  const reads = Array.from({ length: 20 }, () =>
    fetch(`${moved.federation}/_paracord/federation/v1/keys`).then(
      ({ status }) => status,
      () => 503,
    ),
  );
  await untilLeads({ node: second });
  process.kill(moved.pid, 'SIGCONT');
  assert.deepEqual(new Set(await Promise.all(reads)), new Set([503]));
  await untilStandsBy({ node: moved });
  const passedOn = await moved.api.postMessage({ room_id, body: 'passed on to the new leader' });
  assert.ok((await shown(second)).includes(passedOn.event_id));
});
