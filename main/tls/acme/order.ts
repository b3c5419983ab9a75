import { type AcmeChallenge, acmeChallenges } from '../../../shared/api/contract/tls.ts';
import { listed, type Said, said } from '../../../shared/words/said.ts';
import { type BackOff, backOffMs } from '../../kernel/back-off.ts';
import type { Clock } from '../../kernel/ports.ts';
import { passed } from '../../kernel/timers.ts';
import { chooseChallenge, chooseProfile, type Identifier, type ListenPorts } from '../identifiers.ts';
import { factsOf, pairProblem } from '../pair.ts';
import { Unreachable } from '../transport.ts';
import { makeSigningRequest } from '../x509.ts';
import { ChallengeBlocked, type Published, type Responders } from './challenge/responders.ts';
import type { AcmeClient, Authorization, Order } from './client.ts';
import { type AccountKey, keyAuthorization } from './jws.ts';
import { AcmeProblem, chosenBy, flagged, problemType } from './problems.ts';

interface OrderWork {
  readonly client: AcmeClient;
  readonly accountKey: AccountKey;
  readonly names: readonly Identifier[];
  /** PEM: the key the certificate is for. */
  readonly key: string;
  readonly wanted: AcmeChallenge | null;
  readonly ports: ListenPorts;
  readonly responders: Responders;
  /** The certificate that this one replaces, as identified in renewal information. */
  readonly replaces: string | null;
  /** The address of an order that an earlier run started for the same names. */
  readonly begun: string | null;
  readonly keepOrder: (url: string | null) => void;
  readonly tell: (step: Said) => void;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const polling: BackOff = { firstMs: 250, maxMs: 10_000 };
const patienceMs = 3 * 60_000;

/** Obtains a certificate chain in PEM for names (RFC 8555, 7.1). Continues an order that was started. */
export async function obtain(work: OrderWork): Promise<string> {
  const begun = await resumed(work);
  const { url, order } = begun ?? (await begin(work));
  if (!begun) work.keepOrder(url);
  let now = order;
  if (now.status === 'pending') {
    const unproved = new Set(work.names);
    for (const each of now.authorizations) await prove(work, each, unproved);
    now = await pollOrder(work, url, ['pending']);
  }
  if (now.status === 'ready') {
    work.tell(said('acme.step_certificate'));
    now = await work.client.finalize(now, await makeSigningRequest(work.key, work.names));
  }
  if (now.status === 'processing') now = await pollOrder(work, url, ['processing']);
  if (now.status === 'invalid' || now.certificate === undefined) {
    work.keepOrder(null);
    throw now.error ? new AcmeProblem(now.error, 200, null) : new Unreachable(said('acme.why_no_reason'));
  }
  const cert = await work.client.certificate(now.certificate);
  work.keepOrder(null);
  refuseUnfit(work, cert);
  return cert;
}

/** A started order is used as long as it can still succeed. */
async function resumed({
  begun,
  client,
  keepOrder,
}: OrderWork): Promise<{ url: string; order: Order } | null> {
  if (begun === null) return null;
  try {
    const { order } = await client.order(begun);
    if (order.status !== 'invalid') return { url: begun, order };
  } catch (error) {
    if (!(error instanceof AcmeProblem) || error.status >= 500 || error.status === 429) throw error;
  }
  keepOrder(null);
  return null;
}

async function begin({ client, names, replaces, tell }: OrderWork): Promise<{ url: string; order: Order }> {
  tell(said('acme.step_order'));
  const { meta, renewalInfo } = await client.directory();
  const profile = chooseProfile(names, meta.profiles ?? {});
  const predecessor = renewalInfo === undefined ? null : replaces;
  try {
    return await client.newOrder(names, { profile, replaces: predecessor });
  } catch (error) {
    // If the old certificate is unknown there, or replaced already, the order is placed without it.
    const refused = error instanceof AcmeProblem && error.status < 429 && predecessor !== null;
    if (!refused || !/^(alreadyReplaced|malformed|conflict)$/.test(problemType(error.problem))) throw error;
    return client.newOrder(names, { profile, replaces: null });
  }
}

/** A list of authorizations that we didn't ask for could keep this node busy for days. */
function unasked({ keepOrder }: OrderWork): Unreachable {
  keepOrder(null);
  return new Unreachable(said('acme.why_unasked'));
}

async function prove(work: OrderWork, url: string, unproved: Set<Identifier>): Promise<void> {
  const { client, responders, accountKey } = work;
  const { authorization } = await client.authorization(url);
  const asked = authorization.identifier;
  const identifier = [...unproved].find(
    ({ type, value }) => type === asked.type && value === asked.value.toLowerCase(),
  );
  if (identifier === undefined) throw unasked(work);
  unproved.delete(identifier);
  if (authorization.status === 'valid') return;
  const name = identifier.value;
  const offered = authorization.challenges.map(({ type }) => type);
  const type = chooseChallenge(offered, work.wanted, work.ports);
  const challenge = authorization.challenges.find((each) => each.type === type);
  if (type === null || challenge?.token === undefined) {
    throw new ChallengeBlocked(
      said('acme.no_challenge', {
        name,
        offered: offered.length === 0 ? said('acme.nothing_offered') : listed(offered),
        wanted: work.wanted ?? 'none',
        how: flagged('--acme-challenge'),
        files: chosenBy('--tls files'),
      }),
    );
  }
  if (authorization.status !== 'pending') throw refusal(work, authorization, type, null);
  work.tell(said('acme.step_prove', { name, type }));
  const published = await responders[type].publish({
    identifier,
    token: challenge.token,
    keyAuthorization: keyAuthorization(accountKey, challenge.token),
  });
  try {
    if (challenge.status === 'pending') await client.respond(challenge.url);
    await pollAuthorization(work, url, type, published);
  } finally {
    await published.withdraw();
  }
}

async function pollAuthorization(
  work: OrderWork,
  url: string,
  type: AcmeChallenge,
  published: Published,
): Promise<void> {
  await poll(work, async () => {
    const { authorization, waitMs } = await work.client.authorization(url);
    if (authorization.status === 'valid') return { done: true as const };
    if (authorization.status !== 'pending') throw refusal(work, authorization, type, published);
    return { waitMs };
  });
}

function refusal(
  work: OrderWork,
  { identifier, challenges, status }: Authorization,
  type: AcmeChallenge,
  published: Published | null,
): Error {
  work.keepOrder(null);
  const failed = challenges.find(({ error }) => error !== undefined);
  if (!failed?.error) return new Unreachable(said('acme.why_proof', { name: identifier.value, status }));
  const failedType = acmeChallenges.find((one) => one === failed.type) ?? type;
  return new AcmeProblem(failed.error, 200, null, {
    name: identifier.value,
    type: failedType,
    way: failedType === type ? published : null,
  });
}

async function pollOrder(work: OrderWork, url: string, while_: readonly Order['status'][]): Promise<Order> {
  let last: Order | undefined;
  await poll(work, async () => {
    const { order, waitMs } = await work.client.order(url);
    last = order;
    return while_.includes(order.status) ? { waitMs } : { done: true as const };
  });
  return last as Order;
}

/** Polls until it is done, at the authority's pace or more and more slowly, for three minutes at most. */
async function poll(
  { clock, signal }: OrderWork,
  ask: () => Promise<{ done: true } | { waitMs: number | null }>,
): Promise<void> {
  const end = clock.now() + patienceMs;
  for (let asked = 1; ; asked++) {
    const answer = await ask();
    if ('done' in answer) return;
    if (clock.now() >= end) throw new Unreachable(said('acme.why_slow'));
    await passed(clock, Math.min(answer.waitMs ?? backOffMs(polling, asked), polling.maxMs), signal);
  }
}

function refuseUnfit({ key, names, clock }: OrderWork, cert: string): void {
  const problem = pairProblem({ cert, key });
  if (problem !== null) throw new Unreachable(said('acme.why_unusable', { detail: problem }));
  const facts = factsOf(cert);
  const missing = names.find(({ value }) => !facts.names.includes(value));
  if (missing) throw new Unreachable(said('acme.why_other_name', { name: missing.value }));
  if (facts.validUntil <= clock.now()) throw new Unreachable(said('acme.why_expired'));
}
