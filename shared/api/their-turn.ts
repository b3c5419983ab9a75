/** Says what another server's owner has to do, if an invite can't do it. */
import { normalizeEndpoint } from '../protocol/endpoint.ts';
import type { AdminRequest } from './views/peer-views.ts';

interface Ours {
  readonly public_url: string | null;
  readonly reach: { readonly offers: string | null };
  readonly listener: { readonly url: string };
}

/** The address that peers receive: the owner's setting, otherwise the router's answer; `null` while nobody can call. */
export const publicAddress = ({ public_url, reach }: Pick<Ours, 'public_url' | 'reach'>): string | null =>
  public_url ?? reach.offers;

/**
 * The address where others reach this node, as far as it knows. Without a public address, only this computer. Empty:
 * none.
 */
export function ourAddress(ours: Ours): string {
  const address = publicAddress(ours) ?? ours.listener.url;
  return address === '' ? '' : normalizeEndpoint(address);
}

/** The request that the admin of an existing Paracord server sends to it, as a shell command. */
export function adminCommand(request: AdminRequest, theirEndpoint: string): string {
  return [
    `curl -X POST '${quoted(theirEndpoint)}/servers'`,
    `-H 'authorization: Bearer ADMIN_TOKEN'`,
    `-H 'content-type: application/json'`,
    `-d '${quoted(JSON.stringify(request))}'`,
  ].join(' \\\n  ');
}

/** Text from others inside the single quotes of a shell. */
const quoted = (word: string): string => word.replaceAll("'", `'\\''`);
