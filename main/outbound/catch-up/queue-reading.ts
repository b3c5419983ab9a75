import { said } from '../../../shared/words/said.ts';
import type { FederationClient } from '../../client/federation-client.ts';
import { answerText } from '../../client/say-network-error.ts';
import { tuning } from '../../config.ts';
import type { Intake } from '../../events/intake.ts';
import type { Clock } from '../../kernel/ports.ts';
import { type Pause, pauseBy } from '../../kernel/timers.ts';
import type { PeerRow } from '../../store/tables/peer-store.ts';
import type { Contacts } from '../../trust/contact/contacts.ts';
import type { PeerDirectory } from '../../trust/peer-directory.ts';
import { calleeOf } from '../../trust/peer-rows.ts';
import {
  isTooLarge,
  isUnknownCall,
  PageSize,
  pagesPerRoundMax,
  readQueuePage,
  uselessPagesMax,
} from './catch-up-page.ts';
import { Undecided } from './catch-up-policy.ts';
import { type PatientDeps, patientCall } from './patient-call.ts';
import { ReadingFailed } from './room-reading.ts';

interface Deps extends PatientDeps {
  readonly client: FederationClient;
  readonly directory: PeerDirectory;
  readonly intake: Intake;
  readonly contacts: Pick<Contacts, 'letUsRead'>;
  readonly clock: Clock;
}

/** Fetches what waits for us at one peer (`GET queue`, our extension). It may be the only way events reach us. */
export class QueueReading {
  readonly #deps: Deps;
  readonly #pause: Pause;
  readonly #size = new PageSize();
  readonly #undecided = new Undecided();

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#pause = pauseBy(deps.clock);
  }

  /**
   * Resolves with how many events were new. An event that can't be judged yet is not acknowledged for a while. Throws
   * ReadingFailed if the peer answers with more than we accept, or with page after page of nothing we can use.
   */
  async read(peer: PeerRow, signal: AbortSignal): Promise<number> {
    const { directory, contacts, intake, clock } = this.#deps;
    const callee = calleeOf(peer);
    const name = peer.server_name;
    let inserted = 0;
    let after = 0;
    let useless = 0;
    for (let pages = 0; callee && !signal.aborted && pages < pagesPerRoundMax; pages++) {
      const answer = await patientCall(this.#deps, callee, {
        method: 'GET',
        path: `/queue?after=${after}&limit=${this.#size.size}`,
        signal,
        answerBytesMax: tuning.eventsAnswerBytesMax,
      });
      if (isTooLarge(answer) && this.#size.shrink()) continue;
      if (answer.kind !== 'answer') {
        if (isTooLarge(answer)) throw new ReadingFailed(answerText(answer), false);
        break;
      }
      if (isUnknownCall(answer)) directory.noteUnanswered(name, 'queue');
      if (answer.status !== 200) break;
      const page = await readQueuePage(answer.body, this.#pause);
      if (page === null) {
        directory.noteUnanswered(name, 'queue');
        break;
      }
      directory.noteAnswered(name, 'queue');
      if (after === 0) contacts.letUsRead(name, false);
      const taken = await intake.takeIn(peer, page.events, page.isLarge ? this.#pause : null);
      inserted += taken.inserted;
      if (!page.more) this.#size.grow();
      if (page.events.length === 0 || page.next <= after || taken.delayed) break;
      // The next call confirms this page, and then the peer deletes it.
      if (taken.transient && !this.#undecided.met(clock.now())) break;
      useless = taken.inserted + taken.known > 0 ? 0 : useless + 1;
      if (useless >= uselessPagesMax) throw new ReadingFailed(said('peer.asks_endless'), false);
      if (!taken.transient) this.#undecided.clear();
      after = page.next;
    }
    return inserted;
  }
}
