/** What another server's owner has to do, if an invite can't do it. */
import { normalizeEndpoint } from '../protocol/endpoint.ts';
import { federationPrefix } from '../protocol/transport.ts';

interface Ours {
  readonly server_name: string | null;
  readonly domain: string | null;
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

/** What the admin of an existing Paracord server sends to it, as a shell command. */
export function adminRequest(ours: Ours, theirEndpoint: string): string {
  const theirs = theirEndpoint.replace(federationPrefix, '');
  const body = {
    server_name: ours.server_name,
    domain: ours.domain,
    federation_endpoint: ourAddress(ours) + federationPrefix,
    trusted: true,
    discover: true,
  };
  return [
    `curl -X POST '${quoted(theirs + federationPrefix)}/servers'`,
    `-H 'authorization: Bearer TOKEN'`,
    `-H 'content-type: application/json'`,
    `-d '${quoted(JSON.stringify(body))}'`,
  ].join(' \\\n  ');
}

/** Text from others inside the single quotes of a shell. */
const quoted = (word: string): string => word.replaceAll("'", `'\\''`);
