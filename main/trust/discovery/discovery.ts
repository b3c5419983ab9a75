import type * as v from 'valibot';
import { readBody, ServerKeys, WellKnown } from '../../../shared/protocol/bodies.ts';
import { normalizeServerName } from '../../../shared/protocol/identifiers.ts';
import { limits } from '../../../shared/protocol/limits.ts';
import { federationPrefix, wellKnownPath } from '../../../shared/protocol/transport.ts';
import { refusal } from '../../../shared/words/refusal.ts';
import { type Said, said, saidOf } from '../../../shared/words/said.ts';
import type { Callee, FederationClient } from '../../client/federation-client.ts';
import type { CallPolicy, HttpResult } from '../../client/http.ts';
import type { PeerRow } from '../../store/tables/peer-store.ts';
import { resolveEndpoint } from './endpoint.ts';

export interface Discovered {
  readonly serverName: string;
  readonly domain: string;
  readonly endpoint: string;
  readonly keys: ServerKeys['keys'];
  /** The endpoint is on the host that was typed. */
  readonly endpointByOwner: boolean;
  /** Set if the certificate is self-signed and was accepted at first sight. */
  readonly tlsSha256: string | null;
  /** The names of the extensions it supports. */
  readonly extensions: readonly string[];
}

/**
 * Asks a server who it is and for its keys. The owner typed `base`, so a self-signed certificate is pinned at first
 * sight. Events are signed anyway, so this pins the connection, not the identity. `name` is needed only for a server that
 * hides its page. SERVICE_UNAVAILABLE if it doesn't answer or doesn't federate; BAD_REQUEST if it answers something else.
 */
export async function discover(
  client: FederationClient,
  base: string,
  name: string | null,
): Promise<Discovered> {
  let policy: CallPolicy = { byOwner: true, tlsSha256: null };
  const url = base + wellKnownPath;
  let answer = await client.read(url, policy);
  const seen =
    answer.kind === 'network' && answer.code === 'CERTIFICATE_REFUSED' && client.seenCertificate(url);
  if (seen) {
    policy = { byOwner: true, tlsSha256: seen };
    answer = await client.read(url, policy);
  }
  if (isNotFound(answer)) return hiddenAt(client, { base, url, answer, policy }, name);
  const info = understand(WellKnown, answer, url);
  const serverName = normalizeServerName(info.server_name);
  const domain = normalizeServerName(info.domain);
  if (!info.enabled)
    throw refusal('SERVICE_UNAVAILABLE', said('peer.federation_off', { server: serverName }));
  const endpoint = resolveEndpoint(info.federation_endpoint, base);
  const elsewhere = new URL(endpoint).origin !== new URL(base).origin;
  // A host other than the one the owner typed was named by the remote server, and gets no more trust than that.
  const endpointPolicy = elsewhere ? { byOwner: false, tlsSha256: null } : policy;
  const keys = await fetchKeys(client, { endpoint, policy: endpointPolicy }, serverName);
  return {
    serverName,
    domain,
    endpoint,
    keys: keys.keys,
    tlsSha256: endpointPolicy.tlsSha256,
    endpointByOwner: endpointPolicy.byOwner,
    extensions: info.extensions,
  };
}

/** A server that federates, but whose admin doesn't let it show who it is: `allow_discovery` is off there. */
async function hiddenAt(
  client: FederationClient,
  { base, url, answer, policy }: Page,
  name: string | null,
): Promise<Discovered> {
  const endpoint = base + federationPrefix;
  const shown = await client.read(`${endpoint}/keys`, policy);
  if (shown.kind !== 'answer' || shown.status !== 200) understand(WellKnown, answer, url);
  const { server_name } = understand(ServerKeys, shown, url);
  const serverName = name ?? normalizeServerName(server_name);
  const { keys } = await fetchKeys(client, { endpoint, policy }, serverName);
  if (keys.length === 0)
    throw refusal('SERVICE_UNAVAILABLE', said('peer.federation_off', { server: serverName }));
  if (name === null) throw refusal('BAD_REQUEST', said('peer.hides_page', { url: base, server: serverName }));
  return {
    serverName,
    domain: serverName,
    endpoint,
    keys,
    endpointByOwner: true,
    tlsSha256: policy.tlsSha256,
    extensions: [],
  };
}

interface Page {
  readonly base: string;
  readonly url: string;
  readonly answer: HttpResult;
  readonly policy: CallPolicy;
}

const isNotFound = (answer: HttpResult): boolean => answer.kind === 'answer' && answer.status === 404;

/** Whether this is how a peer answers that may hide its page. Its keys say then whether it federates. */
export const mayHidePage = ({ extensions }: Pick<PeerRow, 'extensions'>, page: HttpResult): boolean =>
  extensions === '' && isNotFound(page);

/** A server's own keys, active first. BAD_REQUEST if it answers for another name. */
export async function fetchKeys(
  client: FederationClient,
  callee: Pick<Callee, 'endpoint' | 'policy' | 'server'>,
  serverName: string,
): Promise<ServerKeys> {
  const url = `${callee.endpoint}/keys`;
  // Signed, although that isn't required, so that a Paracord Node knows who has seen its newest key. Others ignore that.
  const { endpoint, policy, server } = callee;
  const addressed = {
    endpoint,
    policy,
    destination: serverName,
    ...(server === undefined ? {} : { server }),
  };
  const read = (path: string) => client.call(addressed, { method: 'GET', path });
  const first = understand(ServerKeys, await read('/keys'), url);
  if (!isSameServer(first.server_name, serverName))
    throw refusal(
      'BAD_REQUEST',
      said('peer.other_keys', { url, found: first.server_name, server: serverName }),
    );
  return allKeys(first, async (after) => {
    const path = `/keys?after=${encodeURIComponent(after)}`;
    return understand(ServerKeys, await read(path), url);
  });
}

/**
 * Reads the following pages too, until there are as many keys as are kept. A page of another server, or one without a
 * new key, ends the reading; so does a page that can't be read, because newer keys come first.
 */
export async function allKeys(
  first: ServerKeys,
  read: (after: string) => Promise<ServerKeys | null>,
): Promise<ServerKeys> {
  const keys = new Map(first.keys.map((key) => [key.key_id, key]));
  let { next } = first;
  const isFull = (page: number) => page >= limits.keyPagesMax || keys.size >= limits.serverKeysMax;
  for (let page = 1; !isFull(page) && typeof next === 'string'; page++) {
    const more = await read(next).catch(() => null);
    if (more === null || more.server_name !== first.server_name) break;
    const known = keys.size;
    for (const key of more.keys) if (!keys.has(key.key_id)) keys.set(key.key_id, key);
    if (keys.size === known) break;
    next = more.next;
  }
  return { ...first, keys: [...keys.values()].slice(0, limits.serverKeysMax) };
}

/** Whether the name in a server's answer, however it is written, is this one. */
export function isSameServer(said: string, serverName: string): boolean {
  try {
    return normalizeServerName(said) === serverName;
  } catch {
    return false;
  }
}

/** Why a discovery document is not that of this peer; `null` if it is. */
export function whyNotOf(
  info: Pick<WellKnown, 'server_name' | 'domain'>,
  { server_name: name, domain }: Pick<PeerRow, 'server_name' | 'domain'>,
): Said | null {
  if (!isSameServer(info.server_name, name))
    return said('check.other_server', { found: info.server_name, name });
  return isSameServer(info.domain, domain)
    ? null
    : said('check.other_domain', { found: info.domain, name, domain });
}

/** Parses an answer by its schema; the error says what came instead. */
export function understand<S extends v.GenericSchema>(
  schema: S,
  answer: HttpResult,
  url: string,
): v.InferOutput<S> {
  if (answer.kind === 'aborted') throw refusal('SERVICE_UNAVAILABLE', said('peer.call_aborted', { url }));
  if (answer.kind === 'network')
    throw refusal('SERVICE_UNAVAILABLE', said('peer.call_failed', { url, why: answer.error }), {
      details: { code: answer.code },
    });
  const { status } = answer;
  if (status !== 200) {
    const news = status === 404 ? said('peer.call_not_found', { url }) : said('peer.call_status', { url });
    throw refusal('SERVICE_UNAVAILABLE', news, { details: { status } });
  }
  try {
    return readBody(schema, answer.body);
  } catch (error) {
    throw refusal('BAD_REQUEST', said('peer.call_garbled', { url, why: saidOf(error) }));
  }
}
