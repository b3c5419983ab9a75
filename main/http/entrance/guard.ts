/**
 * Decides which requests the entrance answers at all. Any page in any browser can send requests to a public address, so
 * the Host header has to be a name of ours (DNS rebinding), and requests that change something have to come from our
 * own page.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { refusal } from '../../../shared/words/refusal.ts';
import { said } from '../../../shared/words/said.ts';
import { addressKind } from '../../kernel/ip.ts';

interface Visit {
  readonly headers: IncomingHttpHeaders;
  readonly method: string;
  /** The connection has TLS of our own. */
  readonly isTls: boolean;
  /** Our end of the connection, and the other one. */
  readonly localAddress: string;
  readonly remoteAddress: string;
  /** The names under which people reach us. */
  readonly hosts: ReadonlySet<string>;
}

/** FORBIDDEN for a request that was not addressed to the entrance, was not secure, or was made by a page of others. */
export function refuseStrange(visit: Visit): void {
  const { headers, method, isTls } = visit;
  const host = headers.host?.toLowerCase() ?? '';
  if (!isOurs(host, visit)) throw refusal('FORBIDDEN', said('people.foreign_host', { host }));
  // A proxy has TLS if we don't, and may say which protocol it was asked with.
  const proto = String(headers['x-forwarded-proto'] ?? 'https').toLowerCase();
  const isNear = ['loopback', 'private'].includes(addressKind(visit.remoteAddress));
  if (!isTls && (proto !== 'https' || !isNear)) throw refusal('FORBIDDEN', said('people.plain'));
  const origin = headers.origin?.toLowerCase();
  const site = headers['sec-fetch-site'];
  const isRead = method === 'GET' || method === 'HEAD';
  const isOwnPage =
    (origin === undefined || origin === `https://${host}`) &&
    (isRead || site === 'same-origin' || (site === undefined && origin !== undefined));
  if (!isOwnPage) throw refusal('FORBIDDEN', said('people.foreign_page'));
}

/** A name of ours, or the address that the connection came in at. Never loopback: the console's cookies are there. */
function isOurs(host: string, { hosts, localAddress, isTls }: Visit): boolean {
  const name = host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
  if (name === 'localhost' || addressKind(name) === 'loopback') return false;
  return (
    hosts.has(name) ||
    (isTls && addressKind(name) !== 'none' && name === localAddress.replace(/^::ffff:/, ''))
  );
}

/** Names who is at the other end, for limits; null if a proxy on this computer doesn't say. */
export function visitorOf(headers: IncomingHttpHeaders, remoteAddress: string): string | null {
  if (addressKind(remoteAddress) !== 'loopback') return remoteAddress;
  const last = String(headers['x-forwarded-for'] ?? '')
    .split(',')
    .at(-1)
    ?.trim();
  return last === undefined || last === '' ? null : last;
}
