/** The flags a node is started with: read from the command line, checked, and frozen. */
import { join } from 'node:path';
import type { TlsConfig } from '../../shared/api/contract/tls.ts';
import { normalizeServerName } from '../../shared/protocol/identifiers.ts';
import { errorText } from '../../shared/words/refusal.ts';
import type { Words } from '../../shared/words/words.ts';
import type { HostPort } from '../config.ts';
import { homeFolder } from '../kernel/home-folder.ts';
import { baseUrl } from '../trust/discovery/endpoint.ts';
import { FlagError, hostPort, oneOf } from './flag-values.ts';
import { type RawTlsFlags, tlsFlagHelp, tlsOf } from './tls-flags.ts';

export { FlagError };

export interface StartFlags {
  readonly headless: boolean;
  /** The folder as typed, or the default; not resolved against the working directory. */
  readonly dataDir: string;
  /** Sets the node up on first start, without the wizard; must agree with the data afterwards. */
  readonly serverName: string | undefined;
  readonly listen: HostPort;
  /** Has no trailing slash. */
  readonly publicUrl: string | undefined;
  readonly tls: TlsConfig;
  /** Flags that were typed rather than defaulted, and so override the settings. */
  readonly byFlag: ReadonlySet<'port' | 'tls'>;
  readonly control: HostPort;
  /** Host name of the console behind a TLS proxy; allows --control to leave loopback. */
  readonly consoleHost: string | undefined;
  /** Localpart of the first local user, used when the identity is set up. */
  readonly owner: string;
  readonly domain: string | undefined;
  /** Start with an empty database although there is an identity. */
  readonly newDatabase: boolean;
  /** The database server to use; without it, the one of the last start, or the file in the data folder. */
  readonly database: string | undefined;
  readonly logLevel: 'error' | 'warn' | 'info' | 'debug';
  /** The file for a profile of the processor's work, which is written when the node stops. */
  readonly cpuProfile: string | undefined;
}

/** The flags as declared on the command line, before they are checked. */
export interface RawStartFlags extends RawTlsFlags {
  readonly headless?: boolean;
  readonly dataDir?: string;
  readonly serverName?: string;
  readonly listen?: string;
  readonly publicUrl?: string;
  readonly control?: string;
  readonly consoleHost?: string;
  readonly owner?: string;
  readonly domain?: string;
  readonly newDatabase?: boolean;
  readonly database?: string;
  readonly logLevel?: string;
  readonly cpuProfile?: string;
}

/** Lists, for the help text, each flag as commander writes it and its meaning. */
export function startFlagHelp({ cliHelp }: Words): [flag: string, meaning: string][] {
  const { flags } = cliHelp;
  return [
    ['--headless', flags.headless],
    ['--data-dir <dir>', flags.dataDir],
    ['--server-name <name>', flags.serverName],
    ['--listen <host:port>', flags.listen],
    ['--public-url <url>', flags.publicUrl],
    ...tlsFlagHelp(cliHelp),
    ['--control <host:port>', flags.control],
    ['--console-host <name>', flags.consoleHost],
    ['--owner <localpart>', flags.owner],
    ['--domain <name>', flags.domain],
    ['--new-database', flags.newDatabase],
    ['--database <url>', flags.database],
    ['--log-level <level>', flags.logLevel],
    ['--cpu-profile <file>', flags.cpuProfile],
  ];
}

/** Takes the place of `--database`, because other users of the computer can read the arguments of a process. */
const databaseVariable = 'PARACORD_NODE_DATABASE';

/** Throws FlagError for the first invalid flag. Doesn't look at files or the network. */
export function readStartFlags(
  raw: RawStartFlags,
  usualDataDir: string | null = defaultDataDir(),
  env: Readonly<Record<string, string | undefined>> = process.env,
): StartFlags {
  if (raw.dataDir === '') throw new FlagError('--data-dir', (words) => words.start.flags.emptyFolder);
  if (raw.cpuProfile === '') throw new FlagError('--cpu-profile', (words) => words.start.flags.emptyFile);
  return Object.freeze({
    headless: raw.headless ?? false,
    dataDir: raw.dataDir ?? usualDataDir ?? dataDirOr(undefined),
    serverName: name('--server-name', raw.serverName),
    listen: hostPort('--listen', raw.listen ?? '[::]:8448'),
    publicUrl: publicUrl(raw.publicUrl),
    tls: tlsOf(raw),
    byFlag: new Set([
      ...(raw.listen === undefined ? [] : (['port'] as const)),
      ...(raw.tls === undefined ? [] : (['tls'] as const)),
    ]),
    control: hostPort('--control', raw.control ?? '127.0.0.1:8449'),
    consoleHost: consoleHost(raw.consoleHost),
    owner: owner(raw.owner ?? 'owner'),
    domain: name('--domain', raw.domain),
    newDatabase: raw.newDatabase ?? false,
    database: raw.database ?? env[databaseVariable],
    logLevel: oneOf('--log-level', raw.logLevel ?? 'info', ['error', 'warn', 'info', 'debug'] as const),
    cpuProfile: raw.cpuProfile,
  });
}

function name(flag: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  try {
    return normalizeServerName(text);
  } catch (error) {
    throw new FlagError(flag, (words) => errorText(words, error as Error));
  }
}

function consoleHost(text: string | undefined): string | undefined {
  const host = name('--console-host', text);
  if (host !== undefined && /^(?:localhost|127\.[\d.]+|\[?::1\]?)$/.test(host))
    throw new FlagError('--console-host', (words) => words.start.flags.consoleHost({ host }));
  return host;
}

/** Writes the address in the format of the setting. */
function publicUrl(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  try {
    return baseUrl(text);
  } catch (error) {
    throw new FlagError('--public-url', (words) => errorText(words, error as Error));
  }
}

function owner(text: string): string {
  if (/^[a-z0-9][a-z0-9._-]{0,63}$/.test(text)) return text;
  throw new FlagError('--owner', (words) => words.start.flags.owner({ value: text }));
}

/**
 * The platform's folder for application data: `~/.local/share/paracord-node` on Linux. It may not exist yet. Null for a
 * user without a home folder.
 */
export function defaultDataDir(
  env: NodeJS.ProcessEnv = process.env,
  platform = process.platform,
): string | null {
  const given =
    platform === 'win32' ? env.LOCALAPPDATA : platform === 'darwin' ? undefined : env.XDG_DATA_HOME;
  const folder = { win32: ['AppData', 'Local'], darwin: ['Library', 'Application Support'] }[
    platform as string
  ];
  const home = homeFolder();
  const data = given || (home && join(home, ...(folder ?? ['.local', 'share'])));
  return data && join(data, 'paracord-node', ...(platform === 'win32' ? ['Data'] : []));
}

/** The folder that a command was given, or the default. */
export function dataDirOr(given: string | undefined): string {
  const folder = given ?? defaultDataDir();
  if (folder === null) throw new FlagError('--data-dir', (words) => words.start.flags.noHome);
  return folder;
}
