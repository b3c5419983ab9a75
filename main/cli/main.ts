import { readFile } from 'node:fs/promises';
import { CommanderError } from 'commander';
import manifest from '../../package.json' with { type: 'json' };
import { printable } from '../../shared/protocol/coding/plain-text.ts';
import { visible, visibleJson } from '../../shared/unicode/visible.ts';
import type { Words } from '../../shared/words/words.ts';
import { systemPorts } from '../kernel/ports.ts';
import { every } from '../kernel/timers.ts';
import { type ExitCode, exitCodes, reportFailure } from '../start/failure.ts';
import type { StartFlags } from '../start/flags.ts';
import { terminalWords } from '../start/language.ts';
import { createProgram } from './program.ts';

/** How often a node that npm started checks whether its shell is still there. */
const lookEveryMs = 500;
/** The longest interval; nothing happens then. */
const keptMs = 2 ** 31 - 1;

interface Terminal {
  readonly env: NodeJS.ProcessEnv;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

/** Runs the command line of this process. Otherwise like `runCommandLine`. */
export async function main(argv: readonly string[]): Promise<number> {
  // `paracord-node timeline … | head` closes our output early, and that isn't a failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    process.exit(error.code === 'EPIPE' ? exitCodes.ok : exitCodes.failure);
  });
  const letEnd = keepRunning();
  try {
    return await runCommandLine(argv, {
      env: process.env,
      out: (text) => process.stdout.write(text),
      err: (text) => process.stderr.write(text),
    });
  } finally {
    letEnd();
  }
}

/** `argv` doesn't include node and script. Returns the exit code (failure.ts), and never throws. */
export async function runCommandLine(argv: readonly string[], terminal: Terminal): Promise<number> {
  const words = terminalWords(terminal.env);
  let exitCode: number = exitCodes.ok;
  try {
    const program = createProgram(
      {
        words,
        // In case a command forgot to escape something: no control character reaches the terminal.
        out: (text) => terminal.out(`${visible(text)}\n`),
        finish: (code: ExitCode) => {
          exitCode = code;
        },
        start: async (flags, inWindow) => {
          await stopWithShell();
          await seeToScreens(words);
          const shown = inWindow ? await runInWindow(argv, words) : null;
          exitCode = shown ?? (await start(flags, words));
        },
      },
      manifest.version,
    );
    await program.parseAsync(argv, { from: 'user' });
    return exitCode;
  } catch (error) {
    // Commander reports help and version as errors.
    if (error instanceof CommanderError && error.exitCode === 0) return exitCodes.ok;
    const failure = reportFailure(error, words);
    const lines = argv.includes('--json')
      ? [visibleJson(JSON.stringify(failure.body))]
      : [printable(failure.body.message), ...(failure.stack ? [failure.stack] : [])];
    terminal.err(`${lines.join('\n')}\n`);
    return failure.exitCode;
  }
}

/**
 * A process ends when nothing is left that could still happen. What a start, a stop or a command waits for often doesn't
 * count: a timer of the clock, a thread, a promise. Keeps the process running until the returned function is called.
 */
function keepRunning(): () => void {
  const timer = setInterval(() => {}, keptMs);
  return () => clearInterval(timer);
}

/**
 * Aborted by the first signal that asks this process to end. A second one ends it, except for SIGHUP: the system and the
 * shell each send it when a terminal is closed.
 */
function whenToldToStop(): AbortSignal {
  const told = new AbortController();
  const stop = () => told.abort();
  process.once('SIGTERM', stop).once('SIGINT', stop).on('SIGHUP', stop);
  return told.signal;
}

/**
 * npm runs its scripts in a shell. A signal to npm ends that shell, and many shells don't pass it on: the node would
 * continue without its parent, and keep its ports and data folder. So a node started by npm stops when its shell is
 * gone.
 */
async function stopWithShell(): Promise<void> {
  if (process.platform === 'win32' || process.env.npm_lifecycle_event === undefined) return;
  const shell = process.ppid;
  const stop = () => process.kill(process.pid, 'SIGTERM');
  const stopLooking = every(
    systemPorts.clock,
    lookEveryMs,
    async () => {
      if (process.ppid === shell) return;
      stopLooking();
      stop();
    },
    () => {},
  );
  if (await isOrphan()) stop();
}

/**
 * Whether the shell ended before this process could look at it. The system has given this process another parent then,
 * but the process group is still that of the shell. A node that was started in a group of its own is meant to outlive a
 * shell.
 */
async function isOrphan(): Promise<boolean> {
  try {
    const own = await processAt('self');
    const parent = await processAt(own.parent);
    return own.group !== own.id && own.group !== parent.group;
  } catch {
    // The system isn't Linux, or the parent is outside of this container.
    return false;
  }
}

async function processAt(name: string): Promise<{ id: string; parent: string; group: string }> {
  const stat = await readFile(`/proc/${name}/stat`, 'utf8');
  // The program's name, in brackets, may contain anything.
  const [, parent = '', group = ''] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { id: stat.slice(0, stat.indexOf(' ')), parent, group };
}

/** Loaded late, because only a start needs it. */
async function seeToScreens(words: Words): Promise<void> {
  const { buildMissingScreens, systemScreensHost } = await import('../start/screens.ts');
  await buildMissingScreens(systemScreensHost(), words);
}

/** Passes on flags that were checked here. The app parses them by the same rules. */
async function runInWindow(argv: readonly string[], words: Words): Promise<number | null> {
  const { runWindow, systemWindowHost } = await import('../start/window.ts');
  return await runWindow(
    argv.filter((arg) => arg !== '--window'),
    systemWindowHost(),
    words,
  );
}

/** Loaded late, because asking a running node needs neither the database nor the cryptography. */
async function start(flags: StartFlags, words: Words): Promise<number> {
  // The program listens for signals from here on, because loading takes longer than most starts.
  const toldToStop = whenToldToStop();
  const { startNode } = await import('../start/start.ts');
  return await startNode(flags, words, toldToStop);
}
