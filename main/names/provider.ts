import { said, saidOf } from '../../shared/words/said.ts';
import type { Clock } from '../kernel/ports.ts';
import { ChallengeBlocked } from '../tls/acme/challenge/responders.ts';
import { type Answer, type Request, retryAfterMs, type Transport, Unreachable } from '../tls/transport.ts';

/** Serves the records of a name, and takes our changes. Everything rejects with NameProblem. */
export interface DnsProvider {
  /** Makes this the only address of the name, or removes every address. */
  point(address: string | null): Promise<void>;
  /** The address from which the provider sees our requests; `null` if it can't tell. */
  outside(): Promise<string | null>;
  /** The text of the record that proves the name to a certificate authority; `null` removes it. */
  prove(text: string | null): Promise<void>;
}

/** The provider said no, or didn't answer. So it can't help to answer a challenge, either. */
export class NameProblem extends ChallengeBlocked {}

/** A provider with an API over HTTPS needs these. */
export interface HttpsProviderDeps {
  readonly name: string;
  readonly token: string;
  readonly transport: Transport;
  readonly clock: Pick<Clock, 'now'>;
  readonly signal: AbortSignal;
}

/** One request to a provider. Common refusals become a NameProblem; the rest is returned. */
export async function ask(
  { transport, clock, signal }: Pick<HttpsProviderDeps, 'transport' | 'clock' | 'signal'>,
  provider: string,
  request: Omit<Request, 'signal'>,
): Promise<Answer> {
  const answer = await transport({ ...request, signal }).catch((error: unknown) => {
    if (!(error instanceof Unreachable)) throw error;
    throw new NameProblem(said('kept_name.unreachable', { provider, why: saidOf(error) }));
  });
  const waitMs = retryAfterMs(answer, clock);
  const retryAt = waitMs === null ? null : clock.now() + waitMs;
  if (answer.status === 429) throw new NameProblem(said('kept_name.too_many', { provider }), retryAt);
  if (answer.status >= 500)
    throw new NameProblem(said('kept_name.out_of_order', { provider, status: answer.status }), retryAt);
  return answer;
}
