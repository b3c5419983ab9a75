import { WellKnown } from '../../shared/protocol/bodies.ts';
import { wellKnownPath } from '../../shared/protocol/transport.ts';
import type { FederationClient } from '../client/federation-client.ts';
import { addressesOf } from '../client/probe.ts';
import type { Tell } from '../facts.ts';
import type { Keyring } from '../identity/keyring.ts';
import { isSameServer, understand } from '../trust/discovery/discovery.ts';
import type { AddressCall } from './entrance-addresses.ts';

interface Deps {
  readonly client: Pick<FederationClient, 'read'>;
  readonly keyring: Pick<Keyring, 'isSetUp' | 'serverName'>;
  readonly tell: Tell;
}

/** Calls the entrance’s addresses from this computer, as a browser at home would. */
export class EntranceTest {
  readonly #deps: Deps;
  readonly #calls = new Map<string, AddressCall>();

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  of(url: string): AddressCall | null {
    return this.#calls.get(url) ?? null;
  }

  /** `tlsSha256`: the key of our own certificate, at addresses where browsers don’t trust it. */
  async run(
    addresses: readonly { readonly url: string; readonly tlsSha256: string | null }[],
  ): Promise<void> {
    this.#calls.clear();
    const calls = addresses.map(async ({ url, tlsSha256 }) => {
      const leadsTo = await addressesOf(new URL(url)).catch(() => []);
      const result = leadsTo.length === 0 ? 'silent' : await this.#call(url, tlsSha256);
      this.#calls.set(url, { leadsTo, result });
    });
    await Promise.all(calls);
    this.#deps.tell({ fact: 'node-changed' });
  }

  async #call(base: string, tlsSha256: string | null): Promise<AddressCall['result']> {
    const { client, keyring } = this.#deps;
    const url = base + wellKnownPath;
    const answer = await client.read(url, { byOwner: true, tlsSha256 });
    if (answer.kind === 'network')
      return answer.code === 'CERTIFICATE_REFUSED' ? 'refused-certificate' : 'silent';
    if (answer.kind !== 'answer') return 'silent';
    try {
      const { server_name } = understand(WellKnown, answer, url);
      const isOurs = keyring.isSetUp && isSameServer(server_name, keyring.serverName);
      return isOurs ? 'here' : 'another-server';
    } catch {
      return 'another-server';
    }
  }
}
