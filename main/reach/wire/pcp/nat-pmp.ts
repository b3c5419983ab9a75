import { said } from '../../../../shared/words/said.ts';
import type { Clock } from '../../../kernel/ports.ts';
import type { Route } from '../../mapper/network.ts';
import { type Exchanged, exchange } from '../exchange.ts';
import type { MappingAnswer, MappingProtocol, MappingRequest } from '../protocol.ts';
import type { OpenUdp } from '../udp.ts';
import {
  decodeAddress,
  decodeNatPmpMap,
  encodeAddressRequest,
  encodeNatPmpMap,
  natPmpLacksAddress,
  natPmpReason,
} from './nat-pmp-wire.ts';
import { pcpPort } from './pcp-wire.ts';

/** Section 3.1 starts with 250 ms and doubles up to nine times; four are enough for a router on the same network. */
const waitsMs = [250, 500, 1_000, 2_000];

interface NatPmpDeps {
  readonly clock: Clock;
  readonly openUdp: OpenUdp;
  readonly route: Route;
}

export class NatPmp implements MappingProtocol {
  readonly name = 'nat-pmp';
  readonly #deps: NatPmpDeps;
  /** Inside ports that the router has opened. */
  readonly #opened = new Set<number>();

  constructor(deps: NatPmpDeps) {
    this.#deps = deps;
  }

  async map(request: MappingRequest, signal: AbortSignal): Promise<MappingAnswer> {
    const address = await this.#ask(encodeAddressRequest(), decodeAddress, signal);
    if (address === 'nobody') return { kind: 'absent', text: said('router.absent', { protocol: 'NAT-PMP' }) };
    if (address === 'silence')
      return { kind: 'absent', text: said('router.silent', { protocol: 'NAT-PMP' }) };
    if (address.answer.kind === 'refused') return refused(address.answer.code, null);
    const { externalAddress } = address.answer;
    const mapped = await this.#ask(
      encodeNatPmpMap(request),
      (bytes) => decodeNatPmpMap(bytes, request.internalPort),
      signal,
    );
    if (mapped === 'nobody' || mapped === 'silence') {
      // A slow router may still open the port. It handles requests in order, so this one undoes those before it.
      if (!this.#opened.has(request.internalPort)) await this.unmap(request, signal);
      return {
        kind: 'refused',
        text: said('router.no_mapping'),
        externalAddress,
        lacksAddress: false,
      };
    }
    if (mapped.answer.kind === 'refused') return refused(mapped.answer.code, externalAddress);
    this.#opened.add(request.internalPort);
    const { externalPort, lifetimeS, epochS } = mapped.answer;
    return { kind: 'granted', externalAddress, externalPort, lifetimeS, epochS };
  }

  async unmap({ internalPort }: { readonly internalPort: number }, signal: AbortSignal): Promise<void> {
    this.#opened.delete(internalPort);
    const bytes = encodeNatPmpMap({ internalPort, suggestedPort: 0, lifetimeS: 0 });
    await this.#ask(bytes, (answer) => decodeNatPmpMap(answer, internalPort), signal);
  }

  #ask<T>(bytes: Buffer, read: (answer: Buffer) => T | null, signal: AbortSignal): Promise<Exchanged<T>> {
    const { route } = this.#deps;
    const to = { address: route.gateway, port: pcpPort };
    return exchange(this.#deps, { from: route.localAddress, to, bytes, waitsMs, read }, signal);
  }
}

const refused = (code: number, externalAddress: string | null): MappingAnswer => ({
  kind: 'refused',
  text: said('router.refused', { protocol: 'NAT-PMP', why: natPmpReason(code) }),
  externalAddress,
  lacksAddress: natPmpLacksAddress(code),
});
