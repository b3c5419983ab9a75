import { join } from 'node:path';
import { type Callee, FederationClient } from '../../../main/client/federation-client.ts';
import { UndiciHttp } from '../../../main/client/undici-http.ts';
import { Keyring } from '../../../main/identity/keyring.ts';
import { KeyVault } from '../../../main/identity/vault.ts';
import { createLog } from '../../../main/kernel/log.ts';
import { systemPorts } from '../../../main/kernel/ports.ts';
import { createNode } from '../../../main/node.ts';
import { federationPrefix } from '../../../shared/protocol/transport.ts';
import { type Ground, type Result, rates as ratesOf, ratios } from '../report/result.ts';
import { startSink } from './sink.ts';

const roomCount = 16;

/**
 * Emptying the outbox to one peer, compared with the same HTTP client posting the same bodies directly, as many at a
 * time.
 */
export async function benchDrain({ dir, isShort }: Ground): Promise<Result> {
  const rounds = isShort ? 3 : 5;
  const messagesPerRound = isShort ? 1000 : 4000;
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
  // The node wipes its own key when it stops; this is another copy of it.
  const keyring = new Keyring(new KeyVault(join(dir, 'node'), null), systemPorts.clock, systemPorts.random);
  const client = new FederationClient(new UndiciHttp(), keyring, systemPorts.clock, () => {});
  const callee = { endpoint: sink.url + federationPrefix, policy: { byOwner: true, tlsSha256: null } };
  const rates = { node: [] as number[], client: [] as number[] };
  for (let round = -1; round < rounds; round++) {
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
    const answered = sink.open(bodies.length);
    await postAll(client, callee, bodies);
    const byClient = await answered;
    // The first round only warms both up.
    if (round < 0) continue;
    rates.node.push(rate);
    rates.client.push(byClient.rate);
  }
  await node.stop();
  await sink.stop();
  return {
    measures: [
      ratios(`outbox drain / the HTTP client by itself, ${roomCount} rooms`, rates.node, rates.client, {
        atLeast: 0.85,
      }),
      ratesOf('outbox drain', rates.node),
      ratesOf('the HTTP client by itself', rates.client),
    ],
    boundedBy: 'the processor time of one signed HTTP request, on the one thread that sends',
    notes: ['The peer takes one event per request, as the existing server does.'],
  };
}

/** As a peer would have to do it: each request with a new signature. */
async function postAll(client: FederationClient, callee: Callee, bodies: readonly string[]): Promise<void> {
  let next = 0;
  const one = async () => {
    for (let body = bodies[next++]; body !== undefined; body = bodies[next++])
      await client.call(callee, { method: 'POST', path: '/event', body });
  };
  await Promise.all(Array.from({ length: roomCount }, one));
}
