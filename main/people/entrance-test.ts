import { WellKnown } from '../../shared/protocol/bodies.ts';
import { wellKnownPath } from '../../shared/protocol/transport.ts';
import type { FederationClient } from '../client/federation-client.ts';
import { addressesOf } from '../client/probe.ts';
import type { Tell } from '../facts.ts';
import type { Keyring } from '../identity/keyring.ts';
import type { Clock } from '../kernel/ports.ts';
import type { KeptName } from '../names/kept-name.ts';
import type { Certificates } from '../tls/certificates.ts';
import { isSameServer, understand } from '../trust/discovery/discovery.ts';
import {
  type AddressCall,
  type AddressFacts,
  entranceFailuresMin,
  type HomeFacts,
} from './entrance-addresses.ts';
import type { entranceAddresses } from './entrance-url.ts';

interface Deps {
  readonly client: Pick<FederationClient, 'read'>;
  readonly keyring: Pick<Keyring, 'isSetUp' | 'serverName'>;
  readonly keptName: Pick<KeptName, 'kept'>;
  readonly certificates: Pick<Certificates, 'pinnedSha256'>;
  readonly reach: { readonly whereabouts: HomeFacts };
  readonly addresses: () => ReturnType<typeof entranceAddresses>;
  readonly clock: Clock;
  readonly tell: Tell;
}

const everyMs = 15 * 60_000;
/** The wait after a first failure, which may be chance. */
const againMs = 60_000;

/** Calls the entrance’s addresses from this computer, as a browser at home would. */
export class EntranceTest {
  readonly #deps: Deps;
  readonly #calls = new Map<string, AddressCall>();
  #running: Promise<void> | null = null;
  /** The addresses that were called last, and when. */
  #last = { at: Number.NEGATIVE_INFINITY, addresses: '' };

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** The addresses where people log in, each with its last call. */
  get facts(): readonly AddressFacts[] {
    const { addresses, keptName } = this.#deps;
    return addresses().map(({ url, isTrusted }) => ({
      url,
      isTrusted,
      isKept: new URL(url).hostname === keptName.kept?.name,
      call: this.#calls.get(url) ?? null,
    }));
  }

  /** The addresses of this computer and of its home. */
  get whereabouts(): HomeFacts {
    return this.#deps.reach.whereabouts;
  }

  /** Calls the addresses if they have changed, or if the last call was a while ago. Housekeeping runs it. */
  async look(): Promise<void> {
    const { clock, addresses } = this.#deps;
    const isTriedAgain = this.#calls.values().some(({ failures }) => isOnce(failures));
    const since = clock.now() - this.#last.at;
    const isDue = Math.abs(since) >= (isTriedAgain ? againMs : everyMs);
    if (isDue || JSON.stringify(addresses()) !== this.#last.addresses) await this.run();
  }

  /** Calls the addresses now, or waits for a run that has begun. */
  run(): Promise<void> {
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  async #run(): Promise<void> {
    const { clock, addresses, certificates, tell } = this.#deps;
    const all = addresses();
    this.#last = { at: clock.now(), addresses: JSON.stringify(all) };
    const called = all.map(async ({ url, isTrusted }) => {
      const leadsTo = await addressesOf(new URL(url)).catch(() => []);
      const pin = isTrusted ? null : certificates.pinnedSha256;
      const result = leadsTo.length === 0 ? 'silent' : await this.#call(url, pin);
      const failures = result === 'here' ? 0 : (this.#calls.get(url)?.failures ?? 0) + 1;
      return [url, { leadsTo, result, failures }] as const;
    });
    const before = JSON.stringify([...this.#calls]);
    const calls = await Promise.all(called);
    this.#calls.clear();
    for (const [url, call] of calls) this.#calls.set(url, call);
    if (JSON.stringify([...this.#calls]) !== before) tell({ fact: 'node-changed' });
  }

  /** `tlsSha256`: the key of our own certificate, at addresses where browsers don’t trust it. */
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

const isOnce = (failures: number): boolean => failures > 0 && failures < entranceFailuresMin;
