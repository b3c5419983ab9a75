import { isIPv6 } from 'node:net';
import { said } from '../../../../shared/words/said.ts';
import type { Clock, Random } from '../../../kernel/ports.ts';
import type { Route } from '../../mapper/network.ts';
import { exchange } from '../exchange.ts';
import type { MappingAnswer, MappingProtocol } from '../protocol.ts';
import type { OpenUdp } from '../udp.ts';
import {
  decodePcpMap,
  encodePcpMap,
  type PcpMapRequest,
  pcpLacksAddress,
  pcpPort,
  pcpReason,
} from './pcp-wire.ts';

/** Section 8.1.1 starts with 3 s, doubles, and would continue forever. A router on the same network answers or doesn't. */
const firstWaitMs = 3_000;
const sentMax = 2;
const jitter = 0.1;

interface PcpDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly openUdp: OpenUdp;
  readonly route: Route;
  /** The same in every run of the node, or the router would treat a restarted node as a stranger. */
  readonly nonce: Buffer;
}

/** Uses PCP to ask for a mapped port over IPv4, or for a pinhole over IPv6: the message is the same. */
export class Pcp implements MappingProtocol {
  readonly name: 'pcp' | 'pcp6';
  readonly #deps: PcpDeps;
  /** Inside ports that the router has opened. */
  readonly #opened = new Set<number>();

  constructor(deps: PcpDeps) {
    this.#deps = deps;
    this.name = isIPv6(deps.route.localAddress) ? 'pcp6' : 'pcp';
  }

  async map(
    request: { readonly internalPort: number; readonly suggestedPort: number; readonly lifetimeS: number },
    signal: AbortSignal,
  ): Promise<MappingAnswer> {
    const result = await this.#ask(request, waits(this.#deps.random), signal);
    if (typeof result === 'object' && result.answer.kind === 'granted')
      this.#opened.add(request.internalPort);
    if (result === 'nobody') return { kind: 'absent', text: said('router.absent', { protocol: 'PCP' }) };
    if (result === 'silence') {
      // A slow router may still open the port. It handles requests in order, so this one undoes those before it.
      if (!this.#opened.has(request.internalPort)) await this.unmap(request, signal);
      return { kind: 'absent', text: said('router.silent', { protocol: 'PCP' }) };
    }
    const { answer } = result;
    if (answer.kind === 'other-version')
      return {
        kind: 'absent',
        text:
          answer.version === 0
            ? said('router.only_nat_pmp')
            : said('router.pcp_version', { version: answer.version }),
      };
    if (answer.kind === 'refused')
      return {
        kind: 'refused',
        text: said('router.refused', { protocol: 'PCP', why: pcpReason(answer.code) }),
        externalAddress: null,
        lacksAddress: pcpLacksAddress(answer.code),
      };
    return answer;
  }

  /**
   * miniupnpd 2.3.1 forgets who owns an IPv6 pinhole once it is renewed, and then nobody can remove it. But it can be
   * renewed, for as short a time as the router allows.
   */
  async unmap({ internalPort }: { readonly internalPort: number }, signal: AbortSignal): Promise<void> {
    const wasOpened = this.#opened.delete(internalPort);
    const end = { internalPort, suggestedPort: 0, lifetimeS: 0 };
    const result = await this.#ask(end, [firstWaitMs], signal);
    const isRefused = typeof result === 'object' && result.answer.kind === 'refused';
    if (this.name === 'pcp6' && wasOpened && isRefused)
      await this.#ask({ internalPort, suggestedPort: internalPort, lifetimeS: 1 }, [firstWaitMs], signal);
  }

  #ask(
    request: Pick<PcpMapRequest, 'internalPort' | 'suggestedPort' | 'lifetimeS'>,
    waitsMs: readonly number[],
    signal: AbortSignal,
  ) {
    const { route, nonce } = this.#deps;
    const asked = {
      ...request,
      nonce,
      clientAddress: route.localAddress,
      suggestedAddress: this.name === 'pcp6' ? route.localAddress : '0.0.0.0',
    };
    return exchange(
      this.#deps,
      {
        from: route.localAddress,
        to: { address: route.gateway, port: pcpPort },
        bytes: encodePcpMap(asked),
        waitsMs,
        read: (bytes) => decodePcpMap(bytes, asked),
      },
      signal,
    );
  }
}

/** RT = (1 + RAND) · 2 · previous RT, with RAND in ±0.1. */
function waits(random: Random): number[] {
  const all: number[] = [];
  for (let wait = firstWaitMs; all.length < sentMax; wait *= 2)
    all.push(wait * (1 + jitter * (2 * random.next() - 1)));
  return all;
}
