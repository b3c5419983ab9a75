/**
 * Takes `npm start` to the desktop app: runs Electron's executable on this project, and downloads it once if it is
 * missing.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Words } from '../../shared/words/words.ts';

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The last line of its output, if it was captured. */
  readonly said: string;
}

/** The outside world that opening a window needs. */
export interface WindowHost {
  readonly platform: NodeJS.Platform;
  readonly env: NodeJS.ProcessEnv;
  readonly isRoot: boolean;
  readonly project: string;
  /** The folder of the package `electron`, if it is installed. */
  readonly electronDir: string | null;
  /** Runs a program to its end; `quiet` captures its output for the report. */
  readonly run: (command: string, args: readonly string[], quiet: boolean) => Promise<Ended>;
  readonly say: (line: string) => void;
}

/** How Chromium ends if it can't set up its sandbox or its screen. Other signals were sent by someone. */
const crashes: ReadonlySet<string> = new Set(['SIGTRAP', 'SIGABRT', 'SIGSEGV', 'SIGILL', 'SIGBUS']);

export function hasDisplay({ platform, env }: Pick<WindowHost, 'platform' | 'env'>): boolean {
  if (platform === 'win32' || platform === 'darwin') return true;
  return Boolean(env.DISPLAY || env.WAYLAND_DISPLAY);
}

/**
 * Runs the desktop app and returns its exit code; `null` if it can't be run, after printing why if someone could have
 * expected it to run.
 */
export async function runWindow(
  args: readonly string[],
  host: WindowHost,
  words: Words,
): Promise<number | null> {
  const texts = words.start.window;
  const { electronDir, project } = host;
  if (electronDir === null || !hasDisplay(host)) return null;
  const without = (reason: string): null => {
    host.say(texts.without({ reason }));
    return null;
  };
  if (host.platform === 'linux' && host.isRoot) return without(texts.root);
  if (!existsSync(join(project, 'dist/desktop/main.js'))) return without(texts.notBuilt);
  if (executable(host, electronDir) === null) {
    host.say(texts.downloading);
    const fetched = await host.run(process.execPath, [join(electronDir, 'install.js')], true);
    if (fetched.code !== 0)
      return without(
        fetched.said ? texts.notDownloadedBecause({ reason: fetched.said }) : texts.notDownloaded,
      );
  }
  const program = executable(host, electronDir);
  if (program === null) return without(texts.incomplete);
  const { code, signal } = await host.run(program, [project, ...args], false);
  if (signal !== null && crashes.has(signal)) return without(texts.crashed({ signal }));
  return code ?? 1;
}

/** Electron's own module would download what is missing when it is loaded, with its own messages. */
function executable({ env }: WindowHost, electronDir: string): string | null {
  const pathFile = join(electronDir, 'path.txt');
  if (!existsSync(pathFile)) return null;
  const dist = env.ELECTRON_OVERRIDE_DIST_PATH || join(electronDir, 'dist');
  const program = join(dist, readFileSync(pathFile, 'utf8').trim());
  return existsSync(program) ? program : null;
}

export function systemWindowHost(): WindowHost {
  return {
    platform: process.platform,
    env: process.env,
    isRoot: process.getuid?.() === 0,
    project: fileURLToPath(new URL('../..', import.meta.url)),
    electronDir: installedElectron(),
    run,
    say: (line) => process.stderr.write(`${line}\n`),
  };
}

function installedElectron(): string | null {
  try {
    return dirname(createRequire(import.meta.url).resolve('electron/package.json'));
  } catch {
    return null;
  }
}

function run(command: string, args: readonly string[], quiet: boolean): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(command, [...args], { stdio: quiet ? ['ignore', 'ignore', 'pipe'] : 'inherit' });
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-4096);
    });
    // A terminal sends Ctrl-C to the whole group; a signal to us alone is meant for the app.
    const forward = (signal: NodeJS.Signals): void => void child.kill(signal);
    const ignore = (): void => {};
    process.on('SIGTERM', forward).on('SIGHUP', forward).on('SIGINT', ignore);
    const end = (ended: Ended): void => {
      process.off('SIGTERM', forward).off('SIGHUP', forward).off('SIGINT', ignore);
      resolve(ended);
    };
    child.once('error', (error) => end({ code: 1, signal: null, said: error.message }));
    child.once('close', (code, signal) => end({ code, signal, said: errorLine(said) }));
  });
}

/** The line that names the error, in an error with a stack. */
function errorLine(text: string): string {
  const lines = text.split('\n').map((line) => line.trim());
  return lines.find((line) => /error/i.test(line)) ?? lines.findLast((line) => line !== '') ?? '';
}
