import type { TransportForm } from '../../../shared/protocol/transport.ts';
import { Queries } from '../queries.ts';

export interface PeerRow {
  readonly server_name: string;
  readonly domain: string;
  /** Absolute, without a trailing slash, the federation prefix included; null for servers we cannot call. */
  readonly endpoint: string | null;
  /** The owner typed this host, so it may be a private address. */
  readonly endpoint_by_owner: 0 | 1;
  readonly mode: 'allow' | 'block' | 'quarantine' | 'known';
  readonly reason: string | null;
  readonly until: number | null;
  /** The mode that follows a block or quarantine that ends. */
  readonly mode_after: PeerRow['mode'] | null;
  readonly requests_per_minute: number | null;
  readonly burst: number | null;
  readonly tls_sha256: string | null;
  readonly known_through: string | null;
  readonly last_seen_at: number | null;
  /** When it last pushed an event. */
  readonly pushed_at: number | null;
  /** The peer doesn't push, so its events arrive only if we ask for them. */
  readonly pull_only: 0 | 1;
  /** When it last read our keys, signed. */
  readonly keys_read_at: number | null;
  /** The extensions it supports, by name, separated by spaces; null if not known yet. */
  readonly extensions: string | null;
  /** When its discovery document was last read. */
  readonly discovered_at: number | null;
  /** The form of the transport signature that it takes; null until a signed probe has shown it. */
  readonly form: TransportForm | null;
  /** The name by which it is addressed; null with the bare form. */
  readonly destination: string | null;
  readonly form_before: TransportForm | null;
  /** Since when `form` is known, unix ms. */
  readonly form_since: number | null;
  /** The peer has addressed a request to us, and from then on it must. */
  readonly addresses_us: 0 | 1;
  /** The key of ours that it was last seen to accept. */
  readonly proved_key: string | null;
  /** Since when it is known to accept that key, unix ms. */
  readonly proved_at: number | null;
}

/** A server that we only know from others. */
export function newPeer(serverName: string, domain: string): PeerRow {
  return {
    server_name: serverName,
    domain,
    endpoint: null,
    endpoint_by_owner: 0,
    mode: 'known',
    mode_after: null,
    reason: null,
    until: null,
    requests_per_minute: null,
    burst: null,
    tls_sha256: null,
    known_through: null,
    last_seen_at: null,
    pushed_at: null,
    pull_only: 0,
    keys_read_at: null,
    extensions: null,
    discovered_at: null,
    form: null,
    destination: null,
    form_before: null,
    form_since: null,
    addresses_us: 0,
    proved_key: null,
    proved_at: null,
  };
}

const columns = Object.keys(newPeer('', ''));

export interface KeyRow {
  readonly server_name: string;
  readonly key_id: string;
  readonly public_key: string;
  readonly valid_until: number;
  /** `own`, `peer`, or `home:NAME`. */
  readonly source: string;
  readonly first_seen_at: number;
  /** When it was last extended past its validity, by the owner or by the node. */
  readonly extended_at: number | null;
  /** The end of the extension; null with `extended_at` means forever. */
  readonly extended_until: number | null;
  /** When its server began again with another key and the owner let it in: it verifies what is older, and nothing else. */
  readonly ended_at: number | null;
  /** The older key that signed it, and how (shared/protocol/key-chain.ts), as JSON. */
  readonly chain: string | null;
  /** The server's domain, as the home says; null if the source is not a home. */
  readonly domain: string | null;
}

/** A server that a room's home vouches for. */
interface ToldRow {
  readonly source: string;
  readonly server_name: string;
  readonly domain: string;
}

/** The servers we know, how far we trust them, and their public keys. */
export class PeerStore extends Queries {
  readonly #first = this.has<[]>('SELECT server_name FROM federation_peer_trust_state LIMIT 1');
  readonly #remove = this.run('DELETE FROM federation_peer_trust_state WHERE server_name = ?');
  readonly #removeKey = this.run<[string, string, string]>(
    'DELETE FROM federation_server_keys WHERE server_name = ? AND source = ? AND key_id = ?',
  );
  readonly #removeKeys = this.run('DELETE FROM federation_server_keys WHERE server_name = ?');

  readonly domainOf = this.value<[serverName: string], string>(
    'SELECT domain FROM federation_peer_trust_state WHERE server_name = ?',
  );

  readonly peers = this.rows<[], PeerRow>('SELECT * FROM federation_peer_trust_state ORDER BY server_name');

  readonly put = this.run<[peer: PeerRow]>(
    `INSERT OR REPLACE INTO federation_peer_trust_state (${columns.join(', ')}) VALUES (${columns.map((name) => `$${name}`).join(', ')})`,
  );

  readonly ownKeys = this.rows<[], KeyRow>(
    "SELECT * FROM federation_server_keys WHERE source = 'own' ORDER BY first_seen_at DESC, key_id",
  );

  /** Newest first, from every source. */
  readonly keysOf = this.rows<[serverName: string], KeyRow>(
    'SELECT * FROM federation_server_keys WHERE server_name = ? ORDER BY first_seen_at DESC, key_id',
  );

  /** Servers in the order in which they were told. */
  readonly told = this.rows<[], ToldRow>(`
    SELECT source, server_name, max(domain) AS domain FROM federation_server_keys WHERE domain IS NOT NULL
    GROUP BY source, server_name ORDER BY min(first_seen_at), server_name`);

  readonly putKey = this.run<[key: KeyRow]>(`INSERT OR REPLACE INTO federation_server_keys
      (server_name, key_id, public_key, valid_until, source, first_seen_at, extended_at, extended_until, ended_at,
       chain, domain)
    VALUES ($server_name, $key_id, $public_key, $valid_until, $source, $first_seen_at, $extended_at,
      $extended_until, $ended_at, $chain, $domain)`);

  get hasPeers(): boolean {
    return this.#first();
  }

  /** The peer and its keys. */
  remove(serverName: string): void {
    this.#remove(serverName);
    this.#removeKeys(serverName);
  }

  removeKey({ server_name, source, key_id }: KeyRow): void {
    this.#removeKey(server_name, source, key_id);
  }
}
