/** How the federation listener gets its certificate: the same for flags and settings. */
import * as v from 'valibot';
import { normalizeServerName } from '../../protocol/identifiers.ts';
import { text } from './fields.ts';

export const letsEncrypt = {
  directory: 'https://acme-v02.api.letsencrypt.org/directory',
  staging: 'https://acme-staging-v02.api.letsencrypt.org/directory',
  terms: 'https://letsencrypt.org/repository/',
} as const;

const namesMax = 25;

const file = (what: string) => text(`the path of the ${what}, a PEM file on the node’s machine`, 4096);

const isAddress = (name: string): boolean =>
  v.is(v.pipe(v.string(), v.ip()), name.replace(/^\[(.+)\]$/, '$1'));

function isServerName(name: string): boolean {
  try {
    return normalizeServerName(name) !== '';
  } catch {
    return false;
  }
}

const certifiedName = v.pipe(
  v.string('expected a domain name or an IP address'),
  v.check(
    (name) => isAddress(name) || isServerName(name),
    ({ input }) => `expected a domain name or an IP address, without a port, got “${input}”`,
  ),
);

const email = v.pipe(
  v.string('expected one address such as ann@chat.example'),
  v.check(
    (one) => /^[^\s@,?&<>]+@[^\s@,?&<>]+$/.test(one) && one.length <= 254,
    ({ input }) => `expected one address such as ann@chat.example, got “${input}”`,
  ),
);

/** Plain http only to this machine, for tests and authorities behind a proxy. */
const directory = v.pipe(
  v.string('expected the https address of an ACME directory'),
  v.regex(
    /^(?:https:\/\/[^\s/@?#]+|http:\/\/(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?)(?:[/?]\S*)?$/,
    ({ input }) => `expected the https address of an ACME directory, got “${input}”`,
  ),
);

export const port = (least: 0 | 1) =>
  v.pipe(
    v.number('expected a port number'),
    v.integer(`expected a port from ${least} to 65535`),
    v.minValue(least, `expected a port from ${least} to 65535`),
    v.maxValue(65_535, `expected a port from ${least} to 65535`),
  );

export const AcmeConfig = v.object({
  mode: v.literal('acme'),
  /** The owner agreed to the terms of the authority (`letsEncrypt.terms`). */
  terms_agreed: v.literal(true, 'expected true: the authority’s terms have to be agreed to'),
  /** Domain names and IP addresses; empty: the public address’s host, else the server name. */
  names: v.optional(
    v.pipe(
      v.array(certifiedName, 'expected a list of names'),
      v.maxLength(namesMax, `expected at most ${namesMax} names`),
    ),
    [],
  ),
  /** Where the authority may write to. */
  email: v.optional(v.nullable(email), null),
  directory: v.optional(directory, letsEncrypt.directory),
  /**
   * Where new names are tried first, so that a mistake uses up no limits; `null`: nowhere. Without it, where the
   * authority is known to have such a place.
   */
  staging: v.optional(v.nullable(directory)),
  /** `null`: TLS-ALPN-01 where the listener is reached on port 443, else HTTP-01. */
  challenge: v.optional(
    v.nullable(v.picklist(['http-01', 'tls-alpn-01'], 'expected http-01 or tls-alpn-01')),
    null,
  ),
  /** Where HTTP-01 is answered during verification; `null`: on port 80, or on 8402 if that isn't available. */
  http: v.optional(v.nullable(v.object({ host: v.string('expected a host'), port: port(0) })), null),
});

export const TlsConfig = v.variant(
  'mode',
  [
    v.object({ mode: v.literal('off') }),
    v.object({ mode: v.literal('self-signed') }),
    v.object({
      mode: v.literal('files'),
      cert_file: file('certificate chain'),
      key_file: file('private key'),
    }),
    AcmeConfig,
  ],
  'expected a mode: off, self-signed, files or acme',
);

export type AcmeConfig = v.InferOutput<typeof AcmeConfig>;
export type AcmeChallenge = NonNullable<AcmeConfig['challenge']>;
export type TlsConfig = v.InferOutput<typeof TlsConfig>;
