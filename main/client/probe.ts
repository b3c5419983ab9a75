/** The first steps of reaching a server, one by one, to find out which of them fails. */
import { lookup } from 'node:dns/promises';
import { connect, isIP } from 'node:net';
import { guardedLookup, refusedAddress } from './address-guard.ts';
import type { CallPolicy } from './http.ts';
import { sayNetworkError } from './say-network-error.ts';

const connectMsMax = 5_000;

export const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '');
export const portOf = (url: URL): number => Number(url.port || (url.protocol === 'https:' ? 443 : 80));

/** Where the name leads, or the address that stands in its place; rejects where it cannot be looked up. */
export async function addressesOf(url: URL): Promise<string[]> {
  const host = hostOf(url);
  if (isIP(host) !== 0) return [host];
  const found = await lookup(host, { all: true }).catch((error: Error) => {
    throw new Error(`${host} cannot be looked up: ${error.message}`);
  });
  return found.map(({ address }) => address);
}

/** Resolves once a TCP connection stands; rejects with why it does not. */
export function openSocket(url: URL, policy: CallPolicy): Promise<string> {
  const port = portOf(url);
  const host = hostOf(url);
  const notCalled = refusedAddress(host, policy);
  if (notCalled) return Promise.reject(notCalled);
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, lookup: guardedLookup(policy), timeout: connectMsMax });
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
      end(() => reject(new Error(`port ${port} cannot be reached: ${messageOf(error)}`))),
    );
  });
}

/** Where a name leads to several addresses, each has failed in its own way. */
const messageOf = (error: Error): string =>
  error instanceof AggregateError
    ? [...new Set(error.errors.map((one) => sayNetworkError(one)))].join(' ')
    : sayNetworkError(error);
