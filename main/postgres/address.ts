import { inspect } from 'node:util';
import { SaidError } from '../../shared/words/refusal.ts';
import { listed, said } from '../../shared/words/said.ts';

/** One server of a database. */
interface DatabaseServer {
  /** The address for the client, with user, password and options. Never shown. */
  readonly url: string;
  /** `db.example:5432`, or the folder of its Unix socket. */
  readonly host: string;
}

/**
 * Not the address of a PostgreSQL database. Its message never contains the text, which may contain a password. If a
 * character of the password isn't escaped, any part of the text may belong to the password.
 */
export class DatabaseAddressError extends SaidError {}

const refused = (
  fault: 'scheme' | 'escape' | 'percent' | 'host' | 'host_name' | 'port' | 'name',
): DatabaseAddressError => new DatabaseAddressError(said(`database_address.${fault}`));

const defaultPort = 5432;
const portMax = 65_535;

/**
 * The address of a PostgreSQL database: `postgres://user:password@host:5432/name`. It may name several servers
 * (`@db1,db2:5433/name`), of which only one is writable at a time. Prints without user and password, so that they get
 * into no log, error or answer.
 */
export class DatabaseAddress {
  readonly #url: string;
  readonly servers: readonly DatabaseServer[];
  /** The name of the database. */
  readonly name: string;

  /** Throws DatabaseAddressError. */
  constructor(url: string) {
    const [, scheme, user = '', hosts = '', path = '', query = ''] =
      /^(postgres(?:ql)?:\/\/)([^/?#]*@)?([^/?#@]*)([^?#]*)(.*)$/s.exec(url) ?? [];
    if (scheme === undefined) throw refused('scheme');
    const options = optionsIn(query);
    if ([...(options?.values() ?? [])].some((value) => value.includes('\ufffd'))) throw refused('percent');
    // Another `@` here means that what was taken for hosts, path or options is a part of the password.
    if (path.includes('@') || query.includes('#') || (options === null && query.includes('@')))
      throw refused('escape');
    const login = loginIn(user);
    const host = options?.get('host') ?? null;
    if (host === null && hosts === '') throw refused('host');
    const servers = hosts.split(',').map((one) => ({ one, ...hostIn(one, host !== null) }));
    this.name = decoded(path.slice(1));
    if (this.name === '') throw refused('name');
    // The message doesn't name what was written, which may be a part of a password.
    if (options === null)
      throw new DatabaseAddressError(
        said('database_address.parameter', { known: listed([...parameters.keys()]) }),
      );
    checkValues(options);
    const port = options.get('port');
    this.#url = url;
    this.servers = servers.map((server) => ({
      url: `${scheme}${login.replaceAll(' ', '%20')}${server.one}${path.replaceAll(' ', '%20')}${forClient(options)}`,
      host: host?.startsWith('/') ? host : `${host ?? server.name}:${port ?? server.port}`,
    }));
  }

  /** The address with the password, for storing it and for other processes of this program. */
  get url(): string {
    return this.#url;
  }

  /** The address as it is shown: `db.example:5432/name`. */
  toString(): string {
    return `${this.servers.map(({ host }) => host).join(',')}/${this.name}`;
  }

  toJSON(): string {
    return this.toString();
  }

  [inspect.custom](): string {
    return this.toString();
  }
}

/**
 * The parameters that do something. The client ignores all others, or they change what the node relies
 * on, such as the name of its session.
 */
const parameters: ReadonlyMap<string, RegExp> = new Map([
  ['host', /./s],
  ['port', /^0*[1-9]\d{0,4}$/],
  ['user', /./s],
  ['password', /^/],
  ['sslmode', /^(?:disable|prefer|require|verify-ca|verify-full|no-verify)$/],
  ['ssl', /^(?:true|1|0)$/],
  ['sslrootcert', /./s],
  ['sslcert', /./s],
  ['sslkey', /./s],
  ['sslnegotiation', /^(?:postgres|direct)$/],
  ['uselibpqcompat', /^(?:true|false)$/],
  ['options', /^/],
]);

/** Reads the parameters after the `?`; null if one of them isn't known. */
function optionsIn(query: string): URLSearchParams | null {
  // The client takes the last value of a name, too.
  const options = new URLSearchParams([...new Map(new URLSearchParams(query))]);
  return [...options.keys()].every((name) => parameters.has(name)) ? options : null;
}

function checkValues(options: URLSearchParams): void {
  for (const [name, value] of options)
    if (!parameters.get(name)?.test(value) || (name === 'port' && Number(value) > portMax))
      throw new DatabaseAddressError(said('database_address.value', { parameter: name }));
}

/** User and password, for the client: it guesses what a bare `%` means. */
function loginIn(user: string): string {
  const login = user.replace(/%(?![0-9a-f]{2})/gi, '%25');
  decoded(login);
  return login;
}

/** Name and port of one host. With `isElsewhere`, the options say where the server is. */
function hostIn(host: string, isElsewhere: boolean): { readonly name: string; readonly port: number } {
  const [, name = '', port = ''] = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/s.exec(host) ?? [];
  if (name === '' && !(isElsewhere && host === '')) throw refused(host === '' ? 'host' : 'host_name');
  if (!/^\d{0,5}$/.test(port) || Number(port) > portMax || /^0+$/.test(port)) throw refused('port');
  if (name !== '' && (!URL.canParse(`postgres://${name}/`) || /\s/.test(name))) throw refused('host_name');
  return { name, port: Number(port || defaultPort) };
}

/**
 * The client treats three modes as `verify-full`, and warns on stderr of a version of it that won't. So it gets the mode
 * that it uses anyway.
 */
function forClient(options: URLSearchParams): string {
  const sent = new URLSearchParams(options);
  const isStrict = /^(?:prefer|require|verify-ca)$/.test(sent.get('sslmode') ?? '');
  if (isStrict && sent.get('uselibpqcompat') !== 'true') sent.set('sslmode', 'verify-full');
  return sent.size === 0 ? '' : `?${sent}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw refused('percent');
  }
}
