import type { TestContext } from 'node:test';
import { placeOf } from '../../../main/http/between/carriers.ts';
import { extensions } from '../../../shared/protocol/extensions.ts';
import { RawPeer, type RawRequest } from '../parties/raw-peer.ts';
import { until } from '../until.ts';
import type { Called } from './mixed-writers.ts';

interface Received {
  readonly event_id: string;
  readonly room_id: string;
  readonly depth: number;
  readonly origin_server: string;
  readonly signatures: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** When a node began to lead, by the database; a node may be the next one of itself. */
export interface Lead {
  readonly at: number;
  readonly address: string;
}

/** Each time in a signature is later than the one before, so in a burst they are ahead of the clock. */
const toleranceMs = 20;

/** On a busy machine, a node can be without a lease for a moment. */
const insist = <T>(call: () => Promise<T>): Promise<T> =>
  until([], 'the node to have a lease', () =>
    call().catch((error: { code?: string }) => {
      if (error.code !== 'SERVICE_UNAVAILABLE') throw error;
      return null;
    }),
  );

/** A new room there that peers may join. Returns its ID. */
export const roomAt = async ({ api }: Called, name: string): Promise<string> =>
  (await insist(() => api.createRoom({ name, join_rule: 'peers' }))).room_id;

/** A peer that receives everything that the server delivers, and remembers who signed it when. */
export class Recorder {
  readonly raw: RawPeer;
  /** Of every event that arrived: its depth and signature. */
  readonly received = new Map<string, string>();
  /** What two signers would leave behind. */
  readonly faults: string[] = [];
  /** When each request was signed, by the address that sent it. */
  readonly #signed: { readonly at: number; readonly from: string }[] = [];
  readonly #byDepth = new Map<string, string>();

  private constructor(raw: RawPeer) {
    this.raw = raw;
  }

  /** With two nodes, `by` sends to it: the address says who signed only if that isn't the standby. */
  static async listen(
    t: Pick<TestContext, 'after'>,
    host: string,
    by: 'leader' | 'standby' = 'leader',
  ): Promise<Recorder> {
    const raw = new RawPeer(by === 'leader' ? 'raw.test' : 'far.test');
    raw.extensions = extensions;
    const recorder = new Recorder(raw);
    raw.handlers.set('/event', (request) => {
      recorder.#note(request, JSON.parse(request.body) as Received);
      return { status: 202, body: { event_id: 'x', inserted: true } };
    });
    raw.handlers.set('/events', (request) => {
      if (request.method === 'GET') return { status: 200, body: { events: [] } };
      const { events } = JSON.parse(request.body) as { events: { event: Received }[] };
      for (const { event } of events) recorder.#note(request, event);
      const results = events.map(({ event }) => ({
        ...{ status: 202, answer: { event_id: event.event_id, inserted: true } },
      }));
      return { status: 200, body: { results } };
    });
    do {
      raw.close();
      await raw.listen(t, host);
    } while (placeOf(raw.url, 2) !== (by === 'leader' ? 0 : 1));
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

  #note({ headers, from }: RawRequest, event: Received): void {
    this.#signed.push({ at: Number(headers['x-paracord-timestamp']), from });
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

  /** Requests that were signed by a node while another one led, or nobody. `leads`: in order. */
  strayed(leads: readonly Lead[]): string[] {
    return this.#signed
      .filter(
        ({ at, from }) =>
          !leads.some(
            (lead, of) =>
              lead.address === from &&
              at >= lead.at - toleranceMs &&
              at <= (leads[of + 1]?.at ?? Number.POSITIVE_INFINITY) + toleranceMs,
          ),
      )
      .map(({ at, from }) => `${from} signed at ${at}`);
  }
}
