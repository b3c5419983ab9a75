import { join } from 'node:path';
import { memberBody } from '../support/attack/node.ts';
import { startChildNode } from '../support/nodes/child-node.ts';
import { RawPeer } from '../support/parties/raw-peer.ts';
import { quantile } from './numbers.ts';

const times = 5;

/** Bodies just within the size limit, each costly in another way. Whether they are accepted doesn't matter. */
const bodies: Readonly<Record<string, string>> = {
  'nested arrays': `{"a":${'['.repeat(900_000)}`,
  'closed arrays': `{"a":${'['.repeat(450_000)}${']'.repeat(450_000)}}`,
  'small values': `{"a":[${'1,'.repeat(440_000)}1]}`,
  'short keys': `{${Array.from({ length: 80_000 }, (_, n) => `"${n}":0`).join()}}`,
  'escaped text': JSON.stringify({ a: '\u0001'.repeat(140_000) }),
  digits: `{"a":${'9'.repeat(900_000)}}`,
};

/**
 * How long a well-behaved caller waits for a minimal answer while a peer posts hostile bodies. That is little more than
 * the longest time for which the event loop is blocked.
 */
export async function benchStall(dir: string): Promise<string[]> {
  const node = await startChildNode({ name: 'a.test', dataDir: join(dir, 'a') });
  const closers: (() => unknown)[] = [];
  const peer = await new RawPeer('raw.test').listen({
    after: (close: unknown) => closers.push(close as () => unknown),
  } as never);
  await node.api.addPeer({ endpoint: peer.url });
  const { room_id } = await node.api.createRoom({ name: 'Stall', join_rule: 'peers' });
  await peer.call(node.federation, 'POST', '/join', memberBody('raw.test', room_id, '@user:raw.test'));
  const lines: string[] = [];
  for (const [what, body] of Object.entries({ nothing: '', ...bodies })) {
    const waits: number[] = [];
    for (let n = 0; n < times; n++) {
      let isOver = false;
      const posted = (body === '' ? wait(100) : peer.call(node.federation, 'POST', '/event', body))
        .catch(() => {})
        .finally(() => {
          isOver = true;
        });
      while (!isOver) {
        const began = performance.now();
        await fetch(`${node.federation}/.well-known/paracord/server`).then((answer) => answer.text());
        waits.push(performance.now() - began);
      }
      await posted;
    }
    lines.push(
      `beside ${what.padEnd(14)} median ${quantile(waits, 0.5).toFixed(1)} ms, worst ${quantile(waits, 1).toFixed(1)} ms`,
    );
  }
  for (const close of closers) await close();
  await node.stop();
  return [...lines, '(wanted: worst within 50 ms of what it is beside nothing)'];
}

const wait = (ms: number): Promise<unknown> => new Promise((resolve) => setTimeout(resolve, ms));
