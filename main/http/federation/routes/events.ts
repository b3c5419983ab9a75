import { type TakeReceiptsDeps, takeReceipts } from '../../../events/take-receipts.ts';
import type { Callers } from '../callers.ts';
import { readAfter } from '../query.ts';
import type { Reads } from '../reads.ts';
import { answer, call, type FederationRoute } from '../request.ts';

export interface EventDeps extends TakeReceiptsDeps {
  readonly receipts: { readBy(origin: string, after: number): Promise<string> };
}

/** Events that peers read, and who has which. */
export function eventRoutes(deps: EventDeps, callers: Callers, reads: Reads): FederationRoute[] {
  return [
    call('GET', '/event/:event_id', async (request) => {
      const { origin } = await callers.of(request);
      return reads.event(origin, request);
    }),
    call('GET', '/events', async (request) => {
      const { origin } = await callers.of(request, { isBeyondDraft: request.query.has('since') });
      return reads.events(origin, request);
    }),
    call('GET', '/digest', async (request) => {
      const { origin } = await callers.beyondDraft(request);
      return reads.digest(origin, request);
    }),
    call('GET', '/queue', async (request) => {
      const { origin } = await callers.beyondDraft(request);
      return reads.queue(origin, request);
    }),
    // A room's home reports who has our events (our extension).
    call('POST', '/receipts', async (request) => {
      const by = await callers.beyondDraft(request);
      return answer(200, { taken: await takeReceipts(deps, by.origin, by.text) });
    }),
    // The same for an asker that can't be called; `after` as for its queue.
    call('GET', '/receipts', async (request) => {
      const { origin } = await callers.beyondDraft(request);
      const after = readAfter(request.query.get('after'));
      const body = await deps.receipts.readBy(origin, after);
      return reads.answerTo(origin, () => ({ status: 200, body }));
    }),
  ];
}
