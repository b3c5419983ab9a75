import { inspect } from 'node:util';

/** Where one server of a database is. */
export interface DatabaseServer {
  /** For the client: with user, password and options. Never shown. */
  readonly url: string;
  /** `db.example:5432`, or the folder of its Unix socket. */
  readonly host: string;
}

export type AddressFault = 'scheme' | 'host' | 'name' | 'invalid';

/** Not the address of a PostgreSQL database. Its message never contains the text, which may contain a password. */
export class DatabaseAddressError extends Error {
  readonly fault: AddressFault;

  constructor(fault: AddressFault) {
    super(`not the address of a database (${fault})`);
    this.fault = fault;
  }
}

const defaultPort = 5432;

/**
 * The address of a PostgreSQL database: `postgres://user:password@host:5432/name`. It may name several servers
 * (`@db1,db2:5433/name`), of which only one is writable at a time. Prints without user and password, so that they get
 * into no log, error or answer.
 */
export class DatabaseAddress {
  readonly #url: string;
  readonly servers: readonly DatabaseServer[];
  /** Of the database. */
  readonly name: string;

  /** Throws DatabaseAddressError. */
  constructor(url: string) {
    if (!/^postgres(?:ql)?:\/\//.test(url)) throw new DatabaseAddressError('scheme');
    const [, scheme = '', user = '', hosts = '', rest = ''] =
      /^(postgres(?:ql)?:\/\/)([^/]*@)?([^/?#@]*)(.*)$/s.exec(url) ?? [];
    // The name of a socket's folder, as PostgreSQL's own programs take it.
    const socket = optionOf(rest, 'host');
    if (hosts === '' && socket === null) throw new DatabaseAddressError('host');
    const urls = hosts.split(',').map((host) => ({ host, url: `${scheme}${user}${host}${rest}` }));
    this.#url = url;
    this.servers = urls.map(({ host, url: one }) => {
      // Without a host, only the options say where it is; a URL can't have a user then.
      const parsed = parse(host === '' ? one.replace(`${user}/`, `${user}localhost/`) : one);
      const port = parsed.port === '' ? String(defaultPort) : parsed.port;
      return { url: one, host: socket ?? `${parsed.hostname}:${port}` };
    });
    const path = parse(`${scheme}localhost${rest}`).pathname;
    this.name = decode(path.slice(1));
    if (this.name === '') throw new DatabaseAddressError('name');
  }

  /** With the password. For storing it and for other processes of this program. */
  get url(): string {
    return this.#url;
  }

  /** `db.example:5432`, or several of them. */
  get host(): string {
    return this.servers.map(({ host }) => host).join(', ');
  }

  /** What is shown: `db.example:5432/name`. */
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

function optionOf(rest: string, name: string): string | null {
  const at = rest.indexOf('?');
  return at === -1 ? null : new URLSearchParams(rest.slice(at)).get(name);
}

function parse(url: string): URL {
  // The error of URL quotes its input.
  if (!URL.canParse(url)) throw new DatabaseAddressError('invalid');
  return new URL(url);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new DatabaseAddressError('invalid');
  }
}
