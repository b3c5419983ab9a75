import * as v from 'valibot';
import { type AcmeConfig, acmeChallenges, letsEncrypt, TlsConfig } from '../../shared/api/contract/tls.ts';
import { issueSaid } from '../../shared/words/expected.ts';
import type { Words } from '../../shared/words/words.ts';
import { FlagError, hostPort, oneOf } from './flag-values.ts';

/** The certificate flags as declared on the command line, before they are checked. */
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

export const tlsFlagHelp = ({ flags }: Words['cliHelp']): [flag: string, meaning: string][] => [
  ['--tls <mode>', flags.tls],
  ['--tls-cert <file>', flags.tlsCert],
  ['--tls-key <file>', flags.tlsKey],
  ['--acme-agree', flags.acmeAgree],
  ['--acme-email <address>', flags.acmeEmail],
  ['--acme-name <name...>', flags.acmeName],
  ['--acme-directory <url>', flags.acmeDirectory],
  ['--acme-challenge <type>', flags.acmeChallenge],
  ['--acme-http <host:port>', flags.acmeHttp],
];

/**
 * Names, for each field of the configuration, its flag and what the flag expects. Mode, challenge and port are parsed
 * elsewhere.
 */
const fields: Readonly<
  Record<string, readonly [flag: string, expected: (texts: Words['start']['flags'], value: string) => string]>
> = {
  cert_file: ['--tls-cert', (texts) => texts.certFile],
  key_file: ['--tls-key', (texts) => texts.keyFile],
  names: ['--acme-name', (texts, value) => texts.acmeName({ value })],
  email: ['--acme-email', (texts, value) => texts.acmeEmail({ value })],
  directory: ['--acme-directory', (texts, value) => texts.acmeDirectory({ value })],
};

/**
 * `kept`: the current configuration; for a CA certificate, only the named fields change. Throws FlagError for the first
 * flag that is invalid or has no meaning here.
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
    challenge:
      raw.acmeChallenge === undefined
        ? undefined
        : oneOf('--acme-challenge', raw.acmeChallenge, acmeChallenges),
    http: raw.acmeHttp === undefined ? undefined : hostPort('--acme-http', raw.acmeHttp),
  };
  const given = Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined));
  const isElsewhere = raw.acmeDirectory !== undefined && raw.acmeDirectory !== kept?.directory;
  const { staging: _, ...base } = kept ?? {};
  const config = checked({
    ...(isElsewhere ? base : kept),
    ...given,
    mode: 'acme',
    terms_agreed: true,
  });
  if (raw.acmeAgree !== true && (kept === null || isElsewhere))
    throw new FlagError('--acme-agree', (words) =>
      words.start.flags.acmeAgree({ host: new URL(raw.acmeDirectory ?? letsEncrypt.directory).host }),
    );
  return config;
}

function checked(config: Readonly<Record<string, unknown>>): TlsConfig {
  const result = v.safeParse(TlsConfig, config);
  if (result.success) return Object.freeze(result.output);
  const [issue] = result.issues;
  const [field, within] = issue.path ?? [];
  const [flag, expected] = fields[String(field?.key)] ?? ['--tls', null];
  throw new FlagError(flag, ({ say, start: { flags } }) => {
    if (expected === null) return say(issueSaid(issue));
    return flag === '--acme-name' && within === undefined
      ? flags.acmeNames
      : expected(flags, String(issue.input));
  });
}

function refuseStray(mode: string, needed: string, flags: Readonly<Record<string, unknown>>): void {
  const stray = Object.entries(flags).find(([, value]) => value !== undefined)?.[0];
  if (stray) throw new FlagError(stray, (words) => words.start.flags.onlyWith({ needed, mode }));
}
