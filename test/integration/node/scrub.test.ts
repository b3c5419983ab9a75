import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import SQLite from 'better-sqlite3';
import { systemPorts } from '../../../main/kernel/ports.ts';
import { scrubEveryMs } from '../../../main/recovery/scrub.ts';
import { LeapingClock } from '../../support/leaping-clock.ts';
import { type LocalNode, shareRoom, startLocalNode } from '../../support/nodes/local-node.ts';
import { until } from '../../support/until.ts';

const said = 'what was said';
const bodies = async (node: LocalNode, room_id: string) =>
  (await node.api.timeline({ room_id })).items.map((item) => item.body);
const findings = async (node: LocalNode) =>
  (await node.api.doctor({})).findings.filter(({ code }) => code === 'events-damaged');

/** A message that two servers have, damaged in the database of the first. */
async function damaged(t: TestContext, replaces: string) {
  const clock = new LeapingClock();
  const a = await startLocalNode(t, { name: 'a.test', ports: { ...systemPorts, clock } });
  const b = await startLocalNode(t, { name: 'b.test', ports: { ...systemPorts, clock } });
  const room_id = await shareRoom(a, b, 'Lobby');
  const { event_id } = await a.api.postMessage({ room_id, body: said });
  await until([a, b], 'b has it', async () => (await bodies(b, room_id)).length === 1);
  await a.stop();
  const db = new SQLite(join(a.dataDir, 'node.db'));
  const changed = db
    .prepare('UPDATE federation_events SET body = replace(body, ?, ?) WHERE event_id = ?')
    .run(said, replaces, event_id);
  assert.equal(changed.changes, 1);
  db.close();
  const port = Number(new URL(a.url).port);
  const again = () =>
    startLocalNode(t, {
      name: 'a.test',
      dataDir: a.dataDir,
      setUp: false,
      port,
      ports: { ...systemPorts, clock },
    });
  return { again, b, room_id, clock };
}

test('an event that was changed on disk is noticed and fetched again from a server that has it', async (t) => {
  const { again, b, room_id, clock } = await damaged(t, 'what was SAID');
  const a = await again();
  assert.deepEqual(await bodies(a, room_id), ['what was SAID']);
  await clock.leap(scrubEveryMs);
  await until([a, b], 'it is what was said', async () => (await bodies(a, room_id)).includes(said));
  assert.deepEqual(await findings(a), []);
});

test('a damaged event that no peer can return is a finding, until a peer returns it', async (t) => {
  const { again, b, room_id, clock } = await damaged(t, 'what was SAID');
  await b.stop();
  const a = await again();
  await clock.leap(scrubEveryMs);
  const [finding] = await until([a], 'the owner can see it', async () => {
    const found = await findings(a);
    return found.length > 0 && found;
  });
  assert.match(finding?.text ?? '', /1 stored event is not what its server signed/);
  const port = Number(new URL(b.url).port);
  const back = await startLocalNode(t, {
    ...{ name: 'b.test', dataDir: b.dataDir, setUp: false, port },
    ports: { ...systemPorts, clock },
  });
  await clock.leap(8 * 86_400_000);
  await until([a, back], 'it is what was said', async () => (await bodies(a, room_id)).includes(said));
  await until([a, back], 'and no finding', async () => (await findings(a)).length === 0);
});
