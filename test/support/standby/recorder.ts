import type { TestContext } from 'node:test';
import { extensions } from '../../../shared/protocol/extensions.ts';
import { RawPeer } from '../parties/raw-peer.ts';
import { until } from '../until.ts';
import type { Called } from './mixed-writers.ts';

interface Received {
  readonly event_id: string;
  readonly room_id: string;
  readonly depth: number;
  readonly origin_server: string;
  readonly signatures: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** A node that starts or ends can't answer. */
const insist = <T>(call: () => Promise<T>): Promise<T> =>
  until([], 'the node to answer', () =>
    call().catch((error: { code?: string }) => {
      if (error.code !== 'SERVICE_UNAVAILABLE' && error.code !== undefined) throw error;
      return null;
    }),
  );

/** A new room there that peers may join. Returns its ID. */
export const roomAt = async ({ api }: Called, name: string): Promise<string> =>
  (await insist(() => api.createRoom({ name, join_rule: 'peers' }))).room_id;

/** A peer that receives everything that the server delivers, and remembers who signed it when. */
export class Recorder {
  readonly raw: RawPeer;
  /** The depth and signature of every event that arrived. */
  readonly received = new Map<string, string>();
  /** Traces that only two signers would leave. */
  readonly faults: string[] = [];
  readonly #byDepth = new Map<string, string>();

  private constructor(raw: RawPeer) {
    this.raw = raw;
  }

  static async listen(t: Pick<TestContext, 'after'>, host: string): Promise<Recorder> {
    const raw = new RawPeer('raw.test');
    raw.extensions = extensions;
    const recorder = new Recorder(raw);
    raw.handlers.set('/event', (request) => {
      recorder.#note(JSON.parse(request.body) as Received);
      return { status: 202, body: { event_id: 'x', inserted: true } };
    });
    raw.handlers.set('/events', (request) => {
      if (request.method === 'GET') return { status: 200, body: { events: [] } };
      const { events } = JSON.parse(request.body) as { events: { event: Received }[] };
      for (const { event } of events) recorder.#note(event);
      const results = events.map(({ event }) => ({
        status: 202,
        answer: { event_id: event.event_id, inserted: true },
      }));
      return { status: 200, body: { results } };
    });
    await raw.listen(t, host);
    return recorder;
  }

  async becomePeerOf({ api }: Called): Promise<void> {
    const { url: endpoint, name: server_name } = this.raw;
    const limits = { requests_per_minute: 1_000_000, burst: 1_000_000 };
    await insist(() => api.addPeer({ endpoint }));
    await insist(() => api.changePeer({ server_name, limits }));
  }

  /** Its user joins a room there. */
  async join({ federation }: Called, room_id: string): Promise<void> {
    const { raw } = this;
    const body = JSON.stringify({ origin_server: raw.name, room_id, user_id: `@user:${raw.name}` });
    await until([], 'the join', async () => {
      const { status } = await raw.call(federation, 'POST', '/join', body);
      if (status !== 200 && status !== 503) throw new Error(`the join got ${status}`);
      return status === 200;
    });
  }

  #note(event: Received): void {
    const { event_id, origin_server, room_id, depth, signatures } = event;
    const content = JSON.stringify([depth, signatures[origin_server]]);
    const before = this.received.get(event_id);
    if (before !== undefined && before !== content)
      this.faults.push(`two events ${event_id}: ${before} and ${content}`);
    this.received.set(event_id, content);
    const place = `${origin_server} ${room_id} ${depth}`;
    const there = this.#byDepth.get(place);
    if (there !== undefined && there !== event_id)
      this.faults.push(`two events with depth ${depth}: ${there} and ${event_id}`);
    this.#byDepth.set(place, event_id);
  }
}
