import type { Words } from '../../shared/words/words.ts';
import { createLog } from '../kernel/log.ts';
import type { ParacordNode } from '../node.ts';
import { exitCodes } from './failure.ts';
import type { StartFlags } from './flags.ts';
import { runNode } from './run-node.ts';

/** Runs a node without a window until it is stopped; resolves with the exit code (failure.ts). */
export async function startNode(flags: StartFlags, words: Words): Promise<number> {
  const texts = words.start;
  // Listened for from the first moment: a program that reads the ready line may stop the node at once.
  const toldToStop = untilToldToStop();
  const { node, addresses, stop } = await runNode(flags, { log: createLog(flags.logLevel) });
  if (!flags.headless) process.stderr.write(`${texts.headless}\n`);
  await sayNextStep(node, flags, texts);
  const { url } = await node.api.makeLoginLink({});
  process.stderr.write(`${texts.console({ url })}\n`);
  process.stdout.write(`ready federation=${addresses.federation} control=${addresses.control}\n`);
  await toldToStop;
  await stop();
  return exitCodes.ok;
}

async function sayNextStep(node: ParacordNode, flags: StartFlags, texts: Words['start']): Promise<void> {
  const status = await node.api.status({});
  if (status.set_up) return;
  const folder = flags.dataDir.includes(' ') ? `"${flags.dataDir}"` : flags.dataDir;
  process.stderr.write(`${texts.notSetUp({ folder })}\n`);
}

function untilToldToStop(): Promise<void> {
  return new Promise((stop) => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, () => stop());
  });
}
