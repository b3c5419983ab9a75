import { limits } from '../../../shared/protocol/limits.ts';
import type { Callee, FederationClient, SignedCall } from '../../client/federation-client.ts';
import type { HttpResult } from '../../client/http.ts';
import { tuning } from '../../config.ts';
import type { Clock } from '../../kernel/ports.ts';
import { passed } from '../../kernel/timers.ts';
import type { Rate, RateLimiter } from '../../trust/limits/rate-limiter.ts';
import { retryAfterMs } from '../waits.ts';
import { isTooLarge } from './catch-up-page.ts';

/** How long one call waits in all for a server that says we are too fast. After that, the next round asks again. */
const waitMsMax = 120_000;
/** The shortest wait; doubles each time, in case the server means less than it says. */
const waitMsMin = 1_000;

export interface PatientDeps {
  readonly client: Pick<FederationClient, 'call'>;
  readonly clock: Clock;
  /** The bytes that may be read from each server. */
  readonly readBudget: RateLimiter;
}

const { perMinute, burst } = limits.peerBytes;
const readRate: Rate = { requests_per_minute: perMinute, burst };

/**
 * One call of a reading. A server that limits our rate says when to continue, and then the reading goes on with the same
 * page. Ending it would mean fetching pages again that aren't confirmed yet, which uses up the next minute's allowance.
 * The call also waits if more was read from the server than we read from one server.
 */
export async function patientCall(
  { client, clock, readBudget }: PatientDeps,
  callee: Callee & { readonly server: string },
  call: SignedCall & { readonly signal: AbortSignal },
): Promise<HttpResult> {
  const { server } = callee;
  const waited = (ms: number) =>
    passed(clock, ms, call.signal).then(
      () => true,
      () => false,
    );
  for (let left = waitMsMax, least = waitMsMin; ; least *= 2) {
    for (
      let budget = readBudget.look(server, readRate);
      !budget.ok;
      budget = readBudget.look(server, readRate)
    )
      if (!(await waited(budget.retryAfterSeconds * 1000))) return { kind: 'aborted' };
    const answer = await client.call(callee, call);
    readBudget.charge(server, bytesOf(answer));
    if (answer.kind !== 'answer' || answer.status !== 429) return answer;
    const asked = retryAfterMs(answer.headers.retryAfter, clock.now());
    const wait = Math.max(asked ?? Number.POSITIVE_INFINITY, least);
    if (wait > left) return answer;
    left -= wait;
    if (!(await waited(wait))) return { kind: 'aborted' };
  }
}

/** Counts what was read of an answer: all that we accept, if it was longer. */
function bytesOf(answer: HttpResult): number {
  if (answer.kind === 'answer') return Buffer.byteLength(answer.body);
  return isTooLarge(answer) ? tuning.eventsAnswerBytesMax : 0;
}
