/** The first steps of reaching a server, one at a time, to see which of them fails. */
import { lookup } from 'node:dns/promises';
import { connect, isIP } from 'node:net';
import { SaidError } from '../../shared/words/refusal.ts';
import { quoted, type Said, said, sentences } from '../../shared/words/said.ts';
import { bare, portOf } from '../kernel/ip.ts';
import { guardedLookup, refusedAddress } from './address-guard.ts';
import type { CallPolicy } from './http.ts';
import { sayNetworkError } from './say-network-error.ts';
import '../kernel/connecting.ts';

const connectMsMax = 5_000;

export const hostOf = (url: URL): string => bare(url.hostname);

/** The addresses a name resolves to, or the address itself; rejects if the name can't be resolved. */
export async function addressesOf(url: URL): Promise<string[]> {
  const host = hostOf(url);
  if (isIP(host) !== 0) return [host];
  const found = await lookup(host, { all: true }).catch((error: Error) => {
    throw new SaidError(said('network.lookup_failed', { host, detail: error.message }));
  });
  return found.map(({ address }) => address);
}

/** Resolves when a TCP connection is established; rejects with a `SaidError` if it can't be. */
export function openSocket(url: URL, policy: CallPolicy): Promise<Said> {
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
    const fail = (why: Said) => end(() => reject(new SaidError(why)));
    socket.once('connect', () => end(() => resolve(said('network.port_open', { port }))));
    socket.once('timeout', () => fail(said('network.port_silent', { port, seconds: connectMsMax / 1000 })));
    socket.once('error', (error) => fail(said('network.port_unreachable', { port, why: why(error) })));
  });
}

/** If a name has several addresses, each failed in its own way. */
function why(error: Error): Said {
  if (!(error instanceof AggregateError)) return sayNetworkError(error);
  const [first, ...more] = new Map(
    error.errors.map((one) => [JSON.stringify(sayNetworkError(one)), sayNetworkError(one)]),
  ).values();
  return first === undefined ? quoted(error.message) : sentences(first, ...more);
}
