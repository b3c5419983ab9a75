import type { Random } from '../ports.ts';
import { addressKind } from './address.ts';
import { faultReason, faults, mappingServices, type SoapFault } from './igd.ts';
import type { MappingAnswer, MappingProtocol, MappingRequest } from './protocol.ts';
import { findUpnpService, type UpnpParts, type UpnpService } from './upnp-control.ts';

const description = 'Paracord Node';
/** Routers with the first version of the service refuse a port that is taken; some other one is free. */
const otherPortsTried = 3;
const portMin = 1024;
const portMax = 65_535;

/** Asks a UPnP Internet Gateway Device, version 1 or 2, for a mapped port (IPv4). */
export class Upnp implements MappingProtocol {
  readonly name = 'upnp';
  readonly #parts: UpnpParts & { readonly random: Random };
  #service: UpnpService | null = null;

  constructor(parts: UpnpParts & { readonly random: Random }) {
    this.#parts = parts;
  }

  async map(request: MappingRequest, signal: AbortSignal): Promise<MappingAnswer> {
    const service = await findUpnpService(this.#parts, mappingServices, signal);
    if (typeof service === 'string') return { kind: 'absent', text: service };
    this.#service = service;
    const told = await service.call('GetExternalIPAddress', {}, signal);
    const externalAddress = 'fields' in told ? (told.fields.get('NewExternalIPAddress') ?? null) : null;
    const result = await this.#add(service, request, signal);
    if ('code' in result)
      return {
        kind: 'refused',
        text: `The router refuses by UPnP: ${faultReason(result)}.`,
        externalAddress,
        lacksAddress: isOneOf(faults.failed, result.code) && addressKind(externalAddress) !== 'public',
      };
    return { kind: 'granted', externalAddress, ...result, epochS: null };
  }

  async unmap({ externalPort }: { readonly externalPort: number }, signal: AbortSignal): Promise<void> {
    if (externalPort === 0) return;
    const args = { NewRemoteHost: '', NewExternalPort: externalPort, NewProtocol: 'TCP' };
    await this.#service?.call('DeletePortMapping', args, signal);
  }

  async #add(
    service: UpnpService,
    request: MappingRequest,
    signal: AbortSignal,
  ): Promise<{ readonly externalPort: number; readonly lifetimeS: number } | SoapFault> {
    let externalPort = Math.max(request.suggestedPort, portMin);
    let { lifetimeS } = request;
    const picksPort = service.type.endsWith('WANIPConnection:2');
    for (let changes = 0; ; changes++) {
      const result = await service.call(
        picksPort ? 'AddAnyPortMapping' : 'AddPortMapping',
        {
          NewRemoteHost: '',
          NewExternalPort: externalPort,
          NewProtocol: 'TCP',
          NewInternalPort: request.internalPort,
          NewInternalClient: this.#parts.route.localAddress,
          NewEnabled: 1,
          NewPortMappingDescription: description,
          NewLeaseDuration: lifetimeS,
        },
        signal,
      );
      if ('fields' in result) {
        const reserved = Number(result.fields.get('NewReservedPort') ?? externalPort);
        return { externalPort: reserved, lifetimeS };
      }
      const { code } = result.fault;
      if (isOneOf(faults.permanentOnly, code) && lifetimeS !== 0) lifetimeS = 0;
      else if (isOneOf(faults.conflict, code) && changes < otherPortsTried) externalPort = this.#somePort();
      else if (isOneOf(faults.samePortOnly, code) && externalPort !== request.internalPort)
        externalPort = request.internalPort;
      else return result.fault;
    }
  }

  #somePort(): number {
    return portMin + Math.floor(this.#parts.random.next() * (portMax - portMin + 1));
  }
}

const isOneOf = (codes: readonly number[], code: number): boolean => codes.includes(code);
