import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { type Api, contract, type ProcedureName } from '../../../shared/api/contract.ts';
import { ProtocolError } from '../../../shared/protocol/errors.ts';
import { refusal, refusalBody } from '../../../shared/words/refusal.ts';
import { said } from '../../../shared/words/said.ts';
import { wordsIn } from '../../../shared/words/words.ts';
import { sha256Hex } from '../../crypto/ed25519.ts';
import { discardRest, readBody } from '../../kernel/body.ts';
import type { Clock } from '../../kernel/ports.ts';
import type { FederationAnswer, FederationRequest } from '../federation/request.ts';
import { type Carriers, carriedBytesMax, carriedTarget, carryTarget } from './carriers.ts';
import { FrameReader, writeFrame } from './frames.ts';
import { Proofs, proofHeader } from './proof.ts';
import { type AnswerHead, type PushHead, pushesTarget } from './push-batches.ts';
import { checked } from './switching.ts';

/** Where a standby calls a procedure of the control API for its owner. What is in no target of `own` is a peer's request. */
export const callTarget = '/between-nodes/call';

/** What a standby sends there. It has checked who calls, and what they may do. */
export interface ForwardedCall {
  readonly procedure: ProcedureName;
  readonly input: unknown;
  readonly language: string;
}

export interface LeaderSideOptions {
  /** `betweenNodesKey` of the shared identity. */
  readonly key: Buffer;
  /** Of this lead. */
  readonly token: number;
  readonly clock: Clock;
  /** Answers peers. */
  readonly federation: RequestListener;
  /** Answers the pushes of peers that a standby has read and verified. Never rejects. */
  readonly push: (request: FederationRequest) => Promise<FederationAnswer>;
  readonly carriers: Pick<Carriers, 'open' | 'carried'>;
  readonly apiIn: (language: string) => Api;
  /** Asked before and after each call; throws what to answer instead. */
  readonly mayAnswer: () => void;
  readonly log: { error(details: object, message: string): void };
}

const bodyBytesMax = 4 * 1024 * 1024;

/** Answers a request of a standby, of which body and proof have been checked. */
type Answer = (options: LeaderSideOptions, body: Buffer, response: ServerResponse) => Promise<void>;

const own = new Map<string, Answer>([
  [callTarget, answerCall],
  [pushesTarget, answerPushes],
  [carryTarget, async ({ carriers }, _, response) => carriers.open(response)],
  [carriedTarget, answerCarried],
]);

/** Answers the standbys of this leader, and nobody else. */
export function createLeaderSide(options: LeaderSideOptions): RequestListener {
  const { key, token, clock, federation } = options;
  const proofs = new Proofs(key, clock);
  const check = (request: IncomingMessage): string => {
    const header = request.headersDistinct[proofHeader]?.[0];
    const { method = '', url: target = '' } = request;
    const bodyHash = proofs.accept(header, { token, method, target });
    if (bodyHash === null) throw notOurs();
    return bodyHash;
  };
  const answerOwn = async (request: IncomingMessage, response: ServerResponse, answer: Answer) => {
    const bodyHash = check(request);
    const body = await readBody(request, request.url === carriedTarget ? carriedBytesMax : bodyBytesMax);
    if (sha256Hex(body) !== bodyHash) throw notOurs();
    await answer(options, body, response);
  };
  return (request, response) => {
    const answer = own.get(request.url ?? '');
    if (answer !== undefined) {
      answerOwn(request, response, answer).catch((error: unknown) => {
        discardRest(request, bodyBytesMax);
        refuse(response, error, 'en');
      });
      return;
    }
    try {
      check(request);
    } catch (error) {
      // Not an answer to the peer, for which it would be final.
      response.setHeader(proofHeader, 'refused');
      refuse(response, error, 'en');
      return;
    }
    federation(request, response);
  };
}

/** Each is answered as soon as its answer is known, because one may wait for another that comes in a later batch. */
async function answerPushes(
  { push }: LeaderSideOptions,
  body: Buffer,
  response: ServerResponse,
): Promise<void> {
  let answers: Buffer[] = [];
  const flush = (): void => {
    if (answers.length > 0 && !response.destroyed) response.write(Buffer.concat(answers));
    answers = [];
  };
  const answered = (at: number, { status, headers = {}, body }: FederationAnswer): void => {
    const head: AnswerHead = { at, status, headers };
    // Those of one transaction are known in the same turn, and leave together.
    if (answers.push(writeFrame(head, Buffer.from(body))) === 1) setImmediate(flush);
  };
  const pushes = new FrameReader().read(body);
  await Promise.all(
    pushes.map(async ({ head, body }, at) => answered(at, await push(requestOf(head as PushHead, body)))),
  );
  flush();
  response.end();
}

const requestOf = ({ target, headers, from, verified }: PushHead, body: Buffer): FederationRequest => ({
  ...{ method: 'POST', target, from, verified, params: {} },
  header: (name) => headers[name] ?? [],
  query: new URLSearchParams(),
  body: async () => body,
});

async function answerCarried(
  { carriers }: LeaderSideOptions,
  body: Buffer,
  response: ServerResponse,
): Promise<void> {
  carriers.carried(new FrameReader().read(body));
  send(response, 200, {});
}

async function answerCall(
  { apiIn, mayAnswer, log }: LeaderSideOptions,
  body: Buffer,
  response: ServerResponse,
): Promise<void> {
  const { procedure, input, language } = JSON.parse(body.toString()) as ForwardedCall;
  if (!Object.hasOwn(contract, procedure)) throw notOurs();
  try {
    checked(mayAnswer, 'no_leader');
    const answer = await (apiIn(language)[procedure] as (input: unknown) => Promise<unknown>)(input);
    checked(mayAnswer, 'leader_unsure');
    send(response, 200, answer);
  } catch (error) {
    if (!(error instanceof ProtocolError)) log.error({ err: error, procedure }, 'a call of a standby failed');
    refuse(response, error, language);
  }
}

const notOurs = (): ProtocolError => refusal('FORBIDDEN', said('standby.not_ours'));

/** Answers a standby that still believes that this node leads. Nothing of it is for a peer. */
export function refuseToLead(response: ServerResponse): void {
  response.setHeader(proofHeader, 'refused');
  const details = { reason: 'no_leader' } as const;
  refuse(
    response,
    refusal('SERVICE_UNAVAILABLE', said('standby.no_leader'), { retryAfterSeconds: 2, details }),
    'en',
  );
}

function refuse(response: ServerResponse, error: unknown, language: string): void {
  const { status, body } = refusalBody(wordsIn(language), error);
  const { retryAfterSeconds } = error as Partial<ProtocolError>;
  if (retryAfterSeconds !== undefined) response.setHeader('retry-after', String(retryAfterSeconds));
  send(response, status, body);
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.statusCode = status;
  response.setHeader('content-type', 'application/json; charset=utf-8');
  response.end(JSON.stringify(body));
}
