import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { NodeConfig } from '../config.ts';
import { IdentityUnreadableError, writeFileAtomically } from '../identity/vault.ts';
import { TlsConfigError } from '../inbound/tls.ts';
import { createLog } from '../log.ts';
import { createNode, type ParacordNode } from '../node.ts';
import { DataFolderInUseError, DataFolderUnusableError } from '../store/data-lock.ts';
import { DatabaseDamagedError, DatabaseTooNewError } from '../store/database.ts';
import { systemPorts } from '../system-ports.ts';
import { CommandFailure } from './cli/failure.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import type { StartFlags } from './flags.ts';
import { version } from './version.ts';

const loopback = /^(localhost|127(\.\d{1,3}){3}|::1)$/;

/** Runs a node without a window until it is told to stop; resolves with the exit code (exit-codes.ts). */
export async function startNode(flags: StartFlags): Promise<number> {
  if (!loopback.test(flags.control.host))
    throw new CommandFailure(
      'USAGE',
      exitCodes.usage,
      `--control: ${flags.control.host} is reachable from outside, and the control API is plain HTTP. Expected a loopback address such as 127.0.0.1:8449; reach it from elsewhere through SSH or a TLS proxy.`,
    );
  const config: NodeConfig = Object.freeze({
    dataDir: resolve(flags.dataDir),
    listen: flags.listen,
    control: flags.control,
    tls: flags.tls,
    publicUrl: flags.publicUrl ?? null,
    version,
  });
  const log = createLog(flags.logLevel);
  // Listened for from the first moment: whoever reads the ready line may say stop at once.
  const toldToStop = untilToldToStop();
  let node: ParacordNode | null = null;
  try {
    node = createNode(config, systemPorts, { log });
    await setUp(node, flags);
    const addresses = await node.start();
    const controlFile = join(config.dataDir, 'control.json');
    writeFileAtomically(controlFile, `${JSON.stringify({ url: addresses.control, token: node.token })}\n`);
    if (!flags.headless) process.stderr.write('No window here: this node runs headless. Ctrl-C stops it.\n');
    await sayNextStep(node, flags);
    process.stdout.write(`ready federation=${addresses.federation} control=${addresses.control}\n`);
    await toldToStop;
    rmSync(controlFile, { force: true });
    await node.stop();
    return exitCodes.ok;
  } catch (error) {
    await node?.stop();
    throw explained(error, flags);
  }
}

/** The first start with a name sets the node up; every later one must agree with the data. */
async function setUp(node: ParacordNode, flags: StartFlags): Promise<void> {
  if (flags.serverName === undefined) return;
  const status = await node.api.status({});
  const domain = flags.domain ?? status.domain ?? flags.serverName;
  if (status.set_up && (status.server_name !== flags.serverName || status.domain !== domain))
    throw new CommandFailure(
      'CONFLICT',
      exitCodes.identityDiffers,
      `--server-name: the data in ${flags.dataDir} belongs to ${status.server_name} (domain ${status.domain}), not to ${flags.serverName}. A name cannot be changed; start with that name, or with another --data-dir.`,
    );
  await node.api.setUp({ server_name: flags.serverName, domain, owner: flags.owner });
}

async function sayNextStep(node: ParacordNode, flags: StartFlags): Promise<void> {
  const status = await node.api.status({});
  if (status.set_up) return;
  const folder = flags.dataDir.includes(' ') ? `"${flags.dataDir}"` : flags.dataDir;
  process.stderr.write(
    `This server has no name yet. Give it one: npm run paracord-node -- setup chat.example --data-dir ${folder}\n`,
  );
}

function untilToldToStop(): Promise<void> {
  return new Promise((stop) => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, () => stop());
  });
}

function explained(error: unknown, flags: StartFlags): unknown {
  const failure = (code: string, exitCode: ExitCode, message: string) =>
    new CommandFailure(code, exitCode, message);
  if (error instanceof DataFolderInUseError)
    return failure('DATA_IN_USE', exitCodes.dataFolderInUse, error.message);
  if (error instanceof DataFolderUnusableError) return failure('USAGE', exitCodes.usage, error.message);
  if (error instanceof DatabaseTooNewError)
    return failure('DATABASE_NEWER', exitCodes.databaseNewer, error.message);
  if (error instanceof DatabaseDamagedError)
    return failure('DATABASE_DAMAGED', exitCodes.databaseNewer, error.message);
  if (error instanceof IdentityUnreadableError) return failure('IDENTITY', exitCodes.failure, error.message);
  if (error instanceof TlsConfigError) return failure('USAGE', exitCodes.usage, error.message);
  const { code, port, address } = error as { code?: string; port?: number; address?: string };
  if (code === 'EADDRINUSE') {
    const flag = port === flags.control.port ? '--control' : '--listen';
    return failure(
      'PORT_IN_USE',
      exitCodes.portInUse,
      `Port ${port} on ${address} is in use, by another node or another program. Choose another with ${flag} HOST:PORT.`,
    );
  }
  if (code === 'EACCES' && port !== undefined)
    return failure(
      'USAGE',
      exitCodes.usage,
      `Port ${port} is for administrators only. Choose one above 1023 with --listen.`,
    );
  if (code === 'EADDRNOTAVAIL')
    return failure(
      'USAGE',
      exitCodes.usage,
      `${address} is no address of this machine. Check --listen and --control.`,
    );
  return error;
}
