import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { wireEvent } from '../../../shared/protocol/events/envelope.ts';
import { memberBody } from '../../support/attack/node.ts';
import { startChildNode } from '../../support/nodes/child-node.ts';
import { RawPeer } from '../../support/parties/raw-peer.ts';
import type { Ground, Measure, Result } from '../report/result.ts';

/** Together within what a peer may send at once. */
const times = { alone: 3, besideOthers: 2 };

/** Bodies just within the size limit, each costly in another way. Whether they are accepted doesn't matter. */
const bodies: Readonly<Record<string, string>> = {
  'nested arrays': `{"a":${'['.repeat(900_000)}`,
  'closed arrays': `{"a":${'['.repeat(450_000)}${']'.repeat(450_000)}}`,
  'small values': `{"a":[${'1,'.repeat(440_000)}1]}`,
  'short keys': `{${Array.from({ length: 80_000 }, (_, n) => `"${n}":0`).join()}}`,
  'escaped text': JSON.stringify({ a: '\u0001'.repeat(140_000) }),
  digits: `{"a":${'9'.repeat(900_000)}}`,
};

const keysOf = (each: string) =>
  Object.fromEntries(Array.from({ length: 9_990 }, (_, n) => [`${each}${n}`, 0]));
/** Contents of events that are signed and stored: every check runs to its end. */
const contents = {
  'plain text': { body: 'a'.repeat(900_000) },
  'escaped quotes': { body: '"'.repeat(440_000) },
  'combining marks': { body: '\u0301'.repeat(440_000) },
  mentions: { body: '<@1>'.repeat(220_000) },
  'long keys': keysOf('k'.repeat(80)),
  'keys in two orders': keysOf('a😀b\uffff'.repeat(8)),
  'small objects': { a: Array.from({ length: 6_000 }, (_, n) => ({ id: String(n), b: 'n'.repeat(110) })) },
};

/**
 * How long a well-behaved caller waits for a minimal answer while a peer posts hostile bodies. That is little more than
 * the longest time for which the event loop is blocked. On a busy machine, the CPU time of the node's main thread for one
 * body says more.
 */
export async function benchStall({ dir }: Ground): Promise<Result> {
  const node = await startChildNode({ name: 'a.test', dataDir: join(dir, 'a') });
  const closers: (() => unknown)[] = [];
  const peer = await new RawPeer('raw.test').listen({
    after: (close: unknown) => closers.push(close as () => unknown),
  } as never);
  await node.api.addPeer({ endpoint: peer.url });
  const { room_id } = await node.api.createRoom({ name: 'Stall', join_rule: 'peers' });
  await peer.call(node.federation, 'POST', '/join', memberBody('raw.test', room_id, '@user:raw.test'));
  const measures: Measure[] = [];
  let besideNothing = 0;
  const post = (what: string, body: string) => {
    const content = contents[what as keyof typeof contents];
    if (content === undefined)
      return body === '' ? wait(100) : peer.call(node.federation, 'POST', '/event', body);
    const id = String(Date.now());
    const fields = { channel_id: '1', message_id: id, ...content };
    const event = peer.event({
      room: room_id,
      type: 'm.message',
      event_id: `$${id}:raw.test`,
      content: fields,
    });
    return peer.call(node.federation, 'POST', '/event', wireEvent(event));
  };
  for (const [what, body] of Object.entries({ nothing: '', ...bodies, ...contents })) {
    const longest: number[] = [];
    const computed: number[] = [];
    for (let n = 0; n < times.alone; n++) {
      const before = computedMs(node.pid);
      await post(what, String(body));
      computed.push(computedMs(node.pid) - before);
    }
    for (let n = 0; n < times.besideOthers; n++) {
      let isOver = false;
      const posted = post(what, String(body))
        .catch(() => {})
        .finally(() => {
          isOver = true;
        });
      let worst = 0;
      while (!isOver) {
        const began = performance.now();
        await fetch(`${node.federation}/.well-known/paracord/server`).then((answer) => answer.text());
        worst = Math.max(worst, performance.now() - began);
      }
      await posted;
      longest.push(worst);
    }
    if (what === 'nothing') besideNothing = Math.max(...longest);
    const unit = 'ms';
    measures.push(
      { what: `longest wait beside ${what}`, unit, values: longest, wanted: { atMost: besideNothing + 50 } },
      { what: `computing ${what}`, unit, values: computed, wanted: { atMost: 50 } },
    );
  }
  for (const close of closers) await close();
  await node.stop();
  return {
    measures,
    boundedBy: 'the largest body that a peer may send, which one thread reads in one piece',
  };
}

/** For how long the main thread of a process has computed; not a number where the system doesn't say. */
function computedMs(pid: number): number {
  try {
    const [nanoseconds] = readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').split(' ');
    return Number(nanoseconds) / 1e6;
  } catch {
    return Number.NaN;
  }
}

const wait = (ms: number): Promise<unknown> => new Promise((resolve) => setTimeout(resolve, ms));
