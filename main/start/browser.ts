/** Opens the console in the owner's browser, and makes the command that prints another link. */
import { spawn } from 'node:child_process';

const openers: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  darwin: ['open'],
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
};

export interface BrowserHost {
  readonly platform: NodeJS.Platform;
  /** Starts a program and doesn't wait for it. Returns whether it could be started. */
  readonly launch: (command: string, args: readonly string[]) => Promise<boolean>;
}

/**
 * Asks the system to open this address. Returns whether that worked. Other users of this machine can read the arguments
 * of a running program, but by then the browser has used up the login link (docs/decisions/0055-the-first-run.md).
 */
export function openInBrowser(url: string, { platform, launch }: BrowserHost): Promise<boolean> {
  const [command = 'xdg-open', ...args] = openers[platform] ?? [];
  return launch(command, [...args, url]);
}

export const systemBrowserHost: BrowserHost = {
  platform: process.platform,
  launch: (command, args) =>
    new Promise((resolve) => {
      const child = spawn(command, [...args], { stdio: 'ignore', detached: true });
      child.once('error', () => resolve(false));
      child.once('spawn', () => {
        child.unref();
        resolve(true);
      });
    }),
};

/** A bundle has no TypeScript. */
const isCheckout = import.meta.url.endsWith('.ts');

/** The command that prints a login link of the node on this data folder, to paste into a terminal. */
export function consoleCommand(
  dataDir: string,
  defaultDataDir: string,
  { platform = process.platform, checkout = isCheckout } = {},
): string {
  const program = checkout ? 'npm run paracord-node -- console' : 'paracord-node console';
  return dataDir === defaultDataDir ? program : `${program} --data-dir ${quoted(dataDir, platform)}`;
}

function quoted(path: string, platform: NodeJS.Platform): string {
  if (/^[\w./:@+\\-]+$/.test(path)) return path;
  return platform === 'win32' ? `"${path}"` : `'${path.replaceAll("'", `'\\''`)}'`;
}
