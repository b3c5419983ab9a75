import type { AddressInfo, Server } from 'node:net';
import type { HostPort } from '../../../config.ts';

/** Every address of this computer, of both families if it has both. */
export const everywhere = '::';

/** Rejects with the system's error; 0 lets the system pick a port. Without IPv6, everywhere is every IPv4 address. */
export async function listenOn(server: Server, { host, port }: HostPort): Promise<HostPort> {
  const heardOn = await begin(server, host, port).catch((error: NodeJS.ErrnoException) => {
    const lacksIpv6 = error.code === 'EAFNOSUPPORT' || error.code === 'EADDRNOTAVAIL';
    if (host !== everywhere || !lacksIpv6) throw error;
    return begin(server, '0.0.0.0', port);
  });
  return { host: heardOn, port: (server.address() as AddressInfo).port };
}

async function begin(server: Server, host: string, port: number): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen({ host, port }, resolve);
  try {
    await promise;
    return host;
  } finally {
    server.off('error', reject);
    server.off('listening', resolve);
  }
}
