import { parseRoomId } from '../../../../shared/protocol/identifiers.ts';
import type { RecallAnswers } from '../../../recovery/recall-answers.ts';
import type { Callers } from '../callers.ts';
import type { Reads } from '../reads.ts';
import { call, type FederationRoute } from '../request.ts';

export interface RecallDeps {
  readonly recallAnswers: Pick<RecallAnswers, 'answer' | 'invites'>;
}

/** Answers what we know about an asker that lost data (our extension). */
export function recallRoutes(
  { recallAnswers }: RecallDeps,
  callers: Callers,
  reads: Reads,
): FederationRoute[] {
  return [
    // `after`: the `next` of an earlier answer.
    call('GET', '/recall', async (request) => {
      const { origin } = await callers.beyondDraft(request);
      const after = request.query.get('after') ?? '';
      if (after !== '') parseRoomId(after);
      return reads.answerTo(origin, () => ({ status: 200, body: recallAnswers.answer(origin, after) }));
    }),
    // The asker's invites to users of ours.
    call('GET', '/recall/invites', async (request) => {
      const { origin } = await callers.beyondDraft(request);
      return reads.answerTo(origin, () => ({ status: 200, body: recallAnswers.invites(origin) }));
    }),
  ];
}
