import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { faceBytes, sha256 } from '../support/nodes/files.ts';
import { runUntilQuiet } from '../support/sim/checks.ts';
import type { SimNode } from '../support/sim/node.ts';
import { World } from '../support/sim/world.ts';

const seeds = Number(process.env.SIM_SEEDS ?? 2);
const firstSeed = Number(process.env.SIM_FIRST_SEED ?? 1);
const minute = 60_000;
const steps = 60;
/** Virtual time in which a call is over, also one that asks several servers that don't answer. */
const patienceMs = 10 * minute;

interface Sent {
  readonly room_id: string;
  readonly event_id: string;
  readonly by: SimNode;
  readonly bytes: Buffer;
  isDeleted: boolean;
}

async function post(node: SimNode, room_id: string, bytes: Buffer): Promise<string> {
  const { upload_id } = await node.api.startUpload({ room_id, name: 'cat.png', size: bytes.length });
  const upload = { roomId: room_id, id: upload_id, as: undefined };
  const half = bytes.length >> 1;
  async function* pieces(from: number, to: number) {
    yield bytes.subarray(from, to);
  }
  await node.bytes.receive(upload, 0, pieces(0, half));
  await node.bytes.receive(upload, half, pieces(half, bytes.length));
  return (await node.api.postMessage({ room_id, uploads: [upload_id] })).event_id;
}

/** Every file in a folder of data that has one of these hashes, in its name or inside. */
function holding({ dataDir }: SimNode, hashes: readonly string[]): string[] {
  return readdirSync(dataDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => {
      const text = path.slice(dataDir.length).replaceAll('/', '') + readFileSync(path, 'latin1');
      return hashes.some((hash) => text.includes(hash));
    });
}

/** The owner of a server chooses another picture of themselves, or none. */
async function choosePicture(node: SimNode, bytes: Buffer | null): Promise<void> {
  await node.api.changeProfile({ picture: bytes?.toString('base64') ?? null });
}

/** Three servers in two rooms send, fetch, forward and delete files, and change pictures, over a bad network, and crash. */
async function live(t: TestContext, seed: number): Promise<void> {
  const world = new World(t, { seed, names: ['a.test', 'b.test', 'c.test'] });
  const { dice, nodes, network } = world;
  const [a, b, c] = nodes as [SimNode, SimNode, SimNode];
  await world.setUp();
  for (const [one, other] of [
    [a, b],
    [b, c],
    [a, c],
  ] as const)
    await world.befriend(one, other);
  const rooms: string[] = [];
  for (const name of ['Lobby', 'Garden']) {
    const { room_id } = await a.api.createRoom({ name, join_rule: 'peers' });
    rooms.push(room_id);
    for (const node of [b, c]) await world.wait(node.api.joinRoom({ room_id }));
  }
  await world.clock.advance(minute);
  network.weather = { loss: 0.05, repeat: 0.05, delayMsMax: 200 };
  const sent: Sent[] = [];
  const faces: Buffer[] = [];
  const face = (): Buffer => {
    faces.push(faceBytes(`face ${faces.length}`));
    return faces.at(-1)!;
  };
  const picture = async (node: SimNode, of: SimNode, bytes: Buffer) => {
    const person = `@${of.name[0]}:${of.name}`;
    return (await world.wait(node.bytes.picture(undefined, person, sha256(bytes)), patienceMs)).bytes;
  };
  const read = async (node: SimNode, { room_id, event_id }: Sent): Promise<Buffer> => {
    const { path } = await world.wait(node.bytes.read(room_id, event_id, 0), patienceMs);
    return readFileSync(path);
  };
  for (let step = 0; step < steps; step++) {
    const node = dice.pick(nodes.filter((each) => each.isUp));
    const one = dice.pick(sent.filter(({ isDeleted }) => !isDeleted));
    const kind = dice.below(14);
    const room_id = dice.pick(rooms) ?? '';
    if (!node) await world.wait(a.start());
    else if (kind > 11) {
      const of = dice.pick(nodes);
      const newest = faces.at(-1);
      // Somebody looks at a picture, or chooses another one.
      if (of && newest && dice.chance(0.5)) {
        const got = await picture(node, of, newest).catch((error: Error & { status?: number }) => error);
        if (got instanceof Error) assert.match(String(got.status), /^(?:404|503)$/, String(got));
        else assert.deepEqual(got, newest);
      } else if (node === a && dice.chance(0.5))
        await a.api.describeRoom({ room_id, picture: dice.chance(0.8) ? face().toString('base64') : null });
      else await choosePicture(node, dice.chance(0.8) ? face() : null);
    } else if (kind < 3 || !one) {
      // Now and then somebody sends what is in another message, too.
      const bytes = one && dice.chance(0.2) ? one.bytes : dice.bytes(1 + dice.below(20_000));
      sent.push({
        room_id,
        event_id: await world.wait(post(node, room_id, bytes)),
        by: node,
        bytes,
        isDeleted: false,
      });
    } else if (kind < 6) {
      // It may not have arrived, or nobody who has it may answer; but nothing else is ever shown.
      const got = await read(node, one).catch((error: Error & { status?: number }) => error);
      if (got instanceof Error) assert.match(String(got.status), /^(?:404|410|503)$/, String(got));
      else assert.deepEqual(got, one.bytes);
    } else if (kind < 8) {
      if (!one.by.isUp) continue;
      await one.by.api.deleteMessage({ room_id: one.room_id, event_id: one.event_id });
      one.isDeleted = true;
    } else if (kind < 10) {
      const forwarded = node.api.postMessage({ room_id, forwards: one.event_id });
      const got = await world
        .wait(forwarded, patienceMs)
        .catch((error: Error & { status?: number }) => error);
      if (got instanceof Error) assert.match(String(got.status), /^(?:404|409|410|503)$/, String(got));
      else sent.push({ room_id, event_id: got.event_id, by: node, bytes: one.bytes, isDeleted: false });
    } else if (kind < 11) network.cut(node.name, dice.pick(nodes)?.name ?? '');
    else if (dice.chance(0.5)) node.crash();
    else {
      network.mendAll();
      for (const each of nodes) await world.wait(each.start());
    }
    await world.clock.advance(dice.below(20_000));
  }
  await world.heal();
  // Whatever happened, one is left and one is gone.
  for (const isDeleted of [false, true]) {
    const room_id = rooms[0] ?? '';
    const bytes = dice.bytes(500);
    const event_id = await world.wait(post(a, room_id, bytes));
    if (isDeleted) await a.api.deleteMessage({ room_id, event_id });
    sent.push({ room_id, event_id, by: a, bytes, isDeleted });
  }
  const last = new Map<SimNode, Buffer>();
  for (const node of nodes) {
    last.set(node, face());
    await choosePicture(node, faces.at(-1) ?? null);
  }
  const ofRooms = new Map(rooms.map((room_id) => [room_id, face()]));
  for (const [room_id, bytes] of ofRooms)
    await a.api.describeRoom({ room_id, picture: bytes.toString('base64') });
  await runUntilQuiet(world);
  for (const [room_id, bytes] of ofRooms)
    for (const node of nodes)
      await world.wait(node.api.fetchRoomPicture({ room_id, hash: sha256(bytes) }), patienceMs);
  for (const [of, bytes] of last)
    for (const node of nodes)
      assert.deepEqual(await picture(node, of, bytes), bytes, `the picture of ${of.name} at ${node.name}`);
  const shown = sent.filter(({ isDeleted }) => !isDeleted);
  for (const one of shown)
    for (const node of nodes)
      assert.deepEqual(await read(node, one), one.bytes, `${node.name} ${one.event_id}`);
  const kept = new Set(shown.map(({ bytes }) => sha256(bytes)));
  const gone = sent.map(({ bytes }) => sha256(bytes)).filter((hash) => !kept.has(hash));
  assert.ok(kept.size > 0 && gone.length > 0);
  for (const node of nodes) assert.deepEqual(holding(node, gone), [], node.name);
  // Their profiles stay in the rooms, without the pictures.
  const shownFaces = [...last.values(), ...ofRooms.values()];
  const replaced = faces.filter((bytes) => !shownFaces.includes(bytes)).map(sha256);
  const isPicture = (path: string) => !path.includes('node.db');
  for (const node of nodes) assert.deepEqual(holding(node, replaced).filter(isPicture), [], node.name);
}

for (let seed = firstSeed; seed < firstSeed + seeds; seed++)
  test(`files, and pictures of people and rooms, come from any member server, and nothing of a deleted or replaced one is left (seed ${seed})`, async (t) => {
    await live(t, seed);
  });
