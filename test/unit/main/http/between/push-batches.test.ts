import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { FrameReader, writeFrame } from '../../../../../main/http/between/frames.ts';
import { PushBatches, pushedBy } from '../../../../../main/http/between/push-batches.ts';
import type { ProtocolError } from '../../../../../shared/protocol/errors.ts';
import { refusal } from '../../../../../shared/words/refusal.ts';
import { said } from '../../../../../shared/words/said.ts';
import { VirtualClock } from '../../../../support/virtual-clock.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const turns = async (): Promise<void> => {
  for (let n = 0; n < 5; n++) await turn();
};

/** A standby, and what the leader gets from it. */
function standby() {
  const clock = new VirtualClock();
  const batches: { bodies: string[]; answer: PassThrough; open: (status?: number) => void }[] = [];
  const notReached = () => refusal('SERVICE_UNAVAILABLE', said('standby.no_leader'));
  const pushes = new PushBatches({
    ask: (_target, body) => {
      const { promise, resolve } = Promise.withResolvers<IncomingMessage>();
      const answer = new PassThrough();
      const open = (statusCode = 200): void => resolve(Object.assign(answer, { statusCode }) as never);
      const bodies = new FrameReader().read(body).map((frame) => frame.body.toString());
      batches.push({ bodies, answer, open });
      return promise;
    },
    ...{ notReached, clock },
  });
  const send = (text: string) => {
    const head = { target: '/x', headers: {}, from: '', verified: null };
    return pushes.send(head, Buffer.from(text)).catch((error: unknown) => error as ProtocolError);
  };
  const answerTo = (batch: number, at: number, body: string) =>
    batches[batch]!.answer.write(writeFrame({ at, status: 202, headers: {} }, Buffer.from(body)));
  const sent = () => batches.map(({ bodies }) => bodies.join(' '));
  return { clock, batches, send, answerTo, sent };
}

test('pushes that wait at the same time share one request to the leader', async () => {
  const { send, sent, batches, answerTo } = standby();
  const first = [send('a'), send('b')];
  await turns();
  void send('c');
  await turns();
  for (const text of ['d', 'e', 'f']) void send(text);
  await turns();
  assert.deepEqual(sent(), ['a b', 'c'], 'two requests are under way, the rest waits');
  batches[0]!.open();
  answerTo(0, 1, 'to b');
  await turns();
  assert.deepEqual(sent(), ['a b', 'c', 'd e f']);
  answerTo(0, 0, 'to a');
  assert.deepEqual(
    (await Promise.all(first)).map((answer) => (answer as { body: string }).body),
    ['to a', 'to b'],
  );
});

test('a push that waits at the leader holds up neither those beside it nor those after it', async () => {
  const { send, sent, batches, answerTo, clock } = standby();
  void send('waits for c');
  await turns();
  void send('waits for c, too');
  await turns();
  const later = send('c');
  await turns();
  assert.equal(sent().length, 2);
  await clock.advance(50);
  await turns();
  assert.equal(sent()[2], 'c');
  batches[2]!.open();
  answerTo(2, 0, 'to c');
  assert.equal(((await later) as { body: string }).body, 'to c');
});

test('if the leader’s answer ends early, only what it has not answered fails', async () => {
  const { send, batches, answerTo } = standby();
  const [one, two] = [send('a'), send('b')];
  await turns();
  batches[0]!.open();
  answerTo(0, 0, 'to a');
  await turns();
  batches[0]!.answer.end(Buffer.from([0, 0]));
  assert.equal(((await one) as { body: string }).body, 'to a');
  assert.equal(((await two) as ProtocolError).code, 'SERVICE_UNAVAILABLE');
});

test('if the leader refuses a batch, its pushes are unanswered, not refused', async () => {
  const { send, sent, batches } = standby();
  const one = send('a');
  await turns();
  batches[0]!.open(403);
  assert.equal(((await one) as ProtocolError).code, 'SERVICE_UNAVAILABLE');
  for (const text of ['b', 'c']) {
    void send(text);
    await turns();
  }
  assert.deepEqual(sent(), ['a', 'b', 'c'], 'and the next ones are sent');
});

test('a batch stays below what the leader reads', async () => {
  const { send, sent } = standby();
  const large = 'x'.repeat(700_000);
  for (let n = 0; n < 3; n++) void send(large);
  await turns();
  assert.deepEqual(
    sent().map((text) => text.length),
    [2 * large.length + 1, large.length],
  );
});

test('frames are read from chunks of any size', () => {
  const frames = [
    writeFrame({ a: 1 }, Buffer.from('one')),
    writeFrame(['ü'], Buffer.alloc(0)),
    writeFrame(null, Buffer.alloc(700, 7)),
  ];
  const bytes = Buffer.concat(frames);
  for (const size of [1, 7, 1000, bytes.length]) {
    const reader = new FrameReader();
    const read = [];
    for (let at = 0; at < bytes.length; at += size) read.push(...reader.read(bytes.subarray(at, at + size)));
    assert.deepEqual(
      read.map(({ head, body }) => [head, body.length]),
      [
        [{ a: 1 }, 3],
        [['ü'], 0],
        [null, 700],
      ],
    );
  }
});

test('only pushes of events are handed over', () => {
  const at = (path: string) => pushedBy(`/_paracord/federation/v1${path}`);
  assert.deepEqual(
    [at('/event'), at('/event?x'), at('/events'), at('/events?a=b')],
    ['one', 'one', 'many', 'many'],
  );
  for (const path of ['/event/', '/event/x', '/join', '/receipts', '/eventsx'])
    assert.equal(at(path), null, path);
  assert.equal(pushedBy('http://a.test/_paracord/federation/v1/event'), null);
});
