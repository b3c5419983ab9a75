import { type Api, contract, type ProcedureName } from '../../../shared/api/contract.ts';
import { ProtocolError } from '../../../shared/protocol/errors.ts';
import type { CallReason } from '../../../shared/protocol/reasons.ts';
import type { Place } from '../../kernel/lead.ts';

/** `no_leader`: nothing was done. `leader_unsure`: nobody knows whether it was done. */
type SwitchReason = Extract<CallReason, 'no_leader' | 'leader_unsure'>;

/** Asks `check` whether to answer, and tells the caller whether it may simply call again. */
export function checked(check: () => void, reason: SwitchReason): void {
  try {
    check();
  } catch (error) {
    if (!(error instanceof ProtocolError) || error.code !== 'SERVICE_UNAVAILABLE') throw error;
    const { code, message, said, retryAfterSeconds } = error;
    throw new ProtocolError(code, message, {
      details: { reason },
      ...(said && { said }),
      ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    });
  }
}

/** Checks before a call and again before its answer. */
export const apiWhileLeading = (api: Api, { lead, mayRead }: Place): Api =>
  Object.fromEntries(
    Object.entries(api).map(([name, call]) => [
      name,
      async (input: never) => {
        const check = contract[name as ProcedureName].method === 'GET' ? mayRead : lead.check;
        checked(check, 'no_leader');
        const answer = await (call as (input: never) => Promise<unknown>)(input);
        checked(check, 'leader_unsure');
        return answer;
      },
    ]),
  ) as Api;
