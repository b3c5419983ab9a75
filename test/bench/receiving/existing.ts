import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { wireEvent } from '../../../shared/protocol/events/envelope.ts';
import { limits } from '../../../shared/protocol/limits.ts';
import { ExistingServer, existingServerBins } from '../../support/existing-server/existing-server.ts';
import { type ChildNode, startChildNode } from '../../support/nodes/child-node.ts';
import { RawPeer } from '../../support/parties/raw-peer.ts';
import { type Bench, rates, ratios } from '../report/result.ts';
import { batched, blast, connections, singles } from './load.ts';

const room = '!5:load.test';
const rounds = 5;
/** A node reaches the speed that it keeps after some 10,000 events, when V8 has compiled what they need. */
const warmUps = 3;
const perRound = 2_500;
const straced = 100;
/** It answers at most 120 requests per second from one address, so each request claims to come from another one. */
const behindProxy = { PARACORD_TRUST_PROXY: 'true', PARACORD_TRUSTED_PROXY_IPS: '127.0.0.1' };

/**
 * The existing server and a node take the same signed requests, in turn. Both are members of a room whose home is the
 * peer that sends.
 */
export const benchExisting: Bench = async ({ dir }) => {
  const [bin] = existingServerBins;
  if (bin === undefined)
    return { skipped: 'PARACORD_SERVER_BIN is not set. Name a binary of the existing server.' };
  const closers: (() => unknown)[] = [];
  const t = { after: (close: unknown) => void closers.push(close as () => unknown) };
  const peer = await new RawPeer('load.test').listen(t);
  const theirs = await ExistingServer.start(t, { bin, env: behindProxy });
  await theirs.addPeer(peer);
  const ours = await memberNode(join(dir, 'ours'), peer);
  const target = (url: string) => ({ port: Number(new URL(url).port) });
  const [theirTarget, ourTarget] = [target(theirs.url), target(ours.federation)];
  const values: Record<'theirs' | 'single' | 'batches', number[]> = { theirs: [], single: [], batches: [] };
  for (let round = -warmUps; round < rounds; round++) {
    const requests = singles(peer, room, perRound);
    const rate = {
      theirs: await blast(theirTarget.port, requests, connections, 202),
      single: await blast(ourTarget.port, requests, connections, 202),
      batches: await batched(ourTarget, peer, room, 4 * perRound),
    };
    if (round < 0) continue;
    for (const key of ['theirs', 'single', 'batches'] as const) values[key].push(rate[key]);
  }
  const syncs = {
    theirs: await syncsOf(theirs.pid, dir, () =>
      blast(theirTarget.port, singles(peer, room, straced), 1, 202),
    ),
    ours: await syncsOf(ours.pid, dir, () => blast(ourTarget.port, singles(peer, room, straced), 1, 202)),
  };
  const release = await theirs.release();
  await ours.stop();
  for (const close of closers.reverse()) await close();
  return {
    measures: [
      ratios(`node / existing server ${release}, single events`, values.single, values.theirs, {
        atLeast: 6,
      }),
      ratios(
        `node in batches of ${limits.batchEventsMax} / existing server ${release}`,
        values.batches,
        values.theirs,
        { atLeast: 15 },
      ),
      rates('node, single events', values.single),
      rates('node, in batches', values.batches),
      rates(`existing server ${release}`, values.theirs),
    ],
    boundedBy: 'the main thread for single events, and the thread that verifies signatures for batches',
    notes: [
      'Both take the same bytes, in turn, over 64 connections. The existing server limits each address to 120 requests per second. The bench avoids that with its setting for trusted proxies.',
      `Durability: with ${straced} events one after the other, Paracord Node synced its database to disk ${syncs.ours} times, and the existing server ${syncs.theirs} times. The node answers once an event would survive a power cut. The existing server answers before that (it sets synchronous=NORMAL).`,
    ],
  };
};

/** A node with one user in the peer's room. */
async function memberNode(dataDir: string, home: RawPeer): Promise<ChildNode> {
  const says = (type: string, state_key: string, content: Parameters<RawPeer['event']>[0]['content']) =>
    wireEvent(home.event({ room, type, state_key, content }));
  const channels = [{ channel_id: '1', name: 'general' }];
  const shelf = [
    says('m.room.info', '', { name: 'Load', join_rule: 'peers', channels }),
    says('m.member.join', '@user:load.test', { role: 'owner' }),
    says('m.member.join', '@owner:bench.test', {}),
  ];
  const joined = { room_id: room, guild_id: '5', guild_name: 'Load', default_channel_id: '1' };
  home.handlers.set('/events', () => ({ status: 200, body: `{"events":[${shelf.join(',')}]}` }));
  home.handlers.set('/invite', () => ({ status: 200, body: { accepted: true, ...joined } }));
  home.handlers.set('/join', () => ({
    status: 200,
    body: { joined: true, room_id: room, guild_id: '5', local_user_id: '9' },
  }));
  const node = await startChildNode({ name: 'bench.test', dataDir });
  await node.api.addPeer({ endpoint: home.url });
  const all = { requests_per_minute: 10_000_000, burst: 10_000_000 };
  await node.api.changePeer({ server_name: home.name, limits: all });
  await node.api.joinRoom({ room_id: room });
  return node;
}

/** How often a process calls fsync or fdatasync meanwhile; a question mark where strace is not installed. */
async function syncsOf(pid: number, dir: string, meanwhile: () => Promise<unknown>): Promise<string> {
  const file = join(dir, 'strace');
  const child = spawn('strace', ['-f', '-o', file, '-e', 'trace=fsync,fdatasync', '-p', String(pid)], {
    stdio: 'ignore',
  });
  const isStarted = await Promise.race([
    once(child, 'spawn').then(() => true),
    once(child, 'error').then(() => false),
  ]);
  if (!isStarted) return '?';
  await wait(1000);
  await meanwhile();
  const ended = once(child, 'exit');
  child.kill('SIGINT');
  await ended;
  const lines = existsSync(file) ? readFileSync(file, 'utf8') : '';
  return String(lines.match(/\b(?:fsync|fdatasync)\(/g)?.length ?? 0);
}
