/** docs/scale.md, "Backup and the restore drill", with the commands of build/two-machines/paracord-backup.service. */
import assert from 'node:assert/strict';
import { chownSync, cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import pg from 'pg';
import { awaitPostgresProgram, databaseFor, noPostgres, postgresId } from '../../support/daemons/postgres.ts';
import { type ChildNode, startChildNode } from '../../support/nodes/child-node.ts';
import { tempDir } from '../../support/temp.ts';

const needs = { skip: noPostgres };

async function countEvents(url: string): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query('SELECT count(*) FROM paracord_node.federation_events');
    return Number(rows[0].count);
  } finally {
    await client.end();
  }
}

test(
  'a backup taken while a node writes shows everything until then, on a node with a copy of the identity',
  needs,
  async (t) => {
    const dir = tempDir(t);
    const [url, drill] = [await databaseFor(t), await databaseFor(t)];
    const start = (folder: string, database: string) =>
      startChildNode(
        { name: 'a.test', dataDir: join(dir, folder), env: { PARACORD_NODE_DATABASE: database } },
        t,
      );
    const node = await start('node', url);
    const { room_id } = await node.api.createRoom({ name: 'Hall', join_rule: 'peers' });
    const post = (body: string) => node.api.postMessage({ room_id, body });
    const shown = async ({ api }: ChildNode) =>
      (await api.timeline({ room_id, limit: 100 })).items.map(({ body }) => body).toReversed();
    for (let n = 0; n < 20; n++) await post(`before ${n}`);

    const backups = join(dir, 'backups');
    mkdirSync(backups);
    // The programs run as PostgreSQL's user, if we are root.
    if (process.getuid?.() === 0) for (const folder of [dir, backups]) chownSync(folder, ...postgresId());
    const dump = join(backups, 'paracord.new');
    const written: string[] = [];
    let isDumping = true;
    const writing = (async () => {
      // All that is written has to fit into the page that is read below.
      for (let n = 0; isDumping && n < 60; n++) {
        await post(`during ${n}`);
        written.push(`during ${n}`);
      }
    })();
    await awaitPostgresProgram('pg_dump', ['--format=custom', `--file=${dump}`, '--dbname', url]);
    isDumping = false;
    await writing;
    await post('after the backup');

    await awaitPostgresProgram('pg_restore', ['--file=/dev/null', dump]);
    await awaitPostgresProgram('pg_restore', ['--exit-on-error', '--no-owner', '--dbname', drill, dump]);
    const restored = await countEvents(drill);
    const all = await countEvents(url);
    assert.ok(restored < all, `${restored} of ${all} events`);

    mkdirSync(join(dir, 'drill'), { mode: 0o700 });
    cpSync(join(dir, 'node', 'identity.json'), join(dir, 'drill', 'identity.json'));
    const other = await start('drill', drill);
    const before = Array.from({ length: 20 }, (_, n) => `before ${n}`);
    const bodies = await shown(other);
    const during = bodies.slice(before.length);
    assert.deepEqual(bodies.slice(0, before.length), before);
    assert.deepEqual(during, written.slice(0, during.length), 'a part from the beginning, without gaps');
    assert.equal((await other.api.rooms({})).items[0]?.name, 'Hall');
    assert.ok((await shown(node)).includes('after the backup'), 'the real node goes on');
  },
);
