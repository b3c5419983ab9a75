import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { errorText } from '../../shared/words/refusal.ts';
import { said } from '../../shared/words/said.ts';
import type { Words } from '../../shared/words/words.ts';
import { createLog, type Log } from '../kernel/log.ts';
import type { ParacordNode } from '../node.ts';
import { diskTroubleOf } from '../store/disk-watch.ts';
import { openInBrowser, systemBrowserHost } from './browser.ts';
import { CommandFailure, exitCodes } from './failure.ts';
import type { StartFlags } from './flags.ts';
import { pagesDir, runNode } from './run-node.ts';
import { hasDisplay } from './window.ts';

/**
 * Runs a node without a window until `toldToStop` is aborted, or starts none if it is already. Resolves with the exit
 * code (failure.ts). Throws what `runNode` throws, also if the node stops by itself later.
 */
export async function startNode(flags: StartFlags, words: Words, toldToStop: AbortSignal): Promise<number> {
  if (toldToStop.aborted) return exitCodes.ok;
  const texts = words.start;
  const failed = Promise.withResolvers<unknown>();
  const log = createLog(flags.logLevel);
  const run = { isUp: false };
  // The terminal may be closed, and the program that reads a pipe may end. The node goes on.
  for (const stream of [process.stdout, process.stderr])
    stream.removeAllListeners('error').on('error', () => {});
  process.on('uncaughtException', (error) => endOrStay(error, run.isUp, log, words));
  const running = await runNode(flags, {
    log,
    toldToStop,
    onFailed: (failure) => {
      endIfLost(failure, words);
      failed.resolve(failure);
    },
  }).catch((error: unknown) => {
    // The start was still waiting.
    if (error !== toldToStop.reason) throw error;
    return null;
  });
  if (running === null) return exitCodes.ok;
  const { node, addresses, stop } = running;
  run.isUp = true;
  try {
    await sayNextStep(node, flags, words);
    // Why there are no screens was said before the start (screens.ts).
    if (existsSync(join(pagesDir, 'index.html'))) await showConsole(node, flags, texts);
    process.stdout.write(`ready federation=${addresses.federation} control=${addresses.control}\n`);
    const failure = await Promise.race([aborted(toldToStop), failed.promise]);
    if (failure !== undefined) throw failure;
  } finally {
    await stop();
  }
  return exitCodes.ok;
}

/** Ends a node that lost its database server at once, because it must not send or answer anything any more. */
function endIfLost(failure: unknown, words: Words): void {
  if (!(failure instanceof CommandFailure) || failure.exitCode !== exitCodes.databaseLost) return;
  process.stderr.write(`${errorText(words, failure)}\n`);
  process.exit(failure.exitCode);
}

async function showConsole(node: ParacordNode, flags: StartFlags, texts: Words['start']): Promise<void> {
  const { url } = await node.api.makeLoginLink({});
  process.stderr.write(`${texts.console({ url })}\n`);
  if (!flags.headless) process.stderr.write(`${await opened(node, url, texts)}\n`);
}

/** Opens the owner's browser if there is a display, so that nobody has to copy the link. */
async function opened(node: ParacordNode, link: string, texts: Words['start']): Promise<string> {
  if (!hasDisplay(process)) return texts.headless;
  const links = { link, makeSeenLink: node.makeSeenLoginLink };
  return (await openInBrowser(links, systemBrowserHost)) ? texts.inBrowser : texts.noBrowser;
}

async function sayNextStep(node: ParacordNode, flags: StartFlags, words: Words): Promise<void> {
  const { locale, start: texts } = words;
  const api = node.apiIn(locale);
  const status = await api.status({});
  if (status.set_up) return;
  const missing = (await api.doctor({})).findings.find(({ code }) => code === 'identity-missing');
  if (missing) {
    process.stderr.write(`${missing.text}\n`);
    return;
  }
  const folder = flags.dataDir.includes(' ') ? `"${flags.dataDir}"` : flags.dataDir;
  process.stderr.write(`${texts.notSetUp({ folder })}\n`);
}

/**
 * Damage of the database that nobody handled doesn't end a running node: it continues with what it can read, and shows the
 * finding. Everything else is a bug.
 */
function endOrStay(error: Error, isUp: boolean, log: Log, words: Words): void {
  const isDamage = diskTroubleOf(error) === 'damaged';
  if (isDamage && isUp) {
    log.error({ err: error }, 'the database is damaged');
    return;
  }
  process.stderr.write(`${isDamage ? words.say(said('disk.damaged')) : (error.stack ?? error.message)}\n`);
  process.exit(isDamage ? exitCodes.databaseNewer : exitCodes.failure);
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}
