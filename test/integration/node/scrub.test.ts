import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import SQLite from 'better-sqlite3';
import { systemPorts } from '../../../main/kernel/ports.ts';
import { scrubEveryMs } from '../../../main/recovery/scrub.ts';
import { readStartFlags } from '../../../main/start/flags.ts';
import { repair } from '../../../main/start/repair.ts';
import { LeapingClock } from '../../support/leaping-clock.ts';
import { type LocalNode, shareRoom, startLocalNode } from '../../support/nodes/local-node.ts';
import { until } from '../../support/until.ts';

const said = 'what was said';
/** A quote that isn't escaped, so the whole text can't be read any more. */
const broken = 'what "was said';
const bodies = async (node: LocalNode, room_id: string) =>
  (await node.api.timeline({ room_id })).items.map((item) => item.body);
const findings = async (node: LocalNode) =>
  (await node.api.doctor({})).findings.filter(({ code }) => code === 'events-damaged');

/** Changes the stored text of what was said. */
function change(dataDir: string, replaces = broken): void {
  const db = new SQLite(join(dataDir, 'node.db'));
  const changed = db
    .prepare('UPDATE federation_events SET body = replace(body, ?, ?) WHERE instr(body, ?)')
    .run(said, replaces, said);
  assert.equal(changed.changes, 1);
  db.close();
}

/** A message that two servers have, damaged in the database of the first. */
async function damaged(t: TestContext, replaces: string) {
  const clock = new LeapingClock();
  const a = await startLocalNode(t, { name: 'a.test', ports: { ...systemPorts, clock } });
  const b = await startLocalNode(t, { name: 'b.test', ports: { ...systemPorts, clock } });
  const room_id = await shareRoom(a, b, 'Lobby');
  await a.api.postMessage({ room_id, body: said });
  await until([a, b], 'b has it', async () => (await bodies(b, room_id)).length === 1);
  await a.stop();
  change(a.dataDir, replaces);
  const port = Number(new URL(a.url).port);
  const again = () =>
    startLocalNode(t, {
      name: 'a.test',
      dataDir: a.dataDir,
      setUp: false,
      port,
      ports: { ...systemPorts, clock },
    });
  return { again, b, room_id, clock, dataDir: a.dataDir };
}

test('an event that was changed on disk is noticed and fetched again from a server that has it', async (t) => {
  const { again, b, room_id, clock } = await damaged(t, 'what was SAID');
  const a = await again();
  assert.deepEqual(await bodies(a, room_id), ['what was SAID']);
  await clock.leap(scrubEveryMs);
  await until([a, b], 'it is what was said', async () => (await bodies(a, room_id)).includes(said));
  assert.deepEqual(await findings(a), []);
});

test('an unreadable event is left out, and fetched again within a minute after somebody came across it', async (t) => {
  const { again, b, room_id, clock } = await damaged(t, broken);
  const a = await again();
  await clock.leap(scrubEveryMs);
  await until([a, b], 'it was found by the check', async () => (await bodies(a, room_id)).includes(said));
  await a.stop();
  change(a.dataDir);
  const back = await again();
  assert.deepEqual(await bodies(back, room_id), [null]);
  assert.equal((await back.api.rooms({})).items.length, 1);
  await back.api.postMessage({ room_id, body: 'another' });
  await until([back, b], 'b gets what comes after', async () => (await bodies(b, room_id)).length === 2);
  // The check rests for a week, but somebody read the room.
  await clock.leap(scrubEveryMs);
  await until([back, b], 'it is back', async () => (await bodies(back, room_id)).includes(said));
});

test('repair goes on after an event that cannot be read, counts it, and the next run fetches it', async (t) => {
  const { again, b, room_id, clock, dataDir } = await damaged(t, broken);
  const report = await repair(readStartFlags({ dataDir }, dataDir), () => {});
  assert.equal(report.events_unreadable, 1);
  const a = await again();
  assert.deepEqual(await bodies(a, room_id), []);
  assert.equal((await findings(a)).length, 1);
  await clock.leap(scrubEveryMs);
  await until([a, b], 'it is shown again', async () => (await bodies(a, room_id)).includes(said));
  await until([a, b], 'and no finding', async () => (await findings(a)).length === 0);
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
  assert.match(finding?.text ?? '', /1 stored event isn’t what its server signed/);
  const port = Number(new URL(b.url).port);
  const back = await startLocalNode(t, {
    name: 'b.test',
    dataDir: b.dataDir,
    setUp: false,
    port,
    ports: { ...systemPorts, clock },
  });
  await clock.leap(8 * 86_400_000);
  await until([a, back], 'it is what was said', async () => (await bodies(a, room_id)).includes(said));
  await until([a, back], 'and no finding', async () => (await findings(a)).length === 0);
});
