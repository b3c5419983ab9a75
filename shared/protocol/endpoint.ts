import * as v from 'valibot';
import { expectedWhat } from '../words/expected.ts';
import { type Said, said, storeSaid } from '../words/said.ts';
import { badRequest } from './errors.ts';
import { ipv4Pattern, numericLabelPattern, outsideAscii, shown } from './identifiers.ts';
import { limits } from './limits.ts';

/**
 * The parts of a server's address: `https://host`, a port if it is not the default, a path. A URL parser accepts every
 * valid endpoint unchanged, so endpoints are compared as texts.
 */
const parts = /^(https?):\/\/([^/?#\\]*)([^?#]*)(.*)$/is;
const host = /^(\[[^\]]*\]|[^:[\]]*)(?::([0-9]*))?$/;
const defaultPorts: Readonly<Record<string, number>> = { https: 443, http: 80 };
const label = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;
const path = /^(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._~!$&'()*+,;=:@-]+)*$/;

type Read = { readonly endpoint: string } | { readonly fault: Said };

/**
 * The canonical form of an endpoint: lower case, no default port, no slash at the end. BAD_REQUEST says what is wrong.
 */
export function normalizeEndpoint(text: string): string {
  const read = readEndpoint(text);
  if ('fault' in read) throw badRequest(said('address.example', { fault: read.fault }));
  return read.endpoint;
}

/** Turns a text in a body into its canonical form. */
export const endpointSchema = v.pipe(
  v.string(expectedWhat('address')),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const read = readEndpoint(dataset.value);
    if ('endpoint' in read) return read.endpoint;
    addIssue({ message: storeSaid(read.fault) });
    return NEVER;
  }),
);

function readEndpoint(text: string): Read {
  const fault = (why: Said): Read => ({ fault: said('address.fault', { address: shown(text), why }) });
  if (text.length > limits.endpointCharsMax)
    return fault(said('address.why_long', { max: limits.endpointCharsMax }));
  const [, scheme = '', authority = '', rest = '', more = ''] = parts.exec(text) ?? [];
  if (scheme === '') return fault(said('address.why_scheme'));
  if (authority.includes('@')) return fault(said('address.why_user'));
  if (more !== '') return fault(said('address.why_more'));
  const [, written = '', port] = host.exec(authority) ?? [];
  const name = readHost(written);
  if (name === null)
    return fault(
      /[^\u0000-\u007f]/.test(written) ? outsideAscii(written, 'address') : said('address.why_host'),
    );
  const number = port === undefined || port === '' ? defaultPorts[scheme.toLowerCase()] : Number(port);
  if (number === undefined || number < 1 || number > 65_535) return fault(said('address.why_port'));
  const shortPath = rest.replace(/\/+$/, '');
  if (!path.test(shortPath)) return fault(said('address.why_path'));
  const shownPort = number === defaultPorts[scheme.toLowerCase()] ? '' : `:${number}`;
  return { endpoint: `${scheme.toLowerCase()}://${name}${shownPort}${shortPath}` };
}

function readHost(written: string): string | null {
  if (written.startsWith('[')) return readIpv6(written.slice(1, -1).toLowerCase());
  // Before changing its case, because the Kelvin sign becomes an ASCII k in lower case.
  if (/[^\u0021-\u007e]/.test(written)) return null;
  const name = written.toLowerCase().replace(/\.$/, '');
  const labels = name.split('.');
  if (name.length > limits.serverNameCharsMax || !labels.every((one) => label.test(one))) return null;
  return numericLabelPattern.test(labels.at(-1) ?? '') && !ipv4Pattern.test(name) ? null : name;
}

/** The form used in URLs: no leading zeros, and the first longest run of two or more zero groups omitted. */
function readIpv6(text: string): string | null {
  const [head = '', tail, ...others] = text.split('::');
  if (others.length > 0) return null;
  const before = readGroups(head, tail === undefined);
  const after = readGroups(tail ?? '', true);
  if (before === null || after === null) return null;
  const missing = 8 - before.length - after.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return null;
  const groups = [...before, ...Array<number>(missing).fill(0), ...after].map((group) => group.toString(16));
  const runs = groups.join(':').match(/(?<![0-9a-f])0(?::0)+(?![0-9a-f])/g) ?? [];
  const longest = runs.reduce((best, run) => (run.length > best.length ? run : best), '');
  if (longest === '') return `[${groups.join(':')}]`;
  const at = new RegExp(`(?:^|:)${longest}(?:$|:)`);
  return `[${groups.join(':').replace(at, '::')}]`;
}

/** Reads the groups. The end alone may be written as an IPv4 address. */
function readGroups(text: string, isEnd: boolean): number[] | null {
  if (text === '') return [];
  const groups: number[] = [];
  const written = text.split(':');
  for (const [i, group] of written.entries()) {
    if (/^[0-9a-f]{1,4}$/.test(group)) groups.push(Number.parseInt(group, 16));
    else if (isEnd && i === written.length - 1 && ipv4Pattern.test(group)) {
      const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number);
      groups.push(a * 256 + b, c * 256 + d);
    } else return null;
  }
  return groups;
}
