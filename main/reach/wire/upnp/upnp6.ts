import { isSaid, said } from '../../../../shared/words/said.ts';
import type { MappingAnswer, MappingProtocol, MappingRequest } from '../protocol.ts';
import { faultReason, pinholeServices } from './igd.ts';
import { findUpnpService, type UpnpDeps, type UpnpService } from './upnp-control.ts';

const tcp = 6;
/** WANIPv6FirewallControl:1 section 2.4.1: the longest lease there is. */
const leaseSMax = 86_400;

/** Asks a UPnP router to let connections through to this computer's IPv6 address (WANIPv6FirewallControl:1). */
export class Upnp6 implements MappingProtocol {
  readonly name = 'upnp6';
  readonly #deps: UpnpDeps;
  #service: UpnpService | null = null;
  #pinhole: string | null = null;

  constructor(deps: UpnpDeps) {
    this.#deps = deps;
  }

  async map(request: MappingRequest, signal: AbortSignal): Promise<MappingAnswer> {
    const service = await findUpnpService(this.#deps, pinholeServices, signal);
    if (isSaid(service)) return { kind: 'absent', text: service };
    this.#service = service;
    const { localAddress } = this.#deps.route;
    const lifetimeS = Math.min(request.lifetimeS, leaseSMax);
    const granted: MappingAnswer = {
      kind: 'granted',
      externalAddress: localAddress,
      externalPort: request.internalPort,
      lifetimeS,
      epochS: null,
    };
    if (this.#pinhole !== null) {
      const args = { UniqueID: this.#pinhole, NewLeaseTime: lifetimeS };
      // A restarted router has lost the pinhole; then a new one is requested.
      if ('fields' in (await service.call('UpdatePinhole', args, signal))) return granted;
    }
    const result = await service.call(
      'AddPinhole',
      {
        RemoteHost: '',
        RemotePort: 0,
        InternalClient: localAddress,
        InternalPort: request.internalPort,
        Protocol: tcp,
        LeaseTime: lifetimeS,
      },
      signal,
    );
    if ('fault' in result)
      return {
        kind: 'refused',
        text: said('router.refused', { protocol: 'UPnP', why: faultReason(result.fault) }),
        externalAddress: null,
        lacksAddress: false,
      };
    this.#pinhole = result.fields.get('UniqueID') ?? null;
    return granted;
  }

  async unmap(_: unknown, signal: AbortSignal): Promise<void> {
    if (this.#pinhole === null) return;
    await this.#service?.call('DeletePinhole', { UniqueID: this.#pinhole }, signal);
    this.#pinhole = null;
  }
}
