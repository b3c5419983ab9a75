import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { NodeConfig } from '../../../main/config.ts';
import { createLog } from '../../../main/kernel/log.ts';
import { systemPorts } from '../../../main/kernel/ports.ts';
import { createNodeFor } from '../../../main/start/database/create-node.ts';
import { moveStopped } from '../../../main/start/database/move.ts';
import { rememberedDatabase } from '../../../main/start/database/remembered.ts';
import { readStartFlags } from '../../../main/start/flags.ts';
import type { Api } from '../../../shared/api/contract.ts';
import { atEnd } from '../../support/at-end.ts';
import { moveData } from '../../support/daemons/moving-file.ts';
import { databaseFor, noPostgres } from '../../support/daemons/postgres.ts';
import { tempDir } from '../../support/temp.ts';

const options = { skip: noPostgres };
const flagsOf = (dataDir: string) => readStartFlags({ dataDir }, dataDir, {});

/** As a start does it, without listeners. */
async function start(t: TestContext, dataDir: string) {
  const config: NodeConfig = {
    dataDir,
    listen: { host: '127.0.0.1', port: 0 },
    control: { host: '127.0.0.1', port: 0 },
    tls: { mode: 'off' },
    byFlag: new Set(['port', 'tls']),
    publicUrl: null,
    version: 'test',
  };
  const node = await createNodeFor(flagsOf(dataDir), config, systemPorts, { log: createLog('silent') });
  atEnd(t, () => node.stop());
  await node.work();
  return node;
}

/** Posts one message after the other, until it is stopped. Each one that was confirmed is counted. */
function writing(t: TestContext, api: Api, room_id: string) {
  const confirmed: string[] = [];
  let isWriting = true;
  const done = (async () => {
    for (let n = 0; isWriting; n++) {
      await api.postMessage({ room_id, body: `message ${n}` });
      confirmed.push(`message ${n}`);
    }
  })();
  const stop = async () => {
    isWriting = false;
    await done;
    return confirmed;
  };
  atEnd(t, stop);
  return { confirmed, stop };
}

async function bodies(api: Api, room_id: string): Promise<string[]> {
  const found: string[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await api.timeline({ room_id, limit: 200, ...(cursor === undefined ? {} : { cursor }) });
    found.push(...page.items.flatMap(({ body }) => (body?.startsWith('message') ? [body] : [])));
    if (page.next === null) return found.sort();
    cursor = page.next;
  }
}

test(
  'a node moves to PostgreSQL and back while its users write, and starts where its data is',
  options,
  async (t) => {
    const dataDir = tempDir(t);
    const url = await databaseFor(t);
    const node = await start(t, dataDir);
    const { api } = node;
    await api.setUp({ server_name: 'anna.test', owner: 'anna' });
    const { room_id } = await api.createRoom({ name: 'Kitchen', join_rule: 'invite' });
    const first = writing(t, api, room_id);

    const there = await moveData(api, url);
    assert.equal(there.to, 'postgresql');
    assert.ok(there.rows > 0 && there.tables > 20);
    assert.match(there.kept, /node\.db was kept/);
    assert.doesNotMatch(JSON.stringify(there), /test-password/);
    assert.equal((await api.status({})).database.engine, 'postgresql');
    await assert.rejects(api.moveData({ to: url }), { code: 'CONFLICT', message: /already in/ });
    const confirmed = await first.stop();
    assert.deepEqual(await bodies(api, room_id), [...confirmed].sort());
    await node.stop();

    const again = await start(t, dataDir);
    assert.equal((await again.api.status({})).database.engine, 'postgresql');
    const second = writing(t, again.api, room_id);
    const back = await moveData(again.api, 'sqlite');
    assert.match(back.kept, /The old database .* was kept/);
    assert.equal((await again.api.status({})).database.engine, 'sqlite');
    await moveData(again.api, url);
    assert.equal((await again.api.status({})).stands_by, null);
    await moveData(again.api, 'sqlite');
    const more = await second.stop();
    assert.deepEqual(await bodies(again.api, room_id), [...confirmed, ...more].sort());
    await again.stop();
    assert.equal(rememberedDatabase(dataDir), null);
    t.diagnostic(`paused for ${there.paused_ms} ms and ${back.paused_ms} ms`);
  },
);

test('the data of a stopped node moves there and back', options, async (t) => {
  const dataDir = tempDir(t);
  const url = await databaseFor(t);
  const node = await start(t, dataDir);
  await node.api.setUp({ server_name: 'anna.test', owner: 'anna' });
  const { room_id } = await node.api.createRoom({ name: 'Kitchen', join_rule: 'invite' });
  await node.stop();
  const move = (to: string) => moveStopped(flagsOf(dataDir), to, 'en', () => {});

  await assert.rejects(move('mysql://host/name'), { exitCode: 2, message: /“sqlite” or to the address/ });
  await assert.rejects(move('postgres://ann:se/cret@db/name'), {
    exitCode: 2,
    message: /^(?!.*cret).*%2F for/,
  });
  await assert.rejects(move('sqlite'), { exitCode: 9, message: /already in/ });
  assert.equal((await move(url)).to, 'postgresql');
  assert.equal(String(rememberedDatabase(dataDir)?.url), url);
  assert.equal((await move('sqlite')).to, 'sqlite');
  const again = await start(t, dataDir);
  assert.equal((await again.api.room({ room_id })).name, 'Kitchen');
});
