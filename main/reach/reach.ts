import { isIPv4 } from 'node:net';
import type { ReachView as WordedView } from '../../shared/api/views/reach-views.ts';
import type { NodeConfig } from '../config.ts';
import type { Tell } from '../facts.ts';
import { addressKind, hostPort } from '../kernel/ip.ts';
import type { Log } from '../kernel/log.ts';
import type { Clock, Random } from '../kernel/ports.ts';
import type { Settings } from '../settings.ts';
import type { Tables } from '../store/ports.ts';
import type { ChallengePort, ChallengePortRequest } from '../tls/acme/challenge/challenge-port.ts';
import { ChallengePorts } from './mapper/challenge-ports.ts';
import { type FindHome, findHome } from './mapper/find-network.ts';
import type { Mapped } from './mapper/mapper-state.ts';
import { PortMapper, type RouterWorld } from './mapper/port-mapper.ts';
import { challengePortOff } from './verdict/challenge-port-verdict.ts';
import { leftToProxy, type Verdict } from './verdict/verdict.ts';
import { pcpNonceBytes } from './wire/pcp/pcp-wire.ts';

type ReachView = Pick<WordedView, 'offers' | 'local'> & {
  readonly mapping: Mapped;
  readonly verdict: Verdict;
};

export interface ReachDeps {
  readonly store: Tables<'meta' | 'writer'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly config: Pick<NodeConfig, 'listen'>;
  readonly settings: Pick<Settings, 'get'>;
  readonly tell: Tell;
  readonly world?: Partial<RouterWorld & { readonly findHome: FindHome }>;
}

/** The port that the federation listener got. */
interface Listening {
  readonly federationPort: number;
}

/** Keeps the port forwarding in the router open while the listener is open. */
export class Reach {
  readonly #deps: ReachDeps;
  readonly #mapper: PortMapper;
  readonly #challengePorts: ChallengePorts;
  #nonce: Buffer | null = null;
  #listener: Listening | null = null;
  /** This computer's address in the network at home. */
  #home: string | null = null;

  constructor(deps: ReachDeps) {
    this.#deps = deps;
    const nonce = () => {
      this.#nonce ??= keptNonce(deps);
      return this.#nonce;
    };
    this.#challengePorts = new ChallengePorts({ ...deps, nonce });
    this.#mapper = new PortMapper({
      ...deps,
      listenHost: deps.config.listen.host,
      nonce,
      onChange: () => {
        // Removals while the node stops aren't reported.
        if (this.#listener) deps.tell({ fact: 'reach-changed' });
      },
    });
  }

  /** The listener is open. */
  begin(listener: Listening): void {
    this.#listener = listener;
    this.#home = this.#findHome();
    this.apply();
  }

  /** Notices that this computer has another address, or is in another network. */
  look(): void {
    const home = this.#findHome();
    if (!this.#listener || home === this.#home) return;
    this.#home = home;
    this.#deps.tell({ fact: 'reach-changed' });
  }

  #findHome(): string | null {
    const { host } = this.#deps.config.listen;
    if (host !== '0.0.0.0' && host !== '::')
      return addressKind(host) === 'private' && isIPv4(host) ? host : null;
    return (this.#deps.world?.findHome ?? findHome)();
  }

  /** The settings may have changed. */
  apply(): void {
    if (!this.#listener) return;
    if (this.#deps.settings.get().port_mapping && !this.#isBehindProxy)
      this.#mapper.start(this.#listener.federationPort);
    else Promise.all([this.#mapper.stop(), this.#challengePorts.closeAll()]).catch(() => {});
  }

  /** Opens another port for a while, if the owner allows port forwarding. */
  async openChallengePort(request: ChallengePortRequest): Promise<ChallengePort | null> {
    const { config, settings } = this.#deps;
    if (addressKind(config.listen.host) === 'loopback') return null;
    if (!settings.get().port_mapping)
      return { ...challengePortOff(request.outsidePort), close: () => Promise.resolve() };
    return this.#challengePorts.open(request);
  }

  async end(): Promise<void> {
    this.#listener = null;
    await Promise.all([this.#mapper.stop(), this.#challengePorts.closeAll()]);
  }

  /** The home’s address on the internet, and this computer’s in the home network, as far as they are known. */
  get whereabouts(): { readonly outside: string | null; readonly home: string | null } {
    const outside = this.#mapper.outside;
    return { outside: addressKind(outside) === 'public' ? outside : null, home: this.#home };
  }

  /** The port outside the router that leads to the listener; `null` if the router opened none. */
  get outerPort(): number | null {
    const { state, external_port } = this.#mapper.view();
    return state === 'mapped' ? external_port : null;
  }

  /** The address at which peers find this node: the owner's setting comes before the router's answer. */
  get publicUrl(): string | null {
    return this.#named ?? this.offers;
  }

  /** Peers connect to the proxy that does TLS, so nobody must reach the plain port directly. */
  get #isBehindProxy(): boolean {
    return this.#deps.settings.get().tls.mode === 'off';
  }

  get #named(): string | null {
    return this.#deps.settings.get().public_url;
  }

  /**
   * The address at which peers find this node because a router lets them in; `null` if the owner has set one. A CA
   * certificate is for a name, and nobody would accept it for an address.
   */
  get offers(): string | null {
    const { state, external_address, external_port } = this.#mapper.view();
    if (this.#named !== null || state !== 'mapped' || external_address === null || external_port === null)
      return null;
    if (addressKind(external_address) !== 'public' || this.#deps.settings.get().tls.mode !== 'self-signed')
      return null;
    return `https://${hostPort(external_address, external_port)}`;
  }

  /**
   * The address at which servers in the same network find this node; `null` if it has none there. Peers pin its
   * certificate, because a CA certifies no such address.
   */
  get local(): string | null {
    if (!this.#listener || this.#home === null || this.#deps.settings.get().tls.mode !== 'self-signed')
      return null;
    return `https://${hostPort(this.#home, this.#listener.federationPort)}`;
  }

  view(): ReachView {
    const port = this.#listener?.federationPort ?? this.#deps.settings.get().port;
    const verdict = this.#mapper.verdict(port);
    return {
      mapping: this.#mapper.view(),
      verdict: this.#isBehindProxy && verdict.kind !== 'loopback' ? leftToProxy : verdict,
      offers: this.offers,
      local: this.local,
    };
  }
}

/** Keeps the nonce: with a new one, the router would treat us as a stranger until the old mapping expires. */
function keptNonce({ store, random, log }: ReachDeps): Buffer {
  const key = 'port_mapping_nonce';
  const kept = Buffer.from(store.meta.get(key) ?? '', 'hex');
  if (kept.length === pcpNonceBytes) return kept;
  const nonce = random.bytes(pcpNonceBytes);
  store.writer
    .write(() => store.meta.put(key, nonce.toString('hex')))
    .catch((error) => log.warn({ err: error }, 'the nonce for the router could not be saved'));
  return nonce;
}
