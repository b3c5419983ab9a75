import type { FederationClient } from '../client/federation-client.ts';
import { tuning } from '../config.ts';
import { calleeOf } from '../peers/key-resolver.ts';
import type { Clock } from '../ports.ts';
import type { PeerRow } from '../store/peer-store.ts';
import { readQueuePage } from './catch-up-page.ts';
import type { Intake } from './intake.ts';

/** A peer that knew no queue may have been brought up to date since. */
const queuelessMs = 60 * 60_000;

/** Fetching what waits at a peer for us. */
export class QueueReading {
  private readonly parts: {
    readonly client: FederationClient;
    readonly clock: Clock;
    readonly intake: Intake;
    readonly onAnswered: (server: string, back: boolean) => void;
  };
  /** Peers of a kind that has no queue to fetch from, and until when they are not asked again. */
  private readonly queuelessUntil = new Map<string, number>();

  constructor(parts: QueueReading['parts']) {
    this.parts = parts;
  }

  /**
   * Fetches what waits there for us, which may be all that can reach us (`GET queue`, ours): how many were new. An
   * event that cannot be judged yet is not said to have arrived.
   */
  async readQueue(peer: PeerRow): Promise<number> {
    const { client, clock } = this.parts;
    const callee = calleeOf(peer);
    const name = peer.server_name;
    if (!callee || clock.now() < (this.queuelessUntil.get(name) ?? 0)) return 0;
    let inserted = 0;
    let after = 0;
    for (;;) {
      const path = `/queue?after=${after}`;
      const answer = await client.call(callee, {
        method: 'GET',
        path,
        answerBytesMax: tuning.eventsAnswerBytesMax,
      });
      if (answer.kind !== 'answer') throw new Error(answer.kind === 'network' ? answer.error : 'cut short');
      if (answer.status !== 200) {
        if (answer.status === 404) this.queuelessUntil.set(name, clock.now() + queuelessMs);
        return inserted;
      }
      const page = readQueuePage(answer.body);
      if (after === 0) this.parts.onAnswered(name, false);
      const taken = await this.parts.intake.takeIn(peer, page.events);
      inserted += taken.inserted;
      if (page.events.length === 0 || page.next <= after || taken.transient) return inserted;
      after = page.next;
    }
  }
}
