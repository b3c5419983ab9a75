/** The same server without a window: a systemd service of this user, on the same data folder. Only on Linux. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { wordsIn } from '../../shared/words/words.ts';
import { writeFileAtomically } from '../identity/vault.ts';
import type { Clock } from '../kernel/ports.ts';
import { startFlagHelp } from '../start/flags.ts';
import { version } from '../start/run-node.ts';
import type { Host } from './host.ts';

export const unitName = 'paracord-node-user.service';

/** Why the server can't become a service. `found`: the version of the program without a window. */
export type ServiceObstacle =
  | { readonly kind: 'noProgram' | 'noSystemd' | 'otherService' }
  | { readonly kind: 'otherVersion'; readonly found: string };

interface ServiceDeps {
  readonly host: Pick<Host, 'env' | 'args' | 'run'>;
  readonly dataDir: string;
  readonly clock: Clock;
}

/** The node listens within seconds. A start that takes longer than this is given up, and the app starts again. */
const startMsMax = 60_000;
const lookMs = 250;

export class UserService {
  readonly #deps: ServiceDeps;
  readonly #file: string;

  constructor(deps: ServiceDeps) {
    const { env } = deps.host;
    this.#deps = deps;
    const config = env.XDG_CONFIG_HOME || join(env.HOME ?? homedir(), '.config');
    this.#file = join(config, 'systemd', 'user', unitName);
  }

  /** Whether this data folder belongs to the service. */
  get isSetUp(): boolean {
    try {
      return readFileSync(this.#file, 'utf8').includes(` ${quoted(this.#dataDirFlag)}`);
    } catch {
      return false;
    }
  }

  async obstacle(): Promise<ServiceObstacle | null> {
    const { run } = this.#deps.host;
    const program = this.#program();
    if (program === null) return { kind: 'noProgram' };
    const { output } = await run(program, ['--version']);
    if (output !== version) return { kind: 'otherVersion', found: output.slice(0, 40) };
    if (!(await run('systemctl', ['--user', 'show-environment'])).isOk) return { kind: 'noSystemd' };
    // The service of the Debian package has a server of its own, which listens on the same port.
    const { isOk } = await run('systemctl', ['is-active', '--quiet', 'paracord-node.service']);
    return isOk ? { kind: 'otherService' } : null;
  }

  /** Makes the system run this user's services while they aren't logged in. False if it refuses. */
  async linger(): Promise<boolean> {
    return (await this.#deps.host.run('loginctl', ['enable-linger'])).isOk;
  }

  /** Starts the service, once the app's node has stopped. Rejects, and leaves nothing behind, if its node doesn't start. */
  async start(): Promise<void> {
    try {
      writeFileAtomically(this.#file, this.#unit());
      await this.#systemctl('daemon-reload');
      await this.#systemctl('enable', '--now', unitName);
      await this.#started();
    } catch (error) {
      await this.remove();
      throw error;
    }
  }

  async remove(): Promise<void> {
    const { run } = this.#deps.host;
    await run('systemctl', ['--user', 'disable', '--now', unitName]);
    rmSync(this.#file, { force: true });
    await run('systemctl', ['--user', 'daemon-reload']);
  }

  get #dataDirFlag(): string {
    return `--data-dir=${this.#deps.dataDir}`;
  }

  async #systemctl(...args: readonly string[]): Promise<void> {
    const { isOk, output } = await this.#deps.host.run('systemctl', ['--user', ...args]);
    if (!isOk) throw new Error(output.split('\n')[0] ?? '');
  }

  /** The node writes this file when it has started. The app's node has removed its own. */
  async #started(): Promise<void> {
    const { clock, dataDir } = this.#deps;
    for (let waited = 0; waited < startMsMax; waited += lookMs) {
      if (existsSync(join(dataDir, 'control.json'))) return;
      await new Promise<void>((resolve) => void clock.after(lookMs, resolve));
    }
    throw new Error(`journalctl --user -u ${unitName}`);
  }

  #program(): string | null {
    const folders = (this.#deps.host.env.PATH ?? '').split(':');
    const files = folders.filter((one) => one.startsWith('/')).map((one) => join(one, 'paracord-node'));
    return files.find((file) => existsSync(file)) ?? null;
  }

  #unit(): string {
    const { env, args } = this.#deps.host;
    const command = [this.#program() ?? '', '--headless', ...nodeFlags(args), this.#dataDirFlag];
    return `# Paracord Node has made this file, and removes it when the desktop app runs the server again.

[Unit]
Description=Paracord Node, federation for a small chat server
Documentation=man:paracord-node(1)

[Service]
Type=exec
# A program that npm installed looks for Node.js there.
Environment=${quoted(`PATH=${env.PATH ?? ''}`)}
ExecStart=${command.map((one) => quoted(one).replaceAll('$', '$$$$')).join(' ')}
Restart=on-failure
RestartSec=5
# Wrong flags, another name, a newer database: starting again would change nothing.
RestartPreventExitStatus=2 5 7 10
# Stopping drains the outbox for a moment first.
TimeoutStopSec=15
NoNewPrivileges=yes
UMask=0077
LimitNOFILE=65536

[Install]
WantedBy=default.target
`;
  }
}

/** The flags of a node among those of the app. Chromium has flags of its own, which a node refuses. */
export function nodeFlags(args: readonly string[]): string[] {
  const known = new Map(
    startFlagHelp(wordsIn('en')).map(([flag]) => [flag.split(' ')[0] ?? '', flag.includes('<')] as const),
  );
  const kept: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? '';
    const name = arg.split('=')[0] ?? '';
    const takesValue = known.get(name);
    const value = takesValue && !arg.includes('=') ? args[++at] : undefined;
    if (takesValue === undefined || name === '--data-dir') continue;
    kept.push(value === undefined ? arg : `${arg}=${value}`);
  }
  return kept;
}

/** Quotes a text as systemd.syntax(7) and systemd.unit(5) require. */
function quoted(text: string): string {
  if (/[\0-\x1f\x7f]/.test(text)) throw new Error('a service cannot have control characters in its command');
  return `"${text.replace(/["\\]/g, '\\$&').replaceAll('%', '%%')}"`;
}
