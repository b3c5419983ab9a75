import type { Tables } from '../../store/ports.ts';
import type { KeyRow } from '../../store/tables/peer-store.ts';

export const homeSource = (home: string): string => `home:${home}`;
export const homeOf = ({ source }: Pick<KeyRow, 'source'>): string => source.slice(homeSource('').length);

const isSameKey = (one: KeyRow, other: KeyRow): boolean =>
  one.server_name === other.server_name && one.source === other.source && one.key_id === other.key_id;

/** The keys of servers, from every source, in memory once they have been looked for. */
export class KnownKeys {
  readonly #store: Tables<'peers'>;
  readonly #keys = new Map<string, readonly KeyRow[]>();

  constructor(store: Tables<'peers'>) {
    this.#store = store;
  }

  of(serverName: string): readonly KeyRow[] {
    const known = this.#keys.get(serverName);
    if (known) return known;
    const keys = this.#store.peers.keysOf(serverName);
    // Names that anyone makes up are not worth remembering.
    if (keys.length > 0) this.#keys.set(serverName, keys);
    return keys;
  }

  put(keys: readonly KeyRow[], gone: readonly KeyRow[]): void {
    const changed = [...keys, ...gone];
    for (const server of new Set(changed.map(({ server_name }) => server_name))) {
      const mine = keys.filter(({ server_name }) => server_name === server);
      const rest = this.of(server).filter((known) => !changed.some((key) => isSameKey(key, known)));
      this.#keys.set(server, [...mine, ...rest]);
    }
  }

  save(keys: readonly KeyRow[], gone: readonly KeyRow[]): void {
    for (const key of gone) this.#store.peers.removeKey(key);
    for (const key of keys) this.#store.peers.putKey(key);
  }

  /** The server has none, although on disk they are until they are removed there. */
  drop(serverName: string): void {
    this.#keys.set(serverName, []);
  }

  /** Forgets a server's keys, so that they are looked for again. */
  forget(serverName: string): void {
    this.#keys.delete(serverName);
  }

  forgetAll(): void {
    this.#keys.clear();
  }
}

/** Knows which servers each home vouches for, and under which domain. Those told first come first. */
export class ToldServers {
  readonly #domains = new Map<string, Map<string, string>>();

  load(rows: ReturnType<Tables<'peers'>['peers']['told']>): void {
    this.#domains.clear();
    for (const row of rows) this.set(homeOf(row), row.server_name, row.domain);
  }

  by(home: string): ReadonlyMap<string, string> {
    return this.#domains.get(home) ?? new Map();
  }

  set(home: string, serverName: string, domain: string): void {
    const told = this.#domains.get(home) ?? new Map<string, string>();
    this.#domains.set(home, told.set(serverName, domain));
  }

  delete(home: string, serverName: string): void {
    this.#domains.get(home)?.delete(serverName);
  }

  drop(serverName: string): void {
    for (const servers of this.#domains.values()) servers.delete(serverName);
  }

  /** The server that a home says has this domain, if no server has that name. */
  serverOf(home: string, domain: string): string | undefined {
    const told = this.by(home);
    if (told.has(domain)) return domain;
    for (const [server, its] of told) if (its === domain) return server;
    return undefined;
  }

  /** A home that vouches for the server. */
  homeOf(serverName: string): string | undefined {
    return [...this.#domains].find(([, servers]) => servers.has(serverName))?.[0];
  }
}
