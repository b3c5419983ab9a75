import { normalizeEndpoint } from '../../../shared/protocol/endpoint.ts';
import { federationPrefix } from '../../../shared/protocol/transport.ts';
import { refusal } from '../../../shared/words/refusal.ts';
import { said } from '../../../shared/words/said.ts';

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
    throw refusal('BAD_REQUEST', said('peer.address_bad', { typed }));
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw refusal('BAD_REQUEST', said('peer.address_scheme', { scheme: url.protocol }));
  if (url.username !== '' || url.password !== '') throw refusal('BAD_REQUEST', said('peer.address_user'));
  const path = url.pathname.replace(/\/+$/, '');
  if (path !== '' && path !== federationPrefix)
    throw refusal('BAD_REQUEST', said('peer.address_path', { path }));
  return normalizeEndpoint(url.origin);
}

/** A declared `federation_endpoint`, absolute or a path on the host it was read from, in its one form. */
export function resolveEndpoint(declared: string, base: string): string {
  let url: URL;
  try {
    url = new URL(declared, `${base}/`);
  } catch {
    throw refusal('BAD_REQUEST', said('peer.endpoint_bad', { declared }));
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw refusal('BAD_REQUEST', said('peer.endpoint_scheme', { scheme: url.protocol }));
  return normalizeEndpoint(url.origin + url.pathname);
}
