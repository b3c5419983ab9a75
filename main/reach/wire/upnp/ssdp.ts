import { withoutScope } from '../../../kernel/ip.ts';
import type { Clock } from '../../../kernel/ports.ts';
import type { Route } from '../../mapper/network.ts';
import type { OpenUdp, UdpSocket } from '../udp.ts';
import { resendUntil } from '../waiting.ts';

/** Finds the router's UPnP description (UPnP Device Architecture 1.1, section 1.3). */

const port = 1900;
const groups = { 4: '239.255.255.250', 6: 'ff02::c' } as const;
const targets = [
  'urn:schemas-upnp-org:device:InternetGatewayDevice:1',
  'urn:schemas-upnp-org:device:InternetGatewayDevice:2',
];
/** Sent three times, because a lost multicast is never repeated; routers may take a second to answer (MX). */
const waitsMs = [500, 1_000, 1_500];
/** An answer has about three hundred bytes; anything much longer isn't one. */
const answerBytesMax = 2_048;

const search = (group: string, target: string): Buffer =>
  Buffer.from(
    [
      'M-SEARCH * HTTP/1.1',
      `HOST: ${group.includes(':') ? `[${group}]` : group}:${port}`,
      'MAN: "ssdp:discover"',
      'MX: 1',
      `ST: ${target}`,
      '',
      '',
    ].join('\r\n'),
  );

/**
 * Finds the address of the router's description; `null` if the router doesn't answer. Other devices are ignored, and
 * only the port and path of the answer are used: the router is called at the address we know.
 */
export async function findDescription(
  ports: { readonly clock: Clock; readonly openUdp: OpenUdp },
  route: Route,
  signal: AbortSignal,
): Promise<URL | null> {
  const router = withoutScope(route.gateway);
  const isV6 = router.includes(':');
  const group = isV6 ? groups[6] : groups[4];
  const heard = Promise.withResolvers<URL>();
  let socket: UdpSocket;
  try {
    socket = await ports.openUdp({
      address: isV6 ? '::' : route.localAddress,
      onMessage(bytes, from) {
        if (withoutScope(from.address) !== router || bytes.length > answerBytesMax) return;
        const url = readLocation(bytes.toString('latin1'), isV6 ? null : router);
        if (url) heard.resolve(url);
      },
      onError: () => {},
    });
  } catch {
    return null;
  }
  const send = (): void => {
    // Some switches drop multicast, and most routers answer to their own address too.
    for (const address of [group + route.gateway.slice(router.length), route.gateway])
      for (const target of targets) socket.send(search(group, target), { address, port });
  };
  try {
    return await resendUntil(ports.clock, { heard: heard.promise, waitsMs, send }, signal);
  } finally {
    socket.close();
  }
}

/**
 * The LOCATION of an answer about a gateway, moved to `host` if one is given, otherwise an IPv6 address; `null` for
 * anything else. (A router answers from its link-local address but has its pages at another one.)
 */
export function readLocation(text: string, host: string | null): URL | null {
  if (text.length > answerBytesMax) return null;
  const [status = '', ...lines] = text.split('\n');
  if (!status.startsWith('HTTP/1.') || status.split(' ', 2)[1] !== '200') return null;
  const header = (name: string): string => {
    const line = lines.find((one) => one.slice(0, name.length + 1).toUpperCase() === `${name}:`) ?? '';
    return line.slice(name.length + 1).trim();
  };
  if (!targets.includes(header('ST'))) return null;
  const url = URL.parse(header('LOCATION'));
  if (url?.protocol !== 'http:') return null;
  if (host !== null) url.hostname = host;
  else if (!url.hostname.startsWith('[')) return null;
  return url;
}
