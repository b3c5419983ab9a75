import { isIP } from 'node:net';
import { isSaid, type Said, said } from '../../../../shared/words/said.ts';
import { addressKind } from '../../../kernel/ip.ts';
import type { Random } from '../../../kernel/ports.ts';
import { unlessAborted } from '../../../kernel/timers.ts';
import type { MappingAnswer, MappingProtocol, MappingRequest } from '../protocol.ts';
import { faultReason, faults, mappingServices, type SoapFault } from './igd.ts';
import { findUpnpService, type UpnpDeps, type UpnpService } from './upnp-control.ts';

const description = 'Paracord Node';
/** Routers with the first version of the service refuse a port in use, so another one is tried. */
const otherPortsTried = 3;
/** A call that may open something is not interrupted; http-text.ts sets its time limit. */
const never = new AbortController().signal;
const portMin = 1024;
const portMax = 65_535;

/** Asks a UPnP Internet Gateway Device, version 1 or 2, for a mapped port (IPv4). */
export class Upnp implements MappingProtocol {
  readonly name = 'upnp';
  readonly #deps: UpnpDeps & { readonly random: Random };
  #service: UpnpService | null = null;
  /** Outside ports that may be open because of our requests. No other port is ever removed. */
  readonly #opened = new Set<number>();
  /** A running request for a port. Never rejects. */
  #adding: Promise<unknown> = Promise.resolve();

  constructor(deps: UpnpDeps & { readonly random: Random }) {
    this.#deps = deps;
  }

  async map(request: MappingRequest, signal: AbortSignal): Promise<MappingAnswer> {
    const service = await findUpnpService(this.#deps, mappingServices, signal);
    if (isSaid(service)) return { kind: 'absent', text: service };
    this.#service = service;
    const told = await service.call('GetExternalIPAddress', {}, signal);
    const externalAddress = 'fields' in told ? (told.fields.get('NewExternalIPAddress') ?? null) : null;
    const refused = (why: Said, lacksAddress = false): MappingAnswer => ({
      kind: 'refused',
      text: said('router.refused', { protocol: 'UPnP', why }),
      externalAddress,
      lacksAddress,
    });
    const taken = request.exact ? await this.#holder(service, request.suggestedPort, signal) : null;
    if (taken !== null) return refused(taken);
    const result = await this.#add(service, request, signal);
    if ('code' in result)
      return refused(
        faultReason(result),
        isOneOf(faults.failed, result.code) && addressKind(externalAddress) !== 'public',
      );
    return { kind: 'granted', externalAddress, ...result, epochS: null };
  }

  async unmap({ externalPort }: { readonly externalPort: number }, signal: AbortSignal): Promise<void> {
    // A router that gets both at once may handle them in any order, and open the port after closing it.
    await unlessAborted(this.#adding, signal);
    if (!this.#opened.delete(externalPort)) return;
    const args = { NewRemoteHost: '', NewExternalPort: externalPort, NewProtocol: 'TCP' };
    await this.#service?.call('DeletePortMapping', args, signal);
  }

  /**
   * Says where the port leads if someone else uses it; `null` if it is free, or was opened from here. A router treats a
   * new mapping by the same computer as a change of the old one, and removing ours would end it.
   */
  async #holder(service: UpnpService, port: number, signal: AbortSignal): Promise<Said | null> {
    const args = { NewRemoteHost: '', NewExternalPort: port, NewProtocol: 'TCP' };
    const result = await service.call('GetSpecificPortMappingEntry', args, signal);
    if ('fault' in result) return null;
    const field = (name: string): string => result.fields.get(name) ?? '';
    const client = field('NewInternalClient');
    if (client === this.#deps.route.localAddress && field('NewPortMappingDescription') === description)
      return null;
    const inside = Number(field('NewInternalPort'));
    return isIP(client) !== 0 && inside > 0
      ? said('router.why_leads_to', { port, address: client, inside })
      : said('router.why_leads_elsewhere', { port });
  }

  async #add(
    service: UpnpService,
    request: MappingRequest,
    signal: AbortSignal,
  ): Promise<{ readonly externalPort: number; readonly lifetimeS: number } | SoapFault> {
    const { exact } = request;
    let externalPort = exact ? request.suggestedPort : Math.max(request.suggestedPort, portMin);
    let { lifetimeS } = request;
    const picksPort = !exact && service.type.endsWith('WANIPConnection:2');
    for (let changes = 0; ; changes++) {
      const isRenewal = this.#opened.has(externalPort);
      this.#opened.add(externalPort);
      const adding = service.call(
        picksPort ? 'AddAnyPortMapping' : 'AddPortMapping',
        {
          NewRemoteHost: '',
          NewExternalPort: externalPort,
          NewProtocol: 'TCP',
          NewInternalPort: request.internalPort,
          NewInternalClient: this.#deps.route.localAddress,
          NewEnabled: 1,
          NewPortMappingDescription: description,
          NewLeaseDuration: lifetimeS,
        },
        never,
      );
      this.#adding = adding.catch(() => {});
      const result = await unlessAborted(adding, signal);
      if ('fields' in result) {
        const reserved = picksPort
          ? Number(result.fields.get('NewReservedPort') ?? externalPort)
          : externalPort;
        this.#opened.add(reserved);
        return { externalPort: reserved, lifetimeS };
      }
      const { code } = result.fault;
      // A request without an answer may still have been carried out.
      if (code !== 0 && !isRenewal) this.#opened.delete(externalPort);
      if (isOneOf(faults.permanentOnly, code) && lifetimeS !== 0) lifetimeS = 0;
      else if (exact) return result.fault;
      else if (isOneOf(faults.conflict, code) && changes < otherPortsTried) externalPort = this.#somePort();
      else if (isOneOf(faults.samePortOnly, code) && externalPort !== request.internalPort)
        externalPort = request.internalPort;
      else return result.fault;
    }
  }

  #somePort(): number {
    return portMin + Math.floor(this.#deps.random.next() * (portMax - portMin + 1));
  }
}

const isOneOf = (codes: readonly number[], code: number): boolean => codes.includes(code);
