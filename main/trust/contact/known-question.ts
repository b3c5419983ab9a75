import { type HttpResult, isRefusal } from '../../client/http.ts';

/** Reads an event that can't exist: a server that knows us answers 404, any other refuses. */
export const knownQuestion = { method: 'GET', path: '/event/$0:check.invalid' } as const;

/** Whether its answer to `knownQuestion` shows that it knows us; null if that is unclear, or another program answered. */
export function knows(result: HttpResult): boolean | null {
  if (result.kind !== 'answer' || !isRefusal(result.body)) return null;
  if (result.status === 404) return true;
  return result.status === 401 || result.status === 403 ? false : null;
}
