import type { Input } from '../../shared/api/contract.ts';
import { inputRefusal } from '../../shared/api/input.ts';
import { type Said, said } from '../../shared/words/said.ts';
import type { HostPort } from '../config.ts';
import type { NameRequest } from './kept-name.ts';
import type { ProviderAccess } from './name-file.ts';
import { duckdnsSuffix } from './providers/duckdns.ts';

type KeepName = Input<'keepName'>;

const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const fullName = new RegExp(`^(?:${label}\\.)+${label}$`);
const keyName = /^[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*$/;
const keyBytesMin = 16;

/**
 * Checks what the owner entered. A secret that is left out stays as it was. BAD_REQUEST names the field, never
 * its value if that is a secret.
 */
export function nameRequestOf(input: KeepName, kept: NameRequest | null): NameRequest {
  const name = nameOf(input);
  return {
    name,
    access: accessOf(input, kept?.access ?? null),
    which: input.address ?? kept?.which ?? 'public',
  };
}

function nameOf({ provider, name: entered }: KeepName): string {
  const plain = entered.trim().toLowerCase().replace(/\.$/, '');
  if (provider !== 'duckdns') {
    if (!fullName.test(plain)) throw wrong('name', said('kept_name.bad_name'));
    return plain;
  }
  const name = plain.includes('.') ? plain : plain + duckdnsSuffix;
  const below = name.endsWith(duckdnsSuffix) ? name.slice(0, -duckdnsSuffix.length) : '.';
  if (!new RegExp(`^${label}$`).test(below)) throw wrong('name', said('kept_name.bad_duckdns_name'));
  return name;
}

function accessOf(input: KeepName, kept: ProviderAccess | null): ProviderAccess {
  const { provider } = input;
  const same = kept?.provider === provider ? kept : null;
  if (provider !== 'rfc2136') {
    const token = input.token ?? (same?.provider === provider ? same.token : undefined);
    if (token === undefined) throw wrong('token', said('kept_name.needs_token'));
    return { provider, token };
  }
  const before = same?.provider === 'rfc2136' ? same : null;
  const server = input.server === undefined ? before?.server : serverOf(input.server);
  const key_name = (input.key_name ?? before?.key_name)?.toLowerCase().replace(/\.$/, '');
  const key = input.key ?? before?.key;
  if (server === undefined) throw wrong('server', said('kept_name.needs_server'));
  if (key_name === undefined || !keyName.test(key_name))
    throw wrong('key_name', said('kept_name.needs_key_name'));
  if (key === undefined || !isKey(key)) throw wrong('key', said('kept_name.needs_key'));
  return { provider, server, key_name, key };
}

const isKey = (key: string): boolean =>
  /^[A-Za-z0-9+/]+={0,2}$/.test(key) && Buffer.from(key, 'base64').length >= keyBytesMin;

function serverOf(entered: string): HostPort {
  const [, bracketed, plain, digits] =
    /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]/@]+))(?::(\d{1,5}))?$/.exec(entered.trim()) ?? [];
  const host = bracketed ?? plain;
  const port = digits === undefined ? 53 : Number(digits);
  if (host === undefined || port < 1 || port > 65_535) throw wrong('server', said('kept_name.needs_server'));
  return { host, port };
}

const wrong = (field: string, message: Said) => inputRefusal([{ field, message }]);
