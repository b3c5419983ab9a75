import { existsSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import manifest from '../../package.json' with { type: 'json' };
import type { NodeConfig } from '../config.ts';
import { sodium } from '../crypto/sodium.ts';
import { type SecretBox, writeFileAtomically } from '../identity/vault.ts';
import { addressKind } from '../kernel/ip.ts';
import type { Log } from '../kernel/log.ts';
import { type Ports, systemPorts } from '../kernel/ports.ts';
import { type Addresses, createNode, type NodeDeps, type ParacordNode } from '../node.ts';
import { serverFileIn } from '../store/engine.ts';
import { consoleCommand } from './browser.ts';
import { CommandFailure, exitCodes } from './failure.ts';
import { defaultDataDir, FlagError, type StartFlags } from './flags.ts';
import { ownHeap, returnMemoryWhenIdle } from './idle-memory.ts';
import { explained } from './start-failure.ts';

export const version: string = manifest.version;
/** The built screens. */
export const pagesDir = fileURLToPath(new URL('../../dist/renderer', import.meta.url));

export interface RunningNode {
  readonly node: ParacordNode;
  readonly addresses: Addresses;
  /** Removes control.json and stops the node. */
  stop(): Promise<void>;
}

interface RunDeps {
  readonly log: Log;
  readonly secretBox?: SecretBox;
  /** There is a window to report that the port is in use. */
  readonly waitsForPort?: boolean;
  /** A newer version has brought a room up to date, as one of `total`. */
  readonly onRoom?: (done: number, total: number) => void;
  /**
   * The node stopped by itself: after a restore it could not start again, or it lost its database server. Gets what
   * `runNode` throws.
   */
  readonly onFailed?: (error: unknown) => void;
  /** Ends a start that has to wait. Then `runNode` throws. */
  readonly toldToStop?: AbortSignal;
}

/**
 * Runs a node as its flags say, with or without a window: sets it up if they name a server, and writes control.json so
 * that the command line can reach it. Throws CommandFailure with an exit code for every problem that an owner can
 * solve.
 */
export async function runNode(flags: StartFlags, deps: RunDeps): Promise<RunningNode> {
  if (addressKind(flags.control.host) !== 'loopback' && flags.consoleHost === undefined)
    throw new FlagError('--control', (words) => words.start.flags.control({ host: flags.control.host }));
  const usual = defaultDataDir();
  const config: NodeConfig = Object.freeze({
    dataDir: resolve(flags.dataDir),
    listen: flags.listen,
    control: flags.control,
    tls: flags.tls,
    byFlag: flags.byFlag,
    waitsForPort: deps.waitsForPort === true,
    publicUrl: flags.publicUrl ?? null,
    version,
    notBefore: installedBefore(),
    pagesDir,
    consoleHost: flags.consoleHost,
    consoleCommand: consoleCommand(resolve(flags.dataDir), usual && resolve(usual)),
    newDatabase: flags.newDatabase,
  });
  let node: ParacordNode | null = null;
  // The app ends although its node hasn't stopped, if that takes too long or its owner doesn't want to wait for the start.
  const leave = (): void => node?.leave();
  process.once('exit', leave);
  try {
    // If it can't be loaded, we want to know now, not at the first signature.
    sodium();
    const writeProfile = flags.cpuProfile === undefined ? null : await startProfile(flags.cpuProfile);
    const failing = { ...deps, onFailed: (error: unknown) => deps.onFailed?.(explained(error, flags)) };
    node = await createNodeFor(flags, config, systemPorts, failing, deps.toldToStop);
    await setUp(node, flags);
    const addresses = await node.start();
    const controlFile = join(config.dataDir, 'control.json');
    writeFileAtomically(controlFile, `${JSON.stringify({ url: addresses.control, token: node.token })}\n`);
    const running = node;
    const heap = ownHeap();
    const stopWatching = heap === null ? () => {} : returnMemoryWhenIdle(systemPorts.clock, heap);
    return {
      node,
      addresses,
      async stop() {
        stopWatching();
        try {
          rmSync(controlFile, { force: true });
        } catch (error) {
          // A folder that became read-only must not keep the node from stopping.
          deps.log.warn({ err: error }, 'control.json not removed');
        }
        await running.stop();
        process.off('exit', leave);
        try {
          await writeProfile?.();
        } catch (error) {
          deps.log.error({ err: error, file: flags.cpuProfile }, 'the CPU profile could not be written');
        }
      },
    };
  } catch (error) {
    await node?.stop();
    process.off('exit', leave);
    throw explained(error, flags);
  }
}

/** Whether the flags or an earlier start name a database on a server. */
export const hasServer = (database: StartFlags['database'], dataDir: string): boolean =>
  database !== undefined || existsSync(serverFileIn(dataDir));

/**
 * A node that stores everything in the file of its data folder, or on a database server. There it may have to wait until
 * it can be used, until `signal` is aborted; without one, that is a failure.
 */
export async function createNodeFor(
  { database }: Pick<StartFlags, 'database'>,
  config: NodeConfig,
  ports: Ports,
  deps: NodeDeps,
  signal: AbortSignal | null = new AbortController().signal,
): Promise<ParacordNode> {
  if (!hasServer(database, config.dataDir)) return createNode(config, ports, deps);
  // Most nodes never need it.
  const { nodeOnDatabase } = await import('./database.ts');
  return await nodeOnDatabase({ database, config, ports, deps, signal });
}

/** Loaded late, because the inspector needs memory. */
async function startProfile(file: string): Promise<() => Promise<void>> {
  const { recordCpuProfile } = await import('./cpu-profile.ts');
  return await recordCpuProfile(resolve(file));
}

/**
 * When this program was written to the disk (unix ms), less a day, because archives don't store the time zone. Packages
 * from npm are dated 1985, which says nothing and does no harm. Files in Electron's archive seem to be as old as the
 * process, so the app looks at its executable.
 */
function installedBefore(): number {
  const here = fileURLToPath(import.meta.url);
  return statSync(/\.asar[\\/]/.test(here) ? process.execPath : here).mtimeMs - 86_400_000;
}

/** The first start with a name sets the node up; every later start must agree with the data. */
async function setUp(node: ParacordNode, flags: StartFlags): Promise<void> {
  if (flags.serverName === undefined) return;
  const status = await node.api.status({});
  const domain = flags.domain ?? status.domain ?? flags.serverName;
  if (status.set_up && (status.server_name !== flags.serverName || status.domain !== domain))
    throw new CommandFailure('CONFLICT', exitCodes.identityDiffers, (words) =>
      words.start.failure.otherServerName({
        folder: flags.dataDir,
        server: status.server_name ?? '',
        domain: status.domain ?? '',
        wanted: flags.serverName ?? '',
      }),
    );
  await node.api.setUp({ server_name: flags.serverName, domain, owner: flags.owner });
}
