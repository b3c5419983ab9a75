import type { Listed } from '../../../rooms/listed.ts';
import type { Callers } from '../callers.ts';
import type { Reads } from '../reads.ts';
import { answer, call, type FederationRoute } from '../request.ts';

export interface DirectoryDeps {
  readonly listed: Pick<Listed, 'answer' | 'hasUser'>;
}

/** Users and rooms that peers may find (our extension). */
export function directoryRoutes(
  { listed }: DirectoryDeps,
  callers: Callers,
  reads: Reads,
): FederationRoute[] {
  return [
    call('GET', '/directory', async (request) => {
      const { origin } = await callers.beyondDraft(request);
      const listing = listed.answer(origin);
      return reads.answerTo(origin, () => answer(200, listing));
    }),
    // Whether a user of ours exists, so that they can be invited.
    call('GET', '/directory/user', async (request) => {
      const { origin } = await callers.beyondDraft(request);
      return answer(200, { exists: listed.hasUser(origin, request.query.get('user_id') ?? '') });
    }),
  ];
}
