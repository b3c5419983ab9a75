import * as v from 'valibot';
import { letsEncrypt, TlsConfig } from '../../../shared/api/contract/tls.ts';
import type { StatusView } from '../../../shared/api/views/node-views.ts';
import { issueSaid } from '../../../shared/words/expected.ts';
import { text } from '../../text/text.ts';

export type TlsMode = TlsConfig['mode'];

/** The fields of the certificate form, as typed. */
export interface CertificateFields {
  readonly certFile: string;
  readonly keyFile: string;
  /** The names, with commas between them. */
  readonly names: string;
  readonly email: string;
  /** Empty: Let's Encrypt. */
  readonly directory: string;
}

export const modes = ['self-signed', 'acme', 'files', 'off'] as const satisfies readonly TlsMode[];

/** The current settings, in the form that users type. */
export function fieldsOf(tls: TlsConfig): CertificateFields {
  const acme = tls.mode === 'acme' ? tls : null;
  const files = tls.mode === 'files' ? tls : null;
  const directory = acme?.directory ?? letsEncrypt.directory;
  return {
    certFile: files?.cert_file ?? '',
    keyFile: files?.key_file ?? '',
    names: acme?.names.join(', ') ?? '',
    email: acme?.email ?? '',
    directory: directory === letsEncrypt.directory ? '' : directory,
  };
}

/** Makes what is sent. Settings that the form doesn't show (how names are proved) stay unchanged. */
export function tlsOf(mode: TlsMode, fields: CertificateFields, now: TlsConfig): TlsConfig {
  if (mode === 'files') return { mode, cert_file: fields.certFile.trim(), key_file: fields.keyFile.trim() };
  if (mode !== 'acme') return { mode };
  return {
    ...(now.mode === 'acme' ? now : { challenge: null, http: null }),
    mode,
    terms_agreed: true,
    names: namesIn(fields.names),
    email: fields.email.trim() || null,
    directory: fields.directory.trim() || letsEncrypt.directory,
  };
}

const namesIn = (text: string): string[] => text.split(/[\s,;]+/).filter((name) => name !== '');

/** Says what is wrong with one field of the form while the user types; `null` if nothing is. */
export function problemWith(field: 'names' | 'email' | 'directory', value: string): string | null {
  const given = { names: '', email: '', directory: '', certFile: '', keyFile: '', [field]: value };
  const result = v.safeParse(TlsConfig, tlsOf('acme', given, { mode: 'off' }), { abortEarly: true });
  if (result.success) return null;
  const message = text.say(issueSaid(result.issues[0]));
  return `${message[0]?.toUpperCase()}${message.slice(1)}.`;
}

/** The name that is certified if none are given: the one that peers connect to. */
export function namedByAddress({ public_url, server_name }: StatusView): string | null {
  return public_url === null ? server_name : new URL(public_url).hostname;
}
