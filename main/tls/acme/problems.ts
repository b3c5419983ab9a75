/** What an authority refuses, in words, with the next thing to do: pure functions of its problem documents. */
import * as v from 'valibot';
import type { AcmeChallenge } from '../../../shared/api/tls.ts';

/** RFC 7807, as RFC 8555 section 6.7 uses it. */
export const ProblemDocument = v.object({
  type: v.optional(v.string(), 'about:blank'),
  detail: v.optional(v.string(), ''),
  subproblems: v.optional(
    v.array(
      v.object({
        type: v.optional(v.string(), 'about:blank'),
        detail: v.optional(v.string(), ''),
        identifier: v.optional(v.object({ type: v.string(), value: v.string() })),
      }),
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
}

/** `urn:ietf:params:acme:error:rateLimited` is `rateLimited`. */
export const problemType = ({ type }: { readonly type: string }): string =>
  type.replace(/^urn:ietf:params:acme:error:/, '');

const detailCharsMax = 300;
/** An authority quotes what it found at our address: one line of it, and not much. */
const quoted = (detail: string): string => {
  const line = detail
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, detailCharsMax);
  return line === '' ? '' : ` It says: “${line}”`;
};

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
      return `${authority} gives no certificate for ${name}. It must be a public domain name, or a public address where the authority certifies those; name another with --acme-name, or use --tls self-signed.${says}`;
    case 'externalAccountRequired':
      return `${authority} wants an account that was made on its own site first, which is not supported here. Use another authority with --acme-directory, or another program for the certificate and --tls files.${says}`;
    case 'userActionRequired':
      return `${authority} has new terms that need your consent on its site before it goes on.${says}`;
    case 'invalidContact':
    case 'unsupportedContact':
      return `${authority} does not take the address given with --acme-email. Give another one, or none.${says}`;
    case 'invalidProfile':
      return `${authority} does not offer the profile that certificates for addresses need. Use a domain name with --acme-name instead.${says}`;
    case 'serverInternal':
      return `${authority} has trouble of its own. Nothing needs to be done; this server tries again by itself.${says}`;
    default:
      return `${authority} refused (${type}).${says}`;
  }
}

function challengeFailed(
  type: string,
  { name, type: challenge }: FailedChallenge,
  authority: string,
): string {
  const port = challenge === 'http-01' ? 80 : 443;
  const target =
    challenge === 'http-01'
      ? 'the address given with --acme-http (by default port 80 of this machine)'
      : 'the federation listener (--listen)';
  const way = `Port ${port} of ${name} must reach ${target}: check the router’s port forwarding, the firewall and the name’s DNS record.`;
  if (type === 'connection') return `${authority} could not connect to ${name} on port ${port}. ${way}`;
  return `${authority} reached something else than this server at port ${port} of ${name}. ${way} A proxy in front has to pass ${
    challenge === 'http-01' ? '/.well-known/acme-challenge/' : 'the TLS connection itself'
  } on.`;
}
