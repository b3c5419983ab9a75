import { refusal } from '../../shared/words/refusal.ts';
import { said } from '../../shared/words/said.ts';
import type { Keyring } from '../identity/keyring.ts';
import { addressKind, bare, hostPort } from '../kernel/ip.ts';
import type { Settings } from '../settings.ts';
import type { Certificates } from '../tls/certificates.ts';
import type { HomeFacts } from './entrance-addresses.ts';

interface Deps {
  readonly settings: Pick<Settings, 'get'>;
  readonly reach: { readonly publicUrl: string | null; readonly whereabouts: HomeFacts };
  readonly listeners: { readonly federationUrl: string; readonly federationPort: number };
  readonly config: { readonly listen: { readonly host: string } };
}

/**
 * Returns the entrance's address for people: the public address, otherwise this computer's address in the home network.
 * Null while people can't log in, or if there is no such address with TLS.
 */
export function entranceUrl(deps: Deps): string | null {
  const { settings, reach, listeners } = deps;
  if (!settings.get().people_log_in) return null;
  if (reach.publicUrl?.startsWith('https:')) return new URL(reach.publicUrl).origin;
  if (reach.publicUrl !== null || !listeners.federationUrl.startsWith('https:')) return null;
  const host = homeAddress(deps);
  return host === null ? null : `https://${hostPort(host, listeners.federationPort)}`;
}

/** Throws CONFLICT with what is missing, while a link would lead nowhere. */
export function openEntranceUrl(deps: Deps): string {
  const url = entranceUrl(deps);
  if (url !== null) return url;
  const { settings, reach, listeners } = deps;
  if (!settings.get().people_log_in) throw refusal('CONFLICT', said('people.closed'));
  const isPlain = (reach.publicUrl ?? listeners.federationUrl).startsWith('http:');
  throw refusal('CONFLICT', said(isPlain ? 'people.not_encrypted' : 'people.not_reached'));
}

/** An address where people log in. */
interface EntranceAddress {
  readonly url: string;
  /** Whether browsers trust its certificate, ours or a proxy’s, as far as the settings show it. */
  readonly isTrusted: boolean;
}

/**
 * Lists `entranceUrl`, and this computer's address in the home network if it has TLS. A certificate for a name makes
 * browsers warn there, so then people only get the name. Empty while people can't log in.
 */
export function entranceAddresses(
  deps: Deps & { readonly certificates: Pick<Certificates, 'mode' | 'pinnedSha256'> },
): readonly EntranceAddress[] {
  const { listeners, certificates } = deps;
  const url = entranceUrl(deps);
  const host = url === null || !listeners.federationUrl.startsWith('https:') ? null : homeAddress(deps);
  const home = host === null ? null : `https://${hostPort(host, listeners.federationPort)}`;
  const all = [...new Set([url, home])].filter((one) => one !== null);
  const isPinned = certificates.pinnedSha256 !== null;
  const fitting = all.filter((one) => isPinned || !isAtHome(one));
  return (fitting.length > 0 ? fitting : all).map((one) => ({
    url: one,
    // A proxy has a certificate of its own, and at an address in the home network ours is one that only peers pin.
    isTrusted: certificates.mode === 'off' || (!isPinned && !isAtHome(one)),
  }));
}

const isAtHome = (url: string): boolean => addressKind(bare(new URL(url).hostname)) === 'private';

/** The names that the Host header has at such an address, and those in our certificate. */
export function entranceHosts({
  reach,
  keyring,
  settings,
}: Pick<Deps, 'reach' | 'settings'> & {
  readonly keyring: Pick<Keyring, 'serverName' | 'domain'>;
}): ReadonlySet<string> {
  const { tls } = settings.get();
  const { publicUrl } = reach;
  return new Set([
    ...(publicUrl === null ? [] : [bare(new URL(publicUrl).hostname)]),
    ...[keyring.serverName, keyring.domain].map((name) => name.toLowerCase().replace(/:\d+$/, '')),
    ...(tls.mode === 'acme' ? tls.names.map((name) => name.toLowerCase()) : []),
  ]);
}

/** This computer's address in the home network, or the one that the owner told it to listen on. */
function homeAddress({ reach, config }: Deps): string | null {
  const { host } = config.listen;
  if (host === '0.0.0.0' || host === '::') return reach.whereabouts.home;
  return addressKind(host) === 'loopback' ? null : host;
}
