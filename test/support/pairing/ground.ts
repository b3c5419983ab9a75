import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { OwnAddress } from '../../../main/addresses/own-address.ts';
import type { FederationClient } from '../../../main/client/federation-client.ts';
import type { HttpResult } from '../../../main/client/http.ts';
import { type Signer, signerFromSeed } from '../../../main/crypto/ed25519.ts';
import type { Fact } from '../../../main/facts.ts';
import { Keyring } from '../../../main/identity/keyring.ts';
import { KeyVault } from '../../../main/identity/vault.ts';
import { systemPorts } from '../../../main/kernel/ports.ts';
import { Store } from '../../../main/store/store.ts';
import { KeyPins } from '../../../main/trust/keys/key-pins.ts';
import { PeerDirectory } from '../../../main/trust/peer-directory.ts';
import type { PeerOffer } from '../../../shared/protocol/bodies.ts';
import { extensions } from '../../../shared/protocol/extensions.ts';
import { federationPrefix, wellKnownPath } from '../../../shared/protocol/transport.ts';
import { quoted } from '../../../shared/words/said.ts';
import { tempDir } from '../temp.ts';
import { VirtualClock } from '../virtual-clock.ts';
import { inEnglish } from '../words.ts';

type Answer = HttpResult | Promise<HttpResult>;

export const says = (status: number, body: unknown): HttpResult => ({
  kind: 'answer',
  status,
  headers: {},
  body: JSON.stringify(body),
});
export const unreachable: HttpResult = { kind: 'network', error: quoted('no way') };

/** Another server, which our client finds at https://NAME. A test changes what it answers, and when. */
export class Stranger {
  readonly name: string;
  readonly signer: Signer;
  readonly keyId = 'ed25519:1';
  readonly endpoint: string;
  readonly asked: string[] = [];
  validUntil = Date.UTC(2026, 0, 1);
  wellKnown: () => Answer;
  accept: () => Answer;
  /** Its offer for the invite with this id. */
  offer: (id: string) => Answer = () => says(404, { code: 'NOT_FOUND', message: 'nothing here' });

  constructor(name: string, seed = 1) {
    this.name = name;
    this.signer = signerFromSeed(Buffer.alloc(32, seed));
    this.endpoint = `https://${name}${federationPrefix}`;
    this.wellKnown = () =>
      says(200, { server_name: name, domain: name, federation_endpoint: federationPrefix, extensions });
    this.accept = () => says(200, { accepted: true, server_name: name, key_id: this.keyId });
  }

  get keys(): PeerOffer['keys'] {
    const { keyId, signer, validUntil } = this;
    return [{ key_id: keyId, public_key: signer.publicKey, valid_until: validUntil, algorithm: 'ed25519' }];
  }

  answer(path: string): Answer {
    this.asked.push(path);
    if (path === wellKnownPath) return this.wellKnown();
    if (path.endsWith('/keys')) return says(200, { server_name: this.name, keys: this.keys });
    const invite = path.split('/peers/invite/')[1];
    if (invite !== undefined) return this.offer(invite);
    return path.endsWith('/peers/accept')
      ? this.accept()
      : says(404, { code: 'NOT_FOUND', message: 'nothing here' });
  }
}

/** Prepares pairing: a real store and directory, and a clock and other servers that the test controls. */
export async function pairingGround(t: TestContext) {
  const dir = tempDir(t);
  const clock = new VirtualClock();
  const store = new Store(join(dir, 'node.db'), { clock, defer: queueMicrotask });
  t.after(() => store.close());
  const keyring = new Keyring(new KeyVault(dir, null), clock, systemPorts.random);
  keyring.setUp('us.test', 'us.test');
  const strangers = new Map<string, Stranger>();
  const answerTo = async (url: string): Promise<HttpResult> => {
    const { hostname, pathname } = new URL(url);
    return strangers.get(hostname)?.answer(pathname) ?? unreachable;
  };
  const client = {
    read: answerTo,
    call: (callee: { endpoint: string }, call: { path: string }) => answerTo(callee.endpoint + call.path),
    seenCertificate: () => null,
  } as unknown as FederationClient;
  const told: Fact[] = [];
  const tell = (fact: Fact) => void told.push(fact);
  const directory = new PeerDirectory(store, keyring, clock, tell);
  const warnings: string[] = [];
  const pins = new KeyPins({
    directory,
    client,
    clock,
    warn: () => (news) => warnings.push(inEnglish(news)),
  });
  const own: { address: OwnAddress; home: OwnAddress } = {
    address: { endpoint: `https://us.test${federationPrefix}`, tlsSha256: null },
    home: { endpoint: null, tlsSha256: null },
  };
  const meet = (name: string, seed?: number): Stranger => {
    const stranger = new Stranger(name, seed);
    strangers.set(name, stranger);
    return stranger;
  };
  const joined: string[] = [];
  const home = {
    inviterTo: () => '@owner:us.test',
    welcome: async (_roomId: string, _user: string, _by: string): Promise<void> => {},
  };
  const memberships = {
    join: async (roomId: string, user: string, via: string | undefined): Promise<void> => {
      joined.push(`${user} ${roomId} via ${via}`);
    },
  };
  return {
    dir,
    home,
    memberships,
    joined,
    actors: { local: () => '@owner:us.test' },
    registry: { get: (roomId: string) => ({ row: { name: `Room ${roomId}` } }) },
    clock,
    store,
    keyring,
    client,
    directory,
    pins,
    warnings,
    own,
    meet,
    told,
    tell,
    random: systemPorts.random,
    ownAddress: () => own.address,
    homeAddress: () => own.home,
  };
}
