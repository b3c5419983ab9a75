import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { createLog } from '../../../../main/kernel/log.ts';
import { canonicalJson } from '../../../../shared/protocol/coding/canonical-json.ts';
import { isObject, parseJson } from '../../../../shared/protocol/coding/json.ts';
import {
  canonicalEvent,
  type UnsignedEvent,
  wireEvent,
} from '../../../../shared/protocol/events/envelope.ts';
import { federationPrefix, wellKnownPath } from '../../../../shared/protocol/transport.ts';
import { Dice, mutate, someJson } from '../../../support/attack/dice.ts';
import { besiege, footprint, memberBody, rowsOf, type Siege, user } from '../../../support/attack/node.ts';
import { open, writtenWithLength } from '../../../support/attack/socket.ts';
import type { RawAnswer } from '../../../support/parties/raw-peer.ts';

const seed = Number(process.env.FUZZ_SEED ?? 20_260_101);
const atOnce = 25;
const eventTypes = [
  'm.message',
  'm.message.edit',
  'm.message.delete',
  'm.reaction.add',
  'm.reaction.remove',
  'm.member.join',
  'm.member.leave',
  'm.member.invite',
  'm.member.uninvite',
  'm.room.info',
  'm.channel.delete',
  'x.other',
];

interface Target extends Siege {
  readonly errors: string[];
}

async function target(t: TestContext): Promise<Target> {
  const errors: string[] = [];
  const log = Object.assign(createLog('silent'), {
    error: (line: { err?: Error }) => errors.push(String(line.err?.stack)),
  });
  const siege = await besiege(t, { parts: { log } });
  const limits = { requests_per_minute: 1_000_000, burst: 100_000 };
  await siege.node.api.changePeer({ server_name: 'raw.test', limits });
  t.diagnostic(`FUZZ_SEED=${seed}`);
  return { ...siege, errors };
}

/** Runs `attack` many times, some at once. The dice decide in a fixed order what each one does. */
async function storm<T>(times: number, prepare: (i: number) => () => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let from = 0; from < times; from += atOnce) {
    const batch = Array.from({ length: Math.min(atOnce, times - from) }, (_, i) => prepare(from + i));
    results.push(...(await Promise.all(batch.map((attack) => attack()))));
  }
  return results;
}

/**
 * Sends, gives the node time to answer, and hangs up. An incomplete request is never answered, so another request that
 * is answered serves as the wait.
 */
async function fling(base: string, bytes: Buffer): Promise<string> {
  const { socket, end } = await open(base);
  socket.write(bytes);
  const answered = once(socket, 'data').catch(() => {});
  await Promise.race([answered, end, fetch(base + wellKnownPath).then(() => fetch(base + wellKnownPath))]);
  socket.end();
  return end;
}

function assertAlive(text: string, what: string): void {
  for (const [, status] of text.matchAll(/^HTTP\/1\.1 (\d{3}) /gm))
    assert.ok(Number(status) < 500, `${status} for ${what}`);
}

async function stillServes({ node, errors, raw, room }: Target): Promise<void> {
  assert.deepEqual(errors, []);
  assert.equal((await fetch(node.url + wellKnownPath)).status, 200);
  assert.equal((await raw.call(node.url, 'POST', '/join', memberBody('raw.test', room, user))).status, 200);
  assert.equal((await raw.post(node.url, raw.message(room, 'after the storm'))).status, 202);
}

function aRequest(dice: Dice, { raw, room }: Siege): Buffer {
  const [method, path, body] = dice.pick([
    () => ['POST', '/event', wireEvent(raw.message(room, 'fuzz'))],
    () => ['POST', '/join', memberBody('raw.test', room, user)],
    () => ['POST', '/invite', `{"origin_server":"raw.test","room_id":"${room}","sender":"${user}"}`],
    () => ['GET', `/events?room_id=${room}&limit=5&since=0`, ''],
    () => ['GET', '/event/$1:a.test', ''],
    () => ['GET', '/keys?server_name=raw.test', ''],
  ] as const)() as [string, string, string];
  const to = federationPrefix + path;
  return Buffer.from(writtenWithLength(method, to, Object.entries(raw.headers(method, to, body)), body));
}

test('random bytes and broken requests leave nothing behind', async (t) => {
  const siege = await target(t);
  const { node, raw } = siege;
  const dice = new Dice(seed);
  const before = await footprint(node, [raw]);
  const texts = await storm(600, () => {
    const bytes = dice.below(2) === 0 ? dice.bytes(1 + dice.below(400)) : mutate(dice, dice.bytes(64));
    return () => fling(node.url, bytes);
  });
  for (const [i, text] of texts.entries()) assertAlive(text, `random bytes ${i}`);
  assert.deepEqual(await footprint(node, [raw]), before);
  await stillServes(siege);
});

test('valid requests with a few changed bytes are refused, or mean the same', async (t) => {
  const siege = await target(t);
  const { node } = siege;
  const dice = new Dice(seed + 1);
  const texts = await storm(1200, () => {
    const bytes = mutate(dice, aRequest(dice, siege));
    return () => fling(node.url, bytes);
  });
  for (const [i, text] of texts.entries()) assertAlive(text, `mutant ${i}`);
  const inserted = texts.filter((text) => text.includes('"inserted":true')).length;
  const unanswered = texts.filter((text) => text === '').length;
  assert.ok(unanswered < texts.length / 2, `${unanswered} without an answer`);
  const events = rowsOf(node, 'federation_events', `event_type = 'm.message'`);
  // Some were changed where it does not matter; of those, some were hung up on before they were answered.
  assert.ok(events.length > 0 && inserted <= events.length && events.length <= inserted + unanswered);
  for (const { body } of events)
    assert.ok(String(body).includes('"body":"fuzz"'), 'nothing that was changed got in');
  await stillServes(siege);
});

test('signed bodies of any JSON are accepted or refused, and the room keeps working', async (t) => {
  const siege = await target(t);
  const { node, raw } = siege;
  const dice = new Dice(seed + 2);
  const answers = await storm(800, () => {
    const path = dice.pick(['/event', '/join', '/leave', '/invite']);
    const fields = JSON.parse(
      path === '/event' ? wireEvent(raw.message(siege.room, 'x')) : memberBody('raw.test', siege.room, user),
    ) as object;
    const body = dice.below(4) === 0 ? someJson(dice) : withOdd(dice, fields);
    return () => raw.call(node.url, 'POST', path, body);
  });
  assertTaken(siege, answers);
  await stillServes(siege);
});

test('correctly signed events with any content are accepted or refused, and every view of the room still works', async (t) => {
  const siege = await target(t);
  const { node, raw, room } = siege;
  const dice = new Dice(seed + 3);
  const answers = await storm(800, () => {
    const content = parseJson(
      withOdd(dice, {
        body: 'x',
        channel_id: '1',
        message_id: '1',
        emoji: 'x',
        name: 'n',
        join_rule: 'peers',
        channels: [],
        target_event_id: '$1:raw.test',
      }),
    );
    const plain = raw.event({ room, type: dice.pick(eventTypes), content: {} });
    const state_key = dice.pick([null, '', user, '@a:a.test', '@x:other.test', 'x']);
    const depth = dice.pick([plain.depth, 0, Number.MAX_SAFE_INTEGER, plain.depth + 1_000_000]);
    const unsigned: UnsignedEvent = {
      ...plain,
      state_key,
      depth,
      content: isObject(content) ? content : new Map(),
    };
    const signatures = new Map([[raw.keyId, raw.signer.sign(canonicalEvent(unsigned))]]);
    const event = { ...unsigned, contentText: canonicalJson(unsigned.content), signatures };
    return () => raw.post(node.url, event);
  });
  assertTaken(siege, answers);
  assert.ok(answers.some(({ status }) => status === 202));
  await node.api.timeline({ room_id: room });
  await node.api.members({ room_id: room });
  await node.api.room({ room_id: room });
  await node.api.postMessage({ room_id: room, body: 'still mine' });
  const read = await raw.call(node.url, 'GET', `/events?room_id=${room}&limit=1000`);
  assert.ok(Array.isArray(read.body.events));
  const owner = (await node.api.members({ room_id: room })).items.filter(({ role }) => role === 'owner');
  assert.deepEqual(
    owner.map(({ user_id }) => user_id),
    ['@a:a.test'],
  );
  const joined = await raw.call(node.url, 'POST', '/join', memberBody('raw.test', room, '@late:raw.test'));
  assert.equal(joined.status, 200);
  assert.deepEqual(siege.errors, []);
});

/** One to three fields replaced by something odd, or left out. */
function withOdd(dice: Dice, fields: object): string {
  const entries = Object.entries(fields).map(([key, value]) => [key, JSON.stringify(value)]);
  for (let i = dice.below(3); i >= 0; i--) {
    const at = dice.below(entries.length);
    if (dice.below(4) === 0) entries.splice(at, 1);
    else entries[at] = [entries[at]?.[0] ?? 'x', someJson(dice)];
  }
  return `{${entries.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(',')}}`;
}

/** Checks that there was no error of ours, and that as many events are stored as were accepted. */
function assertTaken({ node, raw }: Siege, answers: readonly RawAnswer[]): void {
  for (const { status, body } of answers) assert.ok(status < 500, JSON.stringify(body));
  const inserted = answers.filter(({ body }) => body.inserted === true).length;
  const rows = rowsOf(node, 'federation_events', `origin_server = '${raw.name}'`);
  assert.equal(rows.length, inserted);
}
