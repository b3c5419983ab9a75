/** What an authority refuses, in words, with the next thing to do: pure functions of its problem documents. */
import * as v from 'valibot';
import type { AcmeChallenge } from '../../../shared/api/tls.ts';
import type { HostPort } from '../../config.ts';
import type { Door } from '../door.ts';

/** An authority may say anything, and quotes what it found at our address: one line of it, and not much. */
export const line = (charsMax: number) =>
  v.pipe(
    v.string(),
    v.transform((text) =>
      text
        .slice(0, 4 * charsMax)
        .replace(/\p{Cc}+/gu, ' ')
        .trim()
        .slice(0, charsMax),
    ),
  );

const subproblemsMax = 10;
const type = v.optional(line(100), 'about:blank');
const detail = v.optional(line(300), '');

/** RFC 7807, as RFC 8555 section 6.7 uses it. */
export const ProblemDocument = v.object({
  type,
  detail,
  subproblems: v.optional(
    v.pipe(
      v.array(
        v.object({ type, detail, identifier: v.optional(v.object({ type: v.string(), value: line(253) })) }),
      ),
      v.transform((all) => all.slice(0, subproblemsMax)),
    ),
    [],
  ),
});
export type ProblemDocument = v.InferOutput<typeof ProblemDocument>;

/** The authority said no. */
export class AcmeProblem extends Error {
  readonly problem: ProblemDocument;
  readonly status: number;
  /** Not before this; null where the authority named no time. */
  readonly retryAt: number | null;
  /** What was being proved, when a challenge failed. */
  readonly challenge: FailedChallenge | null;

  constructor(
    problem: ProblemDocument,
    status: number,
    retryAt: number | null,
    challenge: FailedChallenge | null = null,
  ) {
    super(`${problemType(problem)}: ${problem.detail}`);
    this.problem = problem;
    this.status = status;
    this.retryAt = retryAt;
    this.challenge = challenge;
  }
}

export interface FailedChallenge {
  readonly name: string;
  readonly type: AcmeChallenge;
  /** Where it was answered, and what the router said about that; `null` when it was answered by an earlier run. */
  readonly way: {
    readonly place: string;
    readonly instead: string | null;
    readonly door: Pick<Door, 'said' | 'byHand'> | null;
  } | null;
}

export const httpPath = '/.well-known/acme-challenge/';

/** What the screens have a field for, and what they have none for. */
export const chosenBy = (flag: string): string => `in Settings, Network, Certificate, or with ${flag}`;
export const flagged = (flag: string): string =>
  `${flag}, when the node is started or by “paracord-node settings change”`;

/** `urn:ietf:params:acme:error:rateLimited` is `rateLimited`. */
export const problemType = ({ type }: { readonly type: string }): string =>
  type.replace(/^urn:ietf:params:acme:error:/, '');

const quoted = (detail: string): string => (detail === '' ? '' : ` It says: “${detail}”`);

const date = (at: number): string => new Date(at).toISOString().replace('T', ' ').slice(0, 16).concat(' UTC');

/** One or two sentences and what to do. `authority` is the directory's host. */
export function explain(failure: AcmeProblem, authority: string): string {
  const { problem, retryAt, challenge } = failure;
  const inner = problem.subproblems[0];
  const type = problemType(problem) === 'compound' && inner ? problemType(inner) : problemType(problem);
  const detail = problem.detail || inner?.detail || '';
  const name = challenge?.name ?? inner?.identifier?.value ?? 'the name';
  const says = quoted(detail);
  switch (type) {
    case 'connection':
    case 'unauthorized':
    case 'incorrectResponse':
    case 'tls':
      if (challenge) return challengeFailed(type, challenge, authority) + says;
      return `${authority} refuses this account or request (${type}).${says}`;
    case 'dns':
      return `${authority} could not look ${name} up. Give it an A or AAAA record with this server’s public address, or wait until a new record is known everywhere.${says}`;
    case 'caa':
      return `The CAA record of ${name} allows other authorities only. Add “0 issue "letsencrypt.org"” (or the name of the authority you use) to its DNS, or remove the record.${says}`;
    case 'rateLimited':
      return `${authority} takes no more orders for now${retryAt === null ? '' : `: rate limited until ${date(retryAt)}`}. Nothing needs to be done; this server tries again by itself then.${says}`;
    case 'rejectedIdentifier':
    case 'unsupportedIdentifier':
      return `${authority} gives no certificate for ${name}. It must be a public domain name, or a public address where the authority certifies those; name another (${chosenBy('--acme-name')}), or let this server make its own certificate.${says}`;
    case 'externalAccountRequired':
      return `${authority} wants an account that was made on its own site first, which is not supported here. Choose another authority (${chosenBy('--acme-directory')}), or get the certificate with another program and give this one its files.${says}`;
    case 'userActionRequired':
      return `${authority} has new terms that need your consent on its site before it goes on.${says}`;
    case 'invalidContact':
    case 'unsupportedContact':
      return `${authority} does not take the mail address it was given. Give another one, or none (${chosenBy('--acme-email')}).${says}`;
    case 'invalidProfile':
      return `${authority} does not offer the profile that certificates for addresses need. Have a domain name certified instead (${chosenBy('--acme-name')}).${says}`;
    case 'serverInternal':
      return `${authority} has trouble of its own. Nothing needs to be done; this server tries again by itself.${says}`;
    default:
      return `${authority} refused (${type}).${says}`;
  }
}

function challengeFailed(
  type: string,
  { name, type: challenge, way }: FailedChallenge,
  authority: string,
): string {
  const port = challenge === 'http-01' ? 80 : 443;
  const place = way?.place ?? (challenge === 'http-01' ? 'this server' : 'the federation listener');
  const lead = way?.door
    ? doorNext(way.door, port, place)
    : `Port ${port} of ${name} must reach ${place}: check the router’s port forwarding, the firewall and the name’s DNS record.`;
  const next = way?.instead ? `${way.instead} ${lead}` : lead;
  if (type === 'connection') return `${authority} could not connect to ${name} on port ${port}. ${next}`;
  return `${authority} reached something else than this server at port ${port} of ${name}. ${next} A proxy in front has to pass ${
    challenge === 'http-01' ? httpPath : 'the TLS connection itself'
  } on.`;
}

function doorNext({ said, byHand }: Pick<Door, 'said' | 'byHand'>, port: number, place: string): string {
  if (!byHand) return said;
  return `${said} Or pass TCP port ${port} on to ${place} in the router’s own settings; if that is done, check the firewall and the name’s DNS record.`;
}

const portOf = ({ host, port }: HostPort): string =>
  `Port ${port} ${host === '0.0.0.0' || host === '::' ? 'of this machine' : `on ${host}`}`;

interface SystemSays {
  readonly code?: string | undefined;
  readonly message: string;
}

const reasonOf = ({ code = '' }: SystemSays): string | null =>
  ({
    EADDRINUSE: 'is used by another program',
    EACCES: 'is for administrators only',
  })[code] ?? null;

/** Why HTTP-01 is answered on another port than the usual one; `null` where another would not help. */
export function instead(error: SystemSays, usual: HostPort, other: HostPort): string | null {
  const reason = reasonOf(error);
  return reason === null
    ? null
    : `${portOf(usual)} ${reason}, so the authority’s question is answered on port ${other.port}.`;
}

/** Why HTTP-01 cannot be answered there, and what to do. */
export function whyNot(error: SystemSays, at: HostPort): string {
  const http = flagged('--acme-http');
  const reason = reasonOf(error);
  if (error.code === 'EADDRNOTAVAIL')
    return `The authority’s question is to be answered on ${at.host}, which is no address of this machine. Choose another (${http}).`;
  if (reason === null)
    return `The authority’s question (HTTP-01) cannot be answered: ${portOf(at)} cannot be listened on (${error.message}).`;
  const stop = error.code === 'EADDRINUSE' ? 'Stop that program, or choose' : 'Choose';
  const passing =
    error.code === 'EADDRINUSE'
      ? `the router pass TCP port 80 on to it, or that program ${httpPath}`
      : 'the router pass TCP port 80 on to it';
  return `${portOf(at)}, where the authority’s question (HTTP-01) is to be answered, ${reason}. ${stop} another port for the answer (${http}), and let ${passing}; or let the authority come to the federation listener by TLS-ALPN-01, which needs port 443 (--acme-challenge tls-alpn-01 likewise).`;
}
