import { AddressNotice, readBody, WellKnown } from '../../shared/protocol/bodies.ts';
import { badRequest, conflict } from '../../shared/protocol/errors.ts';
import { wellKnownPath } from '../../shared/protocol/transport.ts';
import type { FederationClient } from '../client/federation-client.ts';
import type { CallPolicy } from '../client/http.ts';
import type { Keyring } from '../identity/keyring.ts';
import type { Clock } from '../ports.ts';
import type { PeerRow } from '../store/peer-store.ts';
import type { Store } from '../store/store.ts';
import { fetchKeys, understand } from './discovery.ts';
import { resolveEndpoint } from './endpoint.ts';
import { calleeOf } from './key-resolver.ts';
import type { OwnAddress } from './own-address.ts';
import type { PeerDirectory } from './peer-directory.ts';

/** `by_hand`: the peer is of a kind that cannot be told; its owner has to be. */
type Told = 'told' | 'by_hand';
const metaKey = 'address_told';
const againMs = 5 * 60_000;

/** Tells peers where we are reached when that changes, and takes the same from them. */
export class Addresses {
  private readonly parts: {
    readonly store: Store;
    readonly directory: PeerDirectory;
    readonly keyring: Keyring;
    readonly client: FederationClient;
    readonly clock: Clock;
    readonly ownAddress: () => OwnAddress;
    readonly onStanding: (server: string) => void;
    readonly onTold: () => void;
  };
  private cancel = () => {};
  private running: Promise<void> = Promise.resolve();
  private stopped = true;
  /** As of the last time we looked who has to be told. */
  private byHand: ReadonlySet<string> = new Set();

  constructor(parts: Addresses['parts']) {
    this.parts = parts;
  }

  start(): void {
    this.stopped = false;
    this.announce();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.cancel();
    await this.running;
  }

  /** Our address, or a peer, may be new: tells everybody who has not heard it yet, again and again until they have. */
  announce(): void {
    if (this.stopped) return;
    this.cancel();
    this.running = this.running.then(() => this.tellAll()).catch(() => {});
  }

  /** Peers whose owners must be told our address by hand: they know no such call, or cannot be called at all. */
  toTellByHand(): string[] {
    const { directory, ownAddress } = this.parts;
    if (ownAddress().endpoint === null) return [];
    const told = this.read();
    const own = this.own();
    const isByHand = ({ server_name, endpoint }: PeerRow): boolean => {
      const [address, how] = told.get(server_name) ?? [own, 'told'];
      return address === own ? how === 'by_hand' : endpoint === null;
    };
    return directory
      .all()
      .filter((peer) => directory.isAllowed(peer.server_name) && isByHand(peer))
      .map((peer) => peer.server_name);
  }

  /** Whoever calls us at our address knows it, whoever told them. `host` is the request's Host header. */
  calledAt(server: string, host: string): void {
    if (!this.byHand.has(server)) return;
    const { endpoint } = this.parts.ownAddress();
    if (endpoint === null) return;
    const { protocol, host: ours } = new URL(endpoint);
    if (URL.parse(`${protocol}//${host}`)?.host !== ours) return;
    const told = this.read().set(server, [this.own(), 'told']);
    this.byHand = this.byHand.difference(new Set([server]));
    this.write(told).then(this.parts.onTold, () => {});
  }

  private async tellAll(): Promise<void> {
    try {
      await this.tellWhoHasNotHeard();
    } finally {
      this.byHand = new Set(this.toTellByHand());
    }
  }

  private async tellWhoHasNotHeard(): Promise<void> {
    const { directory, keyring, ownAddress, clock, onTold } = this.parts;
    if (!keyring.isSetUp) return;
    const told = this.read();
    const own = this.own();
    const peers = directory.all().filter((peer) => directory.isAllowed(peer.server_name));
    // Who became a peer just now was given our address, or typed it.
    const fresh = peers.filter((peer) => !told.has(peer.server_name));
    for (const { server_name } of fresh) told.set(server_name, [own, 'told']);
    const unheard =
      ownAddress().endpoint === null
        ? []
        : peers.filter(({ server_name }) => told.get(server_name)?.[0] !== own);
    const results = await Promise.all(
      unheard.map(async (peer) => [peer.server_name, await this.tell(peer)] as const),
    );
    if (this.stopped || (fresh.length === 0 && results.length === 0)) return;
    for (const [server, how] of results) if (how !== null) told.set(server, [own, how]);
    await this.write(told);
    if (results.length > 0) onTold();
    if (results.some(([, how]) => how === null)) this.cancel = clock.after(againMs, () => this.announce());
  }

  /** `null` if it has to be tried again. */
  private async tell(peer: PeerRow): Promise<Told | null> {
    const callee = calleeOf(peer);
    if (!callee) return null;
    const { endpoint, tlsSha256 } = this.parts.ownAddress();
    const body = JSON.stringify({ endpoint, ...(tlsSha256 === null ? {} : { tls_sha256: tlsSha256 }) });
    const answer = await this.parts.client.call(callee, { method: 'POST', path: '/peers/address', body });
    if (answer.kind !== 'answer') return null;
    if (answer.status === 200) return 'told';
    return answer.status === 404 || answer.status === 405 ? 'by_hand' : null;
  }

  /**
   * A peer says where it is reached now. Believed only when the server there shows its name and a key we have
   * pinned; an address in a private network only from a peer that is in one already.
   */
  async take(peer: PeerRow, text: string): Promise<void> {
    const { client, directory, onStanding } = this.parts;
    const notice = readBody(AddressNotice, text);
    const endpoint = notice.endpoint.replace(/\/+$/, '');
    const tlsSha256 = notice.tls_sha256 ?? null;
    if (endpoint === peer.endpoint && tlsSha256 === peer.tls_sha256) return;
    const policy: CallPolicy = { byOwner: peer.endpoint_by_owner === 1, tlsSha256 };
    const base = new URL(endpoint).origin;
    const url = base + wellKnownPath;
    const info = understand(WellKnown, await client.read(url, policy), url);
    if (info.server_name !== peer.server_name)
      throw conflict(`At ${base} answers ${info.server_name}, not ${peer.server_name}.`);
    if (resolveEndpoint(info.federation_endpoint, base) !== endpoint)
      throw badRequest(`The server at ${base} declares another endpoint than ${endpoint}.`);
    const { keys } = await fetchKeys(client, { endpoint, policy }, peer.server_name);
    const pinned = directory.keysOf(peer.server_name);
    if (
      !keys.some((key) =>
        pinned.some((one) => one.key_id === key.key_id && one.public_key === key.public_key),
      )
    )
      throw conflict(`The server at ${base} shows none of the keys that are pinned for ${peer.server_name}.`);
    await directory.change(peer.server_name, { endpoint, tls_sha256: tlsSha256 });
    onStanding(peer.server_name);
  }

  private own(): string {
    const { endpoint, tlsSha256 } = this.parts.ownAddress();
    return `${endpoint} ${tlsSha256 ?? ''}`;
  }

  private read(): Map<string, [address: string, how: Told]> {
    return new Map(JSON.parse(this.parts.store.meta.get(metaKey) ?? '[]'));
  }

  private async write(told: Map<string, [string, Told]>): Promise<void> {
    const { store } = this.parts;
    await store.writer.write(() => store.meta.put(metaKey, JSON.stringify([...told])));
  }
}
