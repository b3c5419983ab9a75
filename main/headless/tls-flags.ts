import { isIP } from 'node:net';
import { normalizeServerName } from '../../shared/protocol/identifiers.ts';
import { type AcmeChallenge, type AcmeConfig, letsEncrypt, type TlsConfig } from '../config.ts';
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
    'where http-01 is answered while it is asked; port 80 outside must lead there (default: 0.0.0.0:80)',
  ],
];

const namesMax = 25;

/** Throws FlagError for the first flag that is wrong or stands where it means nothing. */
export function tlsOf(raw: RawTlsFlags): TlsConfig {
  const mode = oneOf('--tls', raw.tls ?? 'self-signed', ['off', 'self-signed', 'files', 'acme'] as const);
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
  if (mode === 'files') return filesOf(raw);
  if (mode === 'acme') return acmeOf(raw);
  return Object.freeze({ mode });
}

function filesOf({ tlsCert: certFile, tlsKey: keyFile }: RawTlsFlags): TlsConfig {
  if (!certFile)
    throw new FlagError('--tls-cert', 'expected the certificate’s file, which --tls files needs');
  if (!keyFile) throw new FlagError('--tls-key', 'expected the private key’s file, which --tls files needs');
  return Object.freeze({ mode: 'files', certFile, keyFile });
}

function acmeOf(raw: RawTlsFlags): AcmeConfig {
  const directory = directoryUrl(raw.acmeDirectory ?? letsEncrypt.directory);
  if (raw.acmeAgree !== true)
    throw new FlagError(
      '--acme-agree',
      `--tls acme makes an account at ${new URL(directory).host}, whose terms its address names. Read them, and give this flag if you agree`,
    );
  const names = (raw.acmeName ?? []).map(acmeName);
  if (names.length > namesMax) throw new FlagError('--acme-name', `expected at most ${namesMax} names`);
  return Object.freeze({
    mode: 'acme',
    names: Object.freeze([...new Set(names)]),
    email: raw.acmeEmail === undefined ? null : email(raw.acmeEmail),
    directory,
    staging: directory === letsEncrypt.directory ? letsEncrypt.staging : null,
    challenge:
      raw.acmeChallenge === undefined
        ? null
        : oneOf('--acme-challenge', raw.acmeChallenge, [
            'http-01',
            'tls-alpn-01',
          ] as const satisfies AcmeChallenge[]),
    http: hostPort('--acme-http', raw.acmeHttp ?? '0.0.0.0:80'),
  });
}

function refuseStray(mode: string, needed: string, flags: Readonly<Record<string, unknown>>): void {
  const stray = Object.entries(flags).find(([, value]) => value !== undefined)?.[0];
  if (stray)
    throw new FlagError(stray, `expected only together with --tls ${needed}, not with --tls ${mode}`);
}

function acmeName(text: string): string {
  const bare = text.replace(/^\[(.+)\]$/, '$1');
  if (isIP(bare) !== 0) return bare.toLowerCase();
  try {
    return normalizeServerName(text);
  } catch {
    throw new FlagError(
      '--acme-name',
      `expected a domain name or an IP address, without a port, got “${text}”`,
    );
  }
}

function email(text: string): string {
  if (/^[^\s@,?&<>]+@[^\s@,?&<>]+$/.test(text) && text.length <= 254) return text;
  throw new FlagError('--acme-email', `expected one address such as ann@chat.example, got “${text}”`);
}

function directoryUrl(text: string): string {
  const url = URL.parse(text);
  const here = url?.hostname === 'localhost' || /^(127(\.\d{1,3}){3}|\[::1\])$/.test(url?.hostname ?? '');
  if (url && url.username === '' && (url.protocol === 'https:' || (url.protocol === 'http:' && here)))
    return url.href;
  throw new FlagError('--acme-directory', `expected the https address of an ACME directory, got “${text}”`);
}
