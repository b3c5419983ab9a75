import * as v from 'valibot';
import { type AcmeConfig, letsEncrypt, TlsConfig } from '../../shared/api/tls.ts';
import { FlagError, hostPort, oneOf } from './flag-values.ts';

/** The flags about certificates as the command line knows them, before they are checked. */
export interface RawTlsFlags {
  readonly tls?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly acmeAgree?: boolean;
  readonly acmeEmail?: string;
  readonly acmeName?: readonly string[];
  readonly acmeDirectory?: string;
  readonly acmeChallenge?: string;
  readonly acmeHttp?: string;
}

export const tlsFlagHelp: readonly (readonly [flag: string, meaning: string])[] = [
  [
    '--tls <mode>',
    'off, self-signed, files or acme; off is for a reverse proxy in front (default: self-signed)',
  ],
  ['--tls-cert <file>', 'certificate chain in PEM, with --tls files'],
  ['--tls-key <file>', 'private key in PEM, with --tls files'],
  ['--acme-agree', 'with --tls acme: you agree to the terms of the certificate authority'],
  ['--acme-email <address>', 'where the authority may write to you'],
  [
    '--acme-name <name...>',
    'names or IP addresses to certify (default: the public address’s, else the server name)',
  ],
  ['--acme-directory <url>', 'the authority (default: Let’s Encrypt)'],
  [
    '--acme-challenge <type>',
    'http-01 or tls-alpn-01 (default: tls-alpn-01 if peers come on port 443, else http-01)',
  ],
  [
    '--acme-http <host:port>',
    'where http-01 is answered while it is asked; port 80 outside must lead there, which the router is asked for (default: port 80 of this machine, or 8402 where that cannot be had)',
  ],
];

/** Which flag says what a field of the configuration says. */
const flagOf: Readonly<Record<string, string>> = {
  mode: '--tls',
  cert_file: '--tls-cert',
  key_file: '--tls-key',
  terms_agreed: '--acme-agree',
  names: '--acme-name',
  email: '--acme-email',
  directory: '--acme-directory',
  challenge: '--acme-challenge',
};

/**
 * `kept`: what is set already; of an authority's certificate only what is named is another then. Throws FlagError for
 * the first flag that is wrong or stands where it means nothing.
 */
export function tlsOf(raw: RawTlsFlags, kept: TlsConfig = { mode: 'self-signed' }): TlsConfig {
  const mode = oneOf('--tls', raw.tls ?? kept.mode, ['off', 'self-signed', 'files', 'acme'] as const);
  if (mode !== 'files') refuseStray(mode, 'files', { '--tls-cert': raw.tlsCert, '--tls-key': raw.tlsKey });
  if (mode !== 'acme')
    refuseStray(mode, 'acme', {
      '--acme-agree': raw.acmeAgree,
      '--acme-email': raw.acmeEmail,
      '--acme-name': raw.acmeName,
      '--acme-directory': raw.acmeDirectory,
      '--acme-challenge': raw.acmeChallenge,
      '--acme-http': raw.acmeHttp,
    });
  if (mode === 'files') return checked({ mode, cert_file: raw.tlsCert ?? '', key_file: raw.tlsKey ?? '' });
  if (mode === 'acme') return acmeOf(raw, kept.mode === 'acme' ? kept : null);
  return Object.freeze({ mode });
}

function acmeOf(raw: RawTlsFlags, kept: AcmeConfig | null): TlsConfig {
  const named = {
    names: raw.acmeName,
    email: raw.acmeEmail,
    directory: raw.acmeDirectory,
    challenge: raw.acmeChallenge,
    http: raw.acmeHttp === undefined ? undefined : hostPort('--acme-http', raw.acmeHttp),
  };
  const given = Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined));
  const isElsewhere = raw.acmeDirectory !== undefined && raw.acmeDirectory !== kept?.directory;
  const { staging: _, ...base } = kept ?? {};
  const config = checked({
    ...(isElsewhere ? base : kept),
    ...given,
    ...{ mode: 'acme', terms_agreed: true },
  });
  if (raw.acmeAgree !== true && (kept === null || isElsewhere))
    throw new FlagError(
      '--acme-agree',
      `--tls acme makes an account at ${new URL(raw.acmeDirectory ?? letsEncrypt.directory).host}, whose terms its address names. Read them, and give this flag if you agree`,
    );
  return config;
}

function checked(config: Readonly<Record<string, unknown>>): TlsConfig {
  const result = v.safeParse(TlsConfig, config);
  if (result.success) return Object.freeze(result.output);
  const [issue] = result.issues;
  throw new FlagError(flagOf[String(issue.path?.[0]?.key)] ?? '--tls', issue.message);
}

function refuseStray(mode: string, needed: string, flags: Readonly<Record<string, unknown>>): void {
  const stray = Object.entries(flags).find(([, value]) => value !== undefined)?.[0];
  if (stray)
    throw new FlagError(stray, `expected only together with --tls ${needed}, not with --tls ${mode}`);
}
