import { join } from 'node:path';
import { UndiciHttp } from '../../main/client/undici-http.ts';
import { createLog } from '../../main/log.ts';
import { createNode } from '../../main/node.ts';
import { systemPorts } from '../../main/system-ports.ts';
import { federationPrefix } from '../../shared/protocol/transport.ts';
import { perSecond, ratio } from './numbers.ts';
import { startSink } from './sink.ts';

const rounds = 4;
const roomCount = 16;
const messagesPerRound = 4000;

/** The outbox emptied to one peer, against the same HTTP client posting the same bodies by itself, as many at a time. */
export async function benchDrain(dir: string): Promise<string[]> {
  const sink = await startSink();
  const node = createNode(
    {
      dataDir: join(dir, 'node'),
      listen: { host: '127.0.0.1', port: 0 },
      control: { host: '127.0.0.1', port: 0 },
      tls: { mode: 'off' },
      publicUrl: null,
      version: 'bench',
    },
    systemPorts,
    { log: createLog('error') },
  );
  const { federation } = await node.start();
  await node.api.setUp({ server_name: 'bench.test', owner: 'bench' });
  await node.api.addPeer({ endpoint: sink.url });
  const rooms: string[] = [];
  for (let i = 0; i < roomCount; i++) {
    const room = await node.api.createRoom({ name: `Room ${i}`, join_rule: 'peers' });
    await sink.join(federation, room.room_id);
    rooms.push(room.room_id);
  }
  const http = new UndiciHttp();
  const rates = { node: [] as number[], client: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    await sink.close();
    await Promise.all(
      Array.from({ length: messagesPerRound }, (_, i) =>
        node.api.postMessage({
          room_id: rooms[i % roomCount] ?? '',
          body: `message ${round}.${i}, of average length`,
        }),
      ),
    );
    const drained = sink.open(messagesPerRound);
    await node.api.retryOutbox({ destination: 'sink.test' });
    const { rate, bodies } = await drained;
    rates.node.push(rate);
    const answered = sink.open(bodies.length);
    await postAll(http, `${sink.url}${federationPrefix}/event`, bodies);
    rates.client.push((await answered).rate);
  }
  await node.stop();
  await sink.stop();
  return [
    `the client by itself  ${perSecond(rates.client)}`,
    `outbox drain          ${perSecond(rates.node)}`,
    `drain / client        ${ratio(rates.node, rates.client)}   (wanted: at least 0.70, ${roomCount} rooms to one peer)`,
  ];
}

async function postAll(http: UndiciHttp, url: string, bodies: readonly string[]): Promise<void> {
  let next = 0;
  const one = async () => {
    for (let body = bodies[next++]; body !== undefined; body = bodies[next++])
      await http.request({
        method: 'POST',
        url,
        headers: { 'content-type': 'application/json' },
        body,
        policy: { byOwner: true, tlsSha256: null },
        timeoutMs: 15_000,
        answerBytesMax: 65_536,
      });
  };
  await Promise.all(Array.from({ length: roomCount }, one));
}
