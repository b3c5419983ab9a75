import type { ReachProtocol } from '../../../shared/api/views/reach-views.ts';
import { wordsIn } from '../../../shared/words/words.ts';
import { addressKind } from '../../kernel/ip.ts';
import type { Log } from '../../kernel/log.ts';
import type { Clock, Random } from '../../kernel/ports.ts';
import { unlessAborted } from '../../kernel/timers.ts';
import { type Verdict, verdictOf } from '../verdict/verdict.ts';
import { NatPmp } from '../wire/pcp/nat-pmp.ts';
import { Pcp } from '../wire/pcp/pcp.ts';
import type { MappingProtocol } from '../wire/protocol.ts';
import { type OpenUdp, openUdp } from '../wire/udp.ts';
import { type HttpText, httpText } from '../wire/upnp/http-text.ts';
import { Upnp } from '../wire/upnp/upnp.ts';
import { Upnp6 } from '../wire/upnp/upnp6.ts';
import { type Announcements, listenForAnnouncements } from './announcements.ts';
import { type FindNetwork, findNetwork } from './find-network.ts';
import {
  atRest,
  beginRound,
  endRound,
  expiresAt,
  isMisplaced,
  type Mapped,
  type MapperState,
  type Mapping,
  type ReachTiming,
  reachTiming,
  restMs,
  takeAnswer,
  viewOf,
} from './mapper-state.ts';
import type { Network, Route } from './network.ts';
import { planOf } from './plan.ts';

interface PortMapperOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** 12 secret bytes, the same in every run, by which a router knows who may renew. */
  readonly nonce: () => Buffer;
  /** The address where the federation listener should listen. */
  readonly listenHost: string;
  /** The only useful outside port. Without it, the listener's own is preferred, and any will do. */
  readonly exactPort?: number;
  /** The view or the verdict has changed. */
  readonly onChange: () => void;
  readonly timing?: Partial<ReachTiming>;
  /** Replaces the real network in tests. */
  readonly world?: Partial<RouterWorld>;
}

export interface RouterWorld {
  readonly findNetwork: FindNetwork;
  readonly openUdp: OpenUdp;
  readonly httpText: HttpText;
}

/** Keeps a port mapping open until it is stopped. */
export class PortMapper {
  readonly #options: PortMapperOptions;
  readonly #timing: ReachTiming;
  readonly #world: RouterWorld;
  /** Has name, gateway and own address as its keys, because some protocols remember what they opened. */
  readonly #protocols = new Map<string, MappingProtocol>();
  readonly #initial: MapperState;
  #state: MapperState;
  #port = 0;
  #running: { readonly control: AbortController; readonly ended: Promise<void> } | null = null;
  /** The last stop, finished or not. */
  #stopping: Promise<void> = Promise.resolve();
  #announcements: Announcements | null = null;
  /** The protocol of the last request that may have opened something, answered or not. */
  #asked: MappingProtocol | null = null;
  #wake: () => void = () => {};
  #cancelNews: () => void = () => {};
  #roundAt = 0;

  constructor(options: PortMapperOptions) {
    this.#options = options;
    this.#timing = { ...reachTiming, ...options.timing };
    this.#world = { findNetwork, openUdp, httpText, ...options.world };
    const isLoopback = addressKind(options.listenHost) === 'loopback';
    this.#initial = isLoopback ? { ...atRest, plan: { kind: 'loopback' } } : atRest;
    this.#state = this.#initial;
  }

  view(): Mapped {
    return viewOf(this.#state, this.#running !== null);
  }

  /** Our address on the internet: the router reports it, or this computer has it itself. */
  get outside(): string | null {
    const { plan, mapping, named } = this.#state;
    if (plan?.kind === 'public') return plan.address;
    return mapping?.externalAddress ?? named[0]?.address ?? null;
  }

  /** `port` is the listener's port, needed while nothing is started. */
  verdict(port?: number): Verdict {
    const isOn = this.#running !== null;
    const host = this.#options.listenHost;
    return verdictOf({ isOn, host, state: this.#state, port: isOn ? this.#port : (port ?? this.#port) });
  }

  /** `port` is what the listener got. Calling it again with another port moves the mapping there. */
  start(port: number): void {
    if (this.#running && this.#port === port) return;
    const before = this.stop();
    const control = new AbortController();
    const ended = before.then(() => {
      this.#port = port;
      return this.#run(control.signal);
    });
    this.#running = { control, ended };
  }

  /** Removes the mapping, within two seconds at most, and rests until it is started again. */
  stop(): Promise<void> {
    const running = this.#running;
    if (!running) return this.#stopping;
    this.#running = null;
    running.control.abort();
    this.#stopping = running.ended.then(() => this.#withdraw());
    return this.#stopping;
  }

  /** Ends when asked to, and never rejects. */
  async #run(signal: AbortSignal): Promise<void> {
    const { clock, random, log } = this.#options;
    while (!signal.aborted) {
      try {
        await this.#round(signal);
      } catch (error) {
        if (signal.aborted) break;
        log.error({ err: error }, 'asking the router failed');
        this.#become(endRound(this.#state, clock.now()));
      }
      await this.#rest(restMs(this.#state, clock.now(), this.#timing, random.next()), signal);
    }
  }

  async #round(signal: AbortSignal): Promise<void> {
    const { clock, listenHost, exactPort = null } = this.#options;
    const plan = planOf(listenHost, await unlessAborted(this.#world.findNetwork(), signal));
    this.#roundAt = clock.now();
    this.#become(beginRound(this.#state, plan));
    if (plan.kind !== 'ask') return;
    await this.#listen(plan.network);
    const held = this.#state.mapping;
    for (let name = this.#state.left[0]; name !== undefined; name = this.#state.left[0]) {
      const protocol = this.#protocol(name, plan.network);
      if (!protocol) throw new Error(`no route for ${name}`);
      const before = this.#state.won;
      this.#asked = protocol;
      const answer = await protocol.map(this.#request(held), signal);
      if (answer.kind === 'granted' && isMisplaced(answer, exactPort))
        await protocol.unmap({ internalPort: this.#port, externalPort: answer.externalPort }, signal);
      if (answer.kind === 'granted' && answer.epochS !== null)
        this.#announcements?.note(answer.epochS, clock.now());
      const after = takeAnswer(this.#state, answer, clock.now(), exactPort);
      this.#become(after.left.length > 0 ? after : endRound(after, clock.now()));
      if (before && after.won !== before) await this.#unmap(before, signal);
    }
    // There is no router on this line.
    if (plan.candidates.length === 0) this.#become(endRound(this.#state, clock.now()));
    this.#asked = null;
  }

  #request(held: Mapping | null) {
    const { exactPort } = this.#options;
    return {
      internalPort: this.#port,
      suggestedPort: exactPort ?? held?.externalPort ?? this.#port,
      exact: exactPort !== undefined,
      lifetimeS: this.#timing.lifetimeS,
    };
  }

  #protocol(name: ReachProtocol, network: Network): MappingProtocol | null {
    const route = name.endsWith('6') ? network.ipv6 : network.ipv4;
    if (!route) return null;
    const key = `${name} ${route.gateway} ${route.localAddress}`;
    const known = this.#protocols.get(key) ?? this.#make(name, route);
    this.#protocols.set(key, known);
    return known;
  }

  #make(name: ReachProtocol, route: Route): MappingProtocol {
    const { clock, random, nonce } = this.#options;
    const deps = { clock, random, nonce: nonce(), route, ...this.#world };
    if (name === 'nat-pmp') return new NatPmp(deps);
    if (name === 'upnp') return new Upnp(deps);
    if (name === 'upnp6') return new Upnp6(deps);
    return new Pcp(deps);
  }

  /** A router that was restarted, or has a new address, announces it. */
  async #listen({ ipv4 }: Network): Promise<void> {
    if (!ipv4 || this.#announcements?.gateway === ipv4.gateway) return;
    this.#announcements?.close();
    this.#announcements = await listenForAnnouncements({
      openUdp: this.#world.openUdp,
      clock: this.#options.clock,
      gateway: ipv4.gateway,
      isCurrent: (address) => address === this.#state.mapping?.externalAddress,
      onNews: () => this.#askSoon(),
    });
  }

  /** However many packets announce it, the router is asked no more often than usual. */
  #askSoon(): void {
    const { clock, random } = this.#options;
    const spreadMs = random.next() * this.#timing.announceSpreadMs;
    const earliest = this.#roundAt + this.#timing.renewMsMin - clock.now();
    this.#cancelNews();
    this.#cancelNews = clock.after(Math.max(spreadMs, earliest), () => this.#wake());
  }

  async #rest(ms: number, signal: AbortSignal): Promise<void> {
    const over = Promise.withResolvers<void>();
    this.#wake = over.resolve;
    const cancel = this.#options.clock.after(ms, over.resolve);
    await unlessAborted(over.promise, signal).catch(() => {});
    cancel();
  }

  /** Routers remove on their own what could not be removed in time. */
  async #withdraw(): Promise<void> {
    const { clock, exactPort } = this.#options;
    this.#cancelNews();
    this.#announcements?.close();
    this.#announcements = null;
    const control = new AbortController();
    const cancel = clock.after(this.#timing.withdrawMsMax, () => control.abort());
    const { mapping, won } = this.#state;
    const asked = this.#asked;
    this.#asked = null;
    const unmapped = [mapping, won].filter((one) => one !== null);
    this.#become(this.#initial);
    await Promise.allSettled([
      ...unmapped.map((one) => this.#unmap(one, control.signal)),
      asked?.unmap({ internalPort: this.#port, externalPort: exactPort ?? this.#port }, control.signal),
    ]);
    cancel();
  }

  /** Removes a mapping on the network it was made on. The router can't be reached from another one. */
  async #unmap({ protocol, externalPort }: Mapping, signal: AbortSignal): Promise<void> {
    const internalPort = this.#port;
    const owners = [...this.#protocols.values()].filter(({ name }) => name === protocol);
    await Promise.allSettled(owners.map((owner) => owner.unmap({ internalPort, externalPort }, signal)));
  }

  #become(state: MapperState): void {
    const before = [this.view(), this.verdict()];
    this.#state = state;
    const after = [this.view(), this.verdict()];
    if (JSON.stringify(before) === JSON.stringify(after)) return;
    const [
      { state: was, external_address: from },
      { state: is, external_address, external_port, protocol, error },
    ] = [before[0] as Mapped, after[0] as Mapped];
    if (was !== is || from !== external_address) {
      const expires = state.mapping && expiresAt(state.mapping);
      const why = error && wordsIn('en').say(error);
      this.#options.log.info(
        { state: is, protocol, address: external_address, port: external_port, expires, error: why },
        'port mapping',
      );
    }
    this.#options.onChange();
  }
}
