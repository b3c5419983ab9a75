import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { NodeConfig } from '../../../main/config.ts';
import { createLog } from '../../../main/kernel/log.ts';
import { type Ports, systemPorts } from '../../../main/kernel/ports.ts';
import type { NodeDeps, ParacordNode } from '../../../main/node.ts';
import type { StartFlags } from '../../../main/start/flags.ts';
import { createNodeFor } from '../../../main/start/run-node.ts';
import type { Api } from '../../../shared/api/contract.ts';
import { atEnd } from '../at-end.ts';
import { databaseFor } from '../daemons/postgres.ts';
import { tempDir } from '../temp.ts';
import { until } from '../until.ts';
import { freePorts } from './free-ports.ts';

/** The folder with the built screens. */
export const pagesDir = fileURLToPath(new URL('../../../dist/renderer', import.meta.url));

export interface LocalNode {
  readonly name: string;
  readonly api: Api;
  readonly node: ParacordNode;
  /** The base address of the federation listener. */
  readonly url: string;
  readonly control: string;
  readonly dataDir: string;
  stop(): Promise<void>;
}

export interface LocalNodeOptions {
  readonly name: string;
  readonly dataDir?: string;
  /** The port to use again after a restart. */
  readonly port?: number;
  /** The port of the console, also for a restart. */
  readonly controlPort?: number;
  readonly domain?: string;
  readonly ports?: Ports;
  readonly parts?: Partial<NodeDeps>;
  readonly setUp?: boolean;
  /** Whether port and TLS come from the settings instead of flags. */
  readonly bySetting?: boolean;
  /** The address of its database; otherwise what the data folder remembers, or node.db. */
  readonly database?: string;
  /** The test is about node.db itself. */
  readonly onFile?: boolean;
  /** The host at which a proxy shows the console. */
  readonly consoleHost?: string;
}

/** A complete node in this process, with real sockets on loopback and a real database in its own folder. */
export async function startLocalNode(
  t: Pick<TestContext, 'after'>,
  options: LocalNodeOptions,
): Promise<LocalNode> {
  const dataDir = options.dataDir ?? tempDir(t);
  const [port = 0, controlPort = 0] = await freePorts(2);
  const config: NodeConfig = {
    dataDir,
    listen: { host: '127.0.0.1', port: options.port ?? port },
    control: { host: '127.0.0.1', port: options.controlPort ?? controlPort },
    pagesDir,
    tls: { mode: 'off' },
    byFlag: new Set(options.bySetting ? [] : (['port', 'tls'] as const)),
    publicUrl: null,
    consoleHost: options.consoleHost,
    version: 'test',
  };
  const parts = { log: createLog('silent'), ...options.parts };
  const ports = options.ports ?? systemPorts;
  const node = await createNodeFor(await testDatabase(t, options), config, ports, parts);
  atEnd(t, () => node.stop());
  const { federation, control } = await node.start();
  if (options.setUp !== false)
    await node.api.setUp({
      server_name: options.name,
      ...(options.domain === undefined ? {} : { domain: options.domain }),
      owner: options.name.split('.')[0] ?? 'owner',
    });
  return {
    name: options.name,
    api: node.api,
    node,
    url: federation,
    control,
    dataDir,
    stop: () => node.stop(),
  };
}

/** Makes, with `--postgres` (test/support/run.ts), a new database for a folder that has no data yet. */
async function testDatabase(
  t: Pick<TestContext, 'after'>,
  { dataDir, database, onFile }: LocalNodeOptions,
): Promise<Pick<StartFlags, 'database'>> {
  if (database !== undefined) return { database };
  const isNew = dataDir === undefined || !existsSync(join(dataDir, 'node.db'));
  const hasOne = dataDir !== undefined && existsSync(join(dataDir, 'database.json'));
  const wanted = process.env.PARACORD_TEST_ENGINE === 'postgresql' && onFile !== true && isNew && !hasOne;
  return { database: wanted ? await databaseFor(t) : undefined };
}

/** Each trusts the other. */
export async function befriend(a: LocalNode, b: LocalNode): Promise<void> {
  await a.api.addPeer({ endpoint: b.url });
  await b.api.addPeer({ endpoint: a.url });
}

/** Two nodes that trust each other. */
export async function twoFriends(
  t: Pick<TestContext, 'after'>,
): Promise<{ readonly a: LocalNode; readonly b: LocalNode }> {
  const a = await startLocalNode(t, { name: 'a.test' });
  const b = await startLocalNode(t, { name: 'b.test' });
  await befriend(a, b);
  return { a, b };
}

/** A room homed at `a` with the owners of both in it, once `b` can write there. Returns the room's ID. */
export async function roomOfBoth(a: LocalNode, b: LocalNode, name = 'Hall'): Promise<string> {
  const { room_id } = await a.api.createRoom({ name, join_rule: 'peers' });
  await b.api.joinRoom({ room_id });
  await until([a, b], 'both in the room', async () => {
    const { membership, channels } = await b.api.room({ room_id });
    return membership === 'joined' && channels.length > 0;
  });
  return room_id;
}

/** Two friends in a room of `a`. */
export async function friendsInRoom(t: Pick<TestContext, 'after'>) {
  const a = await startLocalNode(t, { name: 'a.test' });
  const b = await startLocalNode(t, { name: 'b.test' });
  return { a, b, room_id: await shareRoom(a, b) };
}

/** Each trusts the other, and both are in a room of `a` that any peer may join. Returns the room's ID. */
export async function shareRoom(a: LocalNode, b: LocalNode, name = 'Kitchen'): Promise<string> {
  await befriend(a, b);
  const { room_id } = await a.api.createRoom({ name, join_rule: 'peers' });
  await b.api.joinRoom({ room_id });
  return room_id;
}
