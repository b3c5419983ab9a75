import { type Said, said } from '../../../../shared/words/said.ts';
import type { Clock } from '../../../kernel/ports.ts';
import type { Route } from '../../mapper/network.ts';
import type { OpenUdp } from '../udp.ts';
import type { HttpText } from './http-text.ts';
import { findService, type IgdService, readSoap, type SoapFault, soapCall } from './igd.ts';
import { findDescription } from './ssdp.ts';

export interface UpnpDeps {
  readonly clock: Clock;
  readonly openUdp: OpenUdp;
  readonly httpText: HttpText;
  readonly route: Route;
}

type SoapResult = { readonly fields: ReadonlyMap<string, string> } | { readonly fault: SoapFault };

/** A service of the router that can be called. */
export interface UpnpService {
  readonly type: string;
  call(
    action: string,
    args: Readonly<Record<string, string | number>>,
    signal: AbortSignal,
  ): Promise<SoapResult>;
}

const garbled: SoapResult = { fault: { code: 0, text: 'an answer that cannot be read' } };

/** The first of the wanted services on this router, or why it is missing. */
export async function findUpnpService(
  deps: UpnpDeps,
  wanted: readonly string[],
  signal: AbortSignal,
): Promise<UpnpService | Said> {
  const { httpText, route } = deps;
  const { localAddress } = route;
  const location = await findDescription(deps, route, signal);
  if (!location) return said('router.silent', { protocol: 'UPnP' });
  let found: IgdService | null;
  try {
    const { status, text } = await httpText({ url: location, method: 'GET', localAddress }, signal);
    found = status === 200 ? findService(text, wanted) : null;
  } catch {
    signal.throwIfAborted();
    return said('router.upnp_unreadable');
  }
  if (!found) return said('router.upnp_useless');
  const { type, control } = found;
  return {
    type,
    async call(action, args, callSignal) {
      try {
        const { text } = await httpText(
          {
            url: new URL(control, location),
            method: 'POST',
            headers: { 'content-type': 'text/xml; charset="utf-8"', soapaction: `"${type}#${action}"` },
            body: soapCall(type, action, args),
            localAddress,
          },
          callSignal,
        );
        return readSoap(text, action) ?? garbled;
      } catch {
        callSignal.throwIfAborted();
        return { fault: { code: 0, text: 'no answer' } };
      }
    },
  };
}
