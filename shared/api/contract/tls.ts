/** How the federation listener gets its certificate: the same for flags and settings. */

import * as v from 'valibot';
import { normalizeServerName } from '../../protocol/identifiers.ts';
import { expected, expectedWhat, type What } from '../../words/expected.ts';
import { said } from '../../words/said.ts';
import { text } from './fields.ts';

export const letsEncrypt = {
  directory: 'https://acme-v02.api.letsencrypt.org/directory',
  staging: 'https://acme-staging-v02.api.letsencrypt.org/directory',
  terms: 'https://letsencrypt.org/repository/',
} as const;

const namesMax = 25;

const isAddress = (name: string): boolean =>
  v.is(v.pipe(v.string(), v.ip()), name.replace(/^\[(.+)\]$/, '$1'));

function isServerName(name: string): boolean {
  try {
    return normalizeServerName(name) !== '';
  } catch {
    return false;
  }
}

const got =
  (what: What) =>
  ({ input }: { readonly input: string }): string =>
    expected('got', { what: said(`what.${what}`), input });

const certifiedName = v.pipe(
  v.string(expectedWhat('certified_name')),
  v.check((name) => isAddress(name) || isServerName(name), got('certified_name')),
);

const email = v.pipe(
  v.string(expectedWhat('email')),
  v.check((one) => /^[^\s@,?&<>]+@[^\s@,?&<>]+$/.test(one) && one.length <= 254, got('email')),
);

/** Plain http only to this computer, for tests and authorities behind a proxy. */
const directory = v.pipe(
  v.string(expectedWhat('directory')),
  v.regex(
    /^(?:https:\/\/[^\s/@?#]+|http:\/\/(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?)(?:[/?]\S*)?$/,
    got('directory'),
  ),
);

export const port = (least: 0 | 1) =>
  v.pipe(
    v.number(expectedWhat('port')),
    v.integer(expected('port', { min: least })),
    v.minValue(least, expected('port', { min: least })),
    v.maxValue(65_535, expected('port', { min: least })),
  );

export const acmeChallenges = ['http-01', 'tls-alpn-01', 'dns-01'] as const;

export const AcmeConfig = v.object({
  mode: v.literal('acme'),
  /** The owner agreed to the terms of the authority (`letsEncrypt.terms`). */
  terms_agreed: v.literal(true, expected('terms')),
  /** Domain names and IP addresses; empty: the public address’s host, else the server name. */
  names: v.optional(
    v.pipe(
      v.array(certifiedName, expectedWhat('certified_names')),
      v.maxLength(namesMax, expected('at_most_items', { max: namesMax })),
    ),
    [],
  ),
  /** The contact address for the authority. */
  email: v.optional(v.nullable(email), null),
  directory: v.optional(directory, letsEncrypt.directory),
  /**
   * The directory to try new names at first, so that a mistake uses up no limits; `null`: none. If left out, the one
   * that is known for the authority.
   */
  staging: v.optional(v.nullable(directory)),
  /** `null`: TLS-ALPN-01 if the listener can be reached on port 443, otherwise HTTP-01. DNS-01 takes a kept name. */
  challenge: v.optional(
    v.nullable(v.picklist(acmeChallenges, expected('one_of', { values: acmeChallenges.join(', ') }))),
    null,
  ),
  /** The address that answers HTTP-01 during validation; `null`: on port 80, or 8402 if that isn't available. */
  http: v.optional(v.nullable(v.object({ host: v.string(expectedWhat('host')), port: port(0) })), null),
});

export const TlsConfig = v.variant(
  'mode',
  [
    v.object({ mode: v.literal('off') }),
    v.object({ mode: v.literal('self-signed') }),
    v.object({
      mode: v.literal('files'),
      cert_file: text('chain_file', 4096),
      key_file: text('key_file', 4096),
    }),
    AcmeConfig,
  ],
  expected('one_of', { values: 'off, self-signed, files, acme' }),
);

export type AcmeConfig = v.InferOutput<typeof AcmeConfig>;
export type AcmeChallenge = NonNullable<AcmeConfig['challenge']>;
export type TlsConfig = v.InferOutput<typeof TlsConfig>;
