import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { FederationClient } from '../../../main/client/federation-client.ts';
import { Keyring } from '../../../main/identity/keyring.ts';
import { KeyVault } from '../../../main/identity/vault.ts';
import { systemPorts } from '../../../main/kernel/ports.ts';
import { Store } from '../../../main/store/store.ts';
import { KeyPins } from '../../../main/trust/keys/key-pins.ts';
import { KeyResolver } from '../../../main/trust/keys/key-resolver.ts';
import { PeerAdmin } from '../../../main/trust/peer-admin.ts';
import { PeerDirectory } from '../../../main/trust/peer-directory.ts';
import { type ErrorCode, ProtocolError } from '../../../shared/protocol/errors.ts';
import { extensions } from '../../../shared/protocol/extensions.ts';
import { federationPrefix, wellKnownPath } from '../../../shared/protocol/transport.ts';
import { tempDir } from '../temp.ts';
import { VirtualClock } from '../virtual-clock.ts';
import { inEnglish } from '../words.ts';

/** A server as our client would find it, at https://NAME. */
export interface Server {
  domain: string;
  keys: { key_id: string; public_key: string; valid_until: number }[];
  /** Returns keys that it serves instead of `keys`, with more to follow. */
  page?: () => Server['keys'];
  down?: boolean;
  /** Refuses with that status. */
  refuses?: number | undefined;
}

export const publicKey = (n: number): string => n.toString(16).padStart(64, '0');
export const isCode =
  (code: ErrorCode) =>
  (error: unknown): boolean =>
    error instanceof ProtocolError && error.code === code;

/** Everything about peers with a real store, and other servers that the test controls. */
export async function peersFor(t: TestContext) {
  const dir = tempDir(t);
  const clock = new VirtualClock();
  const store = new Store(join(dir, 'node.db'), { clock, defer: (job) => setImmediate(job) });
  t.after(() => store.close());
  const keyring = new Keyring(new KeyVault(dir, null), clock, systemPorts.random);
  keyring.setUp('us.test', 'chat.us.test');
  const servers = new Map<string, Server>();
  const asked: string[] = [];
  const answerTo = async (url: string) => {
    asked.push(url);
    const { hostname, pathname, searchParams } = new URL(url);
    const server = servers.get(hostname);
    if (!server || server.down) return { kind: 'network', error: 'no way' };
    if (server.refuses) return { kind: 'answer', status: server.refuses, headers: {}, body: '{}' };
    const about = searchParams.get('server_name');
    const told = about === null ? server : servers.get(about);
    const body =
      pathname === wellKnownPath
        ? { server_name: hostname, domain: server.domain, federation_endpoint: federationPrefix, extensions }
        : {
            server_name: about ?? hostname,
            domain: told?.domain,
            keys: told?.page?.() ?? told?.keys,
            next: told?.page && 'more',
          };
    return { kind: 'answer', status: 200, headers: {}, body: JSON.stringify(body) };
  };
  const client = {
    read: answerTo,
    call: (callee: { endpoint: string }, call: { path: string }) => answerTo(callee.endpoint + call.path),
    seenCertificate: () => null,
  } as unknown as FederationClient;
  const warnings: string[] = [];
  const tell = () => {};
  const directory = new PeerDirectory(store, keyring, clock, tell);
  const pins = new KeyPins({
    directory,
    client,
    clock,
    warn: () => (news) => warnings.push(inEnglish(news)),
  });
  const keys = new KeyResolver({
    keyring,
    directory,
    pins,
    clock,
    extensions: { used: async () => {}, noteRefused: () => {} },
  });
  const admin = new PeerAdmin({ store, directory, pins, keyring, client, clock, tell });
  const serve = (name: string, change: Partial<Server> = {}): Server => {
    const server = {
      domain: name,
      keys: [{ key_id: 'k1', public_key: publicKey(1), valid_until: clock.now() + 86_400_000 }],
      ...change,
    };
    servers.set(name, server);
    return server;
  };
  return { clock, store, keyring, directory, keys, pins, admin, warnings, asked, serve };
}
