import type { HttpResult } from '../../client/http.ts';

/** Reads an event that can't exist: a server that knows us answers 404, any other refuses. */
export const knownQuestion = { method: 'GET', path: '/event/$0:check.invalid' } as const;

/** Whether its answer to `knownQuestion` shows that it knows us; null if that is unclear. */
export function knows(result: HttpResult): boolean | null {
  if (result.kind !== 'answer') return null;
  if (result.status === 404 && isJson(result.body)) return true;
  return result.status === 401 || result.status === 403 ? false : null;
}

/** A proxy answers for a server that is down; JSON comes from the server itself. */
export const isJson = (body: string): boolean => {
  try {
    return typeof JSON.parse(body) === 'object';
  } catch {
    return false;
  }
};
