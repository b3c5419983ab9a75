/** Explains why an authority refuses, with the next step. Pure functions of its problem documents. */

import * as v from 'valibot';
import type { AcmeChallenge } from '../../../shared/api/contract/tls.ts';
import { plainText } from '../../../shared/protocol/coding/plain-text.ts';
import type { Value } from '../../../shared/words/messages.ts';
import { type Said, said, sentences } from '../../../shared/words/said.ts';
import type { HostPort } from '../../config.ts';
import type { ChallengePort } from './challenge/challenge-port.ts';

/** An authority may say anything, and quotes what it found at our address, so only one short line of it is used. */
export const line = (charsMax: number) =>
  v.pipe(
    v.string(),
    v.transform((text) => plainText(text, charsMax)),
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
  /** The earliest time of a retry; null if the authority gave none. */
  readonly retryAt: number | null;
  /** The name in question, if a challenge failed. */
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
  /** The place where it was answered, and what the router said about it; `null` if an earlier run answered it. */
  readonly way: {
    readonly place: Said;
    readonly instead: Said | null;
    readonly challengePort: Pick<ChallengePort, 'said' | 'byHand'> | null;
  } | null;
}

export const httpPath = '/.well-known/acme-challenge/';

/** Choices for which the screens have a field, and those for which they have none. */
export const chosenBy = (flag: string): Said => said('acme.chosen', { flag });
export const flagged = (flag: string): Said => said('acme.flagged', { flag });

/** `urn:ietf:params:acme:error:rateLimited` is `rateLimited`. */
export const problemType = ({ type }: { readonly type: string }): string =>
  type.replace(/^urn:ietf:params:acme:error:/, '');

/** Says what happened and what to do. `authority` is the directory's host. */
export function explain(failure: AcmeProblem, authority: string): Said {
  const { problem, retryAt, challenge } = failure;
  const inner = problem.subproblems[0];
  const type = problemType(problem) === 'compound' && inner ? problemType(inner) : problemType(problem);
  const quote = problem.detail || inner?.detail || '';
  const name = challenge?.name ?? inner?.identifier?.value ?? said('acme.the_name');
  const text = meaning(type, { authority, name, retryAt, challenge });
  return quote === '' ? text : said('acme.says', { text, quote });
}

interface ProblemContext {
  readonly authority: string;
  readonly name: Value;
  readonly retryAt: number | null;
  readonly challenge: FailedChallenge | null;
}

function meaning(type: string, { authority, name, retryAt, challenge }: ProblemContext): Said {
  switch (type) {
    case 'connection':
    case 'unauthorized':
    case 'incorrectResponse':
    case 'tls':
      return challenge
        ? challengeFailed(type, challenge, authority)
        : said('acme.account_refused', { authority, type });
    case 'dns':
      return challenge?.type === 'dns-01'
        ? said('acme.dns_proof', { authority, name })
        : said('acme.dns', { authority, name });
    case 'caa':
      return said('acme.caa', { name });
    case 'rateLimited':
      return retryAt === null
        ? said('acme.rate_limited', { authority })
        : said('acme.rate_limited_until', { authority, at: retryAt });
    case 'rejectedIdentifier':
    case 'unsupportedIdentifier':
      return said('acme.identifier', { authority, name, how: chosenBy('--acme-name') });
    case 'externalAccountRequired':
      return said('acme.external_account', { authority, how: chosenBy('--acme-directory') });
    case 'userActionRequired':
      return said('acme.user_action', { authority });
    case 'invalidContact':
    case 'unsupportedContact':
      return said('acme.contact', { authority, how: chosenBy('--acme-email') });
    case 'invalidProfile':
      return said('acme.profile', { authority, how: chosenBy('--acme-name') });
    case 'serverInternal':
      return said('acme.internal', { authority });
    default:
      return said('acme.refused', { authority, type });
  }
}

function challengeFailed(
  type: string,
  { name, type: challenge, way }: FailedChallenge,
  authority: string,
): Said {
  if (challenge === 'dns-01') return said('acme.dns_proof', { authority, name });
  const port = challenge === 'http-01' ? 80 : 443;
  const place = way?.place ?? (challenge === 'http-01' ? said('acme.this_server') : said('acme.listener'));
  const lead = way?.challengePort
    ? challengePortNext(way.challengePort, port, place)
    : said('acme.must_reach', { port, name, place });
  const next = way?.instead ? sentences(way.instead, lead) : lead;
  if (type === 'connection') return said('acme.not_connected', { authority, name, port, next });
  const what = challenge === 'http-01' ? httpPath : said('acme.tls_itself');
  return said('acme.other_there', { authority, name, port, next, what });
}

const challengePortNext = (
  challengePort: Pick<ChallengePort, 'said' | 'byHand'>,
  port: number,
  place: Said,
): Said =>
  challengePort.byHand
    ? said('acme.or_forward', { text: challengePort.said, port, place })
    : challengePort.said;

/** Names the address if it isn't one for all of this computer's addresses: there may be a proxy in front. */
export const portText = ({ host, port }: HostPort): Said =>
  host === '0.0.0.0' || host === '::'
    ? said('acme.port_here', { port })
    : said('acme.port_at', { host, port });

interface SystemSays {
  readonly code?: string | undefined;
  readonly message: string;
}

/** Why HTTP-01 is answered on a port other than 80; `null` if no other port would help. */
export function instead({ code }: SystemSays, usual: HostPort, other: HostPort): Said | null {
  const ports = { port: portText(usual), other: other.port };
  if (code === 'EADDRINUSE') return said('acme.port_used_instead', ports);
  return code === 'EACCES' ? said('acme.port_denied_instead', ports) : null;
}

/** Why HTTP-01 cannot be answered there, and what to do. */
export function whyNot({ code, message }: SystemSays, at: HostPort): Said {
  const how = flagged('--acme-http');
  const port = portText(at);
  switch (code) {
    case 'EADDRNOTAVAIL':
      return said('acme.not_our_address', { host: at.host, how });
    case 'EADDRINUSE':
      return said('acme.port_used', { port, how, path: httpPath });
    case 'EACCES':
      return said('acme.port_denied', { port, how });
    default:
      return said('acme.not_listening', { port, detail: message });
  }
}
