/** The first steps to a server, each tried apart from the others, for whoever looks for what is in the way. */
import { lookup } from 'node:dns/promises';
import { connect, isIP } from 'node:net';

const connectMsMax = 5_000;

const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '');
export const portOf = (url: URL): number => Number(url.port || (url.protocol === 'https:' ? 443 : 80));

/** A sentence about where the name leads; rejects where it cannot be looked up. */
export async function resolveName(url: URL): Promise<string> {
  const host = hostOf(url);
  if (isIP(host) !== 0) return `${host} is an address`;
  const found = await lookup(host, { all: true }).catch((error: Error) => {
    throw new Error(`${host} cannot be looked up: ${error.message}`);
  });
  return `${host} is ${found.map(({ address }) => address).join(', ')}`;
}

/** Resolves once a TCP connection stands; rejects with why it does not. */
export function openSocket(url: URL): Promise<string> {
  const port = portOf(url);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostOf(url), port, timeout: connectMsMax });
    const end = (act: () => void) => {
      socket.destroy();
      act();
    };
    socket.once('connect', () => end(() => resolve(`port ${port} is open`)));
    socket.once('timeout', () =>
      end(() =>
        reject(
          new Error(
            `port ${port} does not answer within ${connectMsMax / 1000} s; a firewall or router may drop it`,
          ),
        ),
      ),
    );
    socket.once('error', (error) =>
      end(() => reject(new Error(`port ${port} cannot be reached: ${error.message}`))),
    );
  });
}
