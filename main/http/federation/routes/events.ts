import { refusal } from '../../../../shared/words/refusal.ts';
import { said } from '../../../../shared/words/said.ts';
import { tuning } from '../../../config.ts';
import { type TakeReceiptsParts, takeReceipts } from '../../../events/take-receipts.ts';
import type { Tables } from '../../../store/ports.ts';
import type { Authenticated, Authenticator, Terms } from '../authenticate.ts';
import { ByteShares, underWay, whileHolding } from '../byte-shares.ts';
import type { Callers } from '../callers.ts';
import { Pushes, type PushParts } from '../pushes.ts';
import { readAfter } from '../query.ts';
import type { Reads } from '../reads.ts';
import {
  answer,
  call,
  type FederationAnswer,
  type FederationRequest,
  type FederationRoute,
} from '../request.ts';

export interface EventParts extends PushParts, TakeReceiptsParts {
  readonly store: Tables<'events' | 'receipts' | 'writer'>;
  readonly authenticator: Authenticator;
  readonly receipts: { readBy(origin: string, after: number): Promise<string> };
}

/** Events that peers push and read, and who has which. */
export function eventRoutes(parts: EventParts, callers: Callers, reads: Reads): FederationRoute[] {
  const requests = new ByteShares(underWay);
  const pushes = new Pushes(parts);

  async function pushed(
    request: FederationRequest,
    terms: Terms,
    take: (by: Authenticated) => Promise<FederationAnswer>,
  ): Promise<FederationAnswer> {
    if (parts.store.writer.length > tuning.ingestQueueMax)
      throw refusal('RATE_LIMITED', said('wire.busy'), { retryAfterSeconds: 1 });
    const by = await parts.authenticator.authenticate(request, { ...terms, takesQuarantined: true });
    return whileHolding(requests, by.origin, by.text.length, () => take(by));
  }

  return [
    call('POST', '/event', (request) => pushed(request, {}, (by) => pushes.one(by))),
    call('GET', '/event/:event_id', async (request) => {
      const { origin } = await callers.of(request);
      return reads.event(origin, request);
    }),
    call('GET', '/events', async (request) => {
      const { origin } = await callers.of(request, { isBeyondDraft: request.query.has('since') });
      return reads.events(origin, request);
    }),
    // Many at once (our extension).
    call('POST', '/events', (request) => pushed(request, { isBeyondDraft: true }, (by) => pushes.many(by))),
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
      return answer(200, { taken: await takeReceipts(parts, by.origin, by.text) });
    }),
    // The same for an asker that can't be called; `after` as for its queue.
    call('GET', '/receipts', async (request) => {
      const { origin } = await callers.beyondDraft(request);
      const after = readAfter(request.query.get('after'));
      const body = await parts.receipts.readBy(origin, after);
      return reads.answerTo(origin, () => ({ status: 200, body }));
    }),
  ];
}
