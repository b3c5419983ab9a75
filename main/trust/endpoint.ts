import { normalizeEndpoint } from '../../shared/protocol/endpoint.ts';
import { badRequest } from '../../shared/protocol/errors.ts';
import { federationPrefix } from '../../shared/protocol/transport.ts';

/**
 * The base address behind what a person typed: `chat.example`, `chat.example:8448`, a URL with or without the
 * federation path. No trailing slash. BAD_REQUEST says what was expected.
 */
export function baseUrl(typed: string): string {
  const text = typed.trim();
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`;
  let url: URL;
  try {
    url = new URL(withScheme);
  } catch {
    throw badRequest(
      `${JSON.stringify(typed)} is not an address. Expected something like https://chat.example:8448.`,
    );
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw badRequest(
      `${url.protocol}// is not spoken here. Expected https:// (or http:// behind your own proxy or in tests).`,
    );
  if (url.username !== '' || url.password !== '')
    throw badRequest('An address must not carry a user name or password.');
  const path = url.pathname.replace(/\/+$/, '');
  if (path !== '' && path !== federationPrefix)
    throw badRequest(
      `The address has the path ${path}. Signatures cover the public path, so a proxy must not add a prefix; expected the host alone.`,
    );
  return normalizeEndpoint(url.origin);
}

/** A declared `federation_endpoint`, absolute or a path on the host it was read from, in its one form. */
export function resolveEndpoint(declared: string, base: string): string {
  let url: URL;
  try {
    url = new URL(declared, `${base}/`);
  } catch {
    throw badRequest(`The server declares ${JSON.stringify(declared)} as its endpoint, which is no address.`);
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw badRequest(`The server declares an endpoint over ${url.protocol}//; expected https://.`);
  return normalizeEndpoint(url.origin + url.pathname);
}
