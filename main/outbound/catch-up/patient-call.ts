import type { Callee, FederationClient, SignedCall } from '../../client/federation-client.ts';
import type { HttpResult } from '../../client/http.ts';
import type { Clock } from '../../kernel/ports.ts';
import { passed } from '../../kernel/timers.ts';
import { retryAfterMs } from '../waits.ts';

/** How long one call waits in all for a server that says we are too fast. After that, the next round asks again. */
const waitMsMax = 120_000;
/** The shortest wait; doubles each time, in case the server means less than it says. */
const waitMsMin = 1_000;

/**
 * One call of a reading. A server that limits our rate says when to continue, and then the reading goes on with the same
 * page. Ending it would mean fetching pages again that aren't confirmed yet, which uses up the next minute's allowance.
 */
export async function patientCall(
  { client, clock }: { readonly client: Pick<FederationClient, 'call'>; readonly clock: Clock },
  callee: Callee,
  call: SignedCall & { readonly signal: AbortSignal },
): Promise<HttpResult> {
  for (let left = waitMsMax, least = waitMsMin; ; least *= 2) {
    const answer = await client.call(callee, call);
    if (answer.kind !== 'answer' || answer.status !== 429) return answer;
    const asked = retryAfterMs(answer.headers.retryAfter, clock.now());
    const wait = Math.max(asked ?? Number.POSITIVE_INFINITY, least);
    if (wait > left) return answer;
    left -= wait;
    try {
      await passed(clock, wait, call.signal);
    } catch {
      return { kind: 'aborted' };
    }
  }
}
