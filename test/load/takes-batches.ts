import { extensions } from '../../shared/protocol/extensions.ts';
import type { RawPeer } from '../support/parties/raw-peer.ts';

/** Lets a hand-made peer accept events one by one and many at a time, as Paracord Node does. */
export function takesBatches(peer: RawPeer, arrived: (eventId: string) => void = () => {}): void {
  peer.extensions = extensions;
  peer.handlers.set('/event', ({ body }) => {
    arrived((JSON.parse(body) as { event_id: string }).event_id);
    return { status: 202, body: { inserted: true } };
  });
  const read = peer.handlers.get('/events');
  peer.handlers.set('/events', (request) => {
    if (request.method === 'GET') return read?.(request) ?? { status: 200, body: { events: [] } };
    const { events } = JSON.parse(request.body) as {
      readonly events: readonly { readonly event: { readonly event_id: string } }[];
    };
    for (const { event } of events) arrived(event.event_id);
    return {
      status: 200,
      body: { results: events.map(() => ({ status: 202, answer: { inserted: true } })) },
    };
  });
}
