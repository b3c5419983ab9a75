/** Opens the console in the owner's browser, and makes the command that prints another link. */
import { spawn } from 'node:child_process';

interface BrowserHost {
  readonly platform: NodeJS.Platform;
  /** Starts a program with this input, and doesn't wait for it. Returns whether it could be started. */
  readonly launch: (command: string, args: readonly string[], input: string) => Promise<boolean>;
}

interface LoginLinks {
  /** Works for anyone. */
  readonly link: string;
  /** Works only for this user of the computer, where the node can tell its users apart. */
  readonly makeSeenLink: () => string;
}

/**
 * Asks the system to open the console. Returns whether that worked. Other users of a computer can read the arguments of
 * a running program (docs/decisions/0055-the-first-run.md), but not on Windows; on macOS, the link is not among them.
 */
export async function openInBrowser(
  { link, makeSeenLink }: LoginLinks,
  { platform, launch }: BrowserHost,
): Promise<boolean> {
  if (platform === 'win32') return await launch('rundll32', ['url.dll,FileProtocolHandler', link], '');
  if (platform === 'darwin') return await launch('osascript', [], `open location "${link}"\n`);
  return platform === 'linux' && (await launch('xdg-open', [makeSeenLink()], ''));
}

export const systemBrowserHost: BrowserHost = {
  platform: process.platform,
  launch: (command, args, input) =>
    new Promise((resolve) => {
      const child = spawn(command, [...args], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
      // The opener may not read its input at all.
      child.stdin.on('error', () => {}).end(input);
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
  defaultDataDir: string | null,
  { platform = process.platform, checkout = isCheckout } = {},
): string {
  const program = checkout ? 'npm run paracord-node -- console' : 'paracord-node console';
  return dataDir === defaultDataDir ? program : `${program} --data-dir ${quoted(dataDir, platform)}`;
}

function quoted(path: string, platform: NodeJS.Platform): string {
  if (/^[\w./:@+\\-]+$/.test(path)) return path;
  return platform === 'win32' ? `"${path}"` : `'${path.replaceAll("'", `'\\''`)}'`;
}
