import type { FederationClient } from '../../client/federation-client.ts';
import { tuning } from '../../config.ts';
import type { PeerRow } from '../../store/tables/peer-store.ts';
import { calleeOf } from '../../trust/keys/key-resolver.ts';
import type { PeerDirectory } from '../../trust/peer-directory.ts';
import { isUnknownCall, readQueuePage } from './catch-up-page.ts';
import type { Intake } from './intake.ts';

/** Fetches what waits at a peer for us, which may be all that can reach us (`GET queue`, ours). */
export class QueueReading {
  private readonly parts: {
    readonly client: FederationClient;
    readonly directory: PeerDirectory;
    readonly intake: Intake;
    readonly onAnswered: (server: string, back: boolean) => void;
    readonly log: { debug(details: object, message: string): void };
  };
  private readonly running = new Map<string, Promise<void>>();
  private ending = new AbortController();

  constructor(parts: QueueReading['parts']) {
    this.parts = parts;
  }

  /**
   * Begins to read, unless that is under way or the peer lists no such call; nothing waits for it. `onNew` is told
   * how many events were new.
   */
  begin(peer: PeerRow, onNew: (inserted: number) => void): void {
    const { directory, log } = this.parts;
    const name = peer.server_name;
    if (this.running.has(name) || !directory.answers(name, 'queue')) return;
    const reading = this.read(peer, this.ending.signal)
      .then((inserted) => {
        if (inserted > 0) onNew(inserted);
      })
      .catch((error: Error) => log.debug({ peer: name, err: error.message }, 'the queue could not be read'))
      .finally(() => this.running.delete(name));
    this.running.set(name, reading);
  }

  /** Breaks off what is under way. */
  async stop(): Promise<void> {
    this.ending.abort();
    this.ending = new AbortController();
    await Promise.all(this.running.values());
  }

  /** How many events were new. One that cannot be judged yet is not said to have arrived. */
  private async read(peer: PeerRow, signal: AbortSignal): Promise<number> {
    const { client, directory, onAnswered, intake } = this.parts;
    const callee = calleeOf(peer);
    const name = peer.server_name;
    let inserted = 0;
    let after = 0;
    while (callee && !signal.aborted) {
      const path = `/queue?after=${after}`;
      const answer = await client.call(callee, {
        method: 'GET',
        path,
        signal,
        answerBytesMax: tuning.eventsAnswerBytesMax,
      });
      if (answer.kind !== 'answer') break;
      if (isUnknownCall(answer)) directory.noteUnanswered(name, 'queue');
      if (answer.status !== 200) break;
      const page = readQueuePage(answer.body);
      if (page === null) {
        directory.noteUnanswered(name, 'queue');
        break;
      }
      directory.noteAnswered(name, 'queue');
      if (after === 0) onAnswered(name, false);
      const taken = await intake.takeIn(peer, page.events);
      inserted += taken.inserted;
      if (page.events.length === 0 || page.next <= after || taken.transient) break;
      after = page.next;
    }
    return inserted;
  }
}
