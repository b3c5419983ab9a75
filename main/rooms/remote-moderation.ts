import { readBody } from '../../shared/protocol/bodies.ts';
import { ProtocolError } from '../../shared/protocol/errors.ts';
import { type Decision, ModerateAnswer, writeModerate } from '../../shared/protocol/moderating.ts';
import { refusal } from '../../shared/words/refusal.ts';
import { said } from '../../shared/words/said.ts';
import type { PeerDirectory } from '../trust/peer-directory.ts';
import type { Actors } from './actors.ts';
import type { HomeCalls } from './home-calls.ts';

const answerMsMax = 30_000;

interface RemoteModerationDeps {
  readonly actors: Pick<Actors, 'requireModeratorElsewhere'>;
  readonly calls: HomeCalls;
  readonly directory: Pick<PeerDirectory, 'answers' | 'noteUnanswered'>;
}

/** Has the homes of rooms carry out what moderators here decide. */
export class RemoteModeration {
  readonly #deps: RemoteModerationDeps;

  constructor(deps: RemoteModerationDeps) {
    this.#deps = deps;
  }

  /**
   * Resolves once the home has carried it out, with the ID of its event; null if nothing had to change. The home is asked
   * once: if it can't be reached, nothing waits for it. FORBIDDEN for somebody who isn't a moderator; SERVICE_UNAVAILABLE
   * without an answer, and then the home may have done it; BAD_REQUEST if it can't be asked; and the home's refusal.
   */
  async ask(decision: Decision, by: string): Promise<string | null> {
    const { actors, calls, directory } = this.#deps;
    const { room_id: roomId } = decision;
    actors.requireModeratorElsewhere(roomId, by);
    const peer = calls.peer(roomId);
    const { server_name: server } = peer;
    // Only a home that answers this call gives the role to somebody here, so an older version runs there now.
    const tooOld = () => refusal('BAD_REQUEST', said('room.home_too_old', { server }));
    if (!directory.answers(server, 'moderate')) throw tooOld();
    const { signal, cancel } = calls.deadline(answerMsMax);
    const late = said('room.home_undecided', { server, seconds: answerMsMax / 1000 });
    try {
      const body = writeModerate(by, decision);
      const answer = await calls.ask(peer, { path: '/moderate', body, signal, late });
      const { event_id } = readBody(ModerateAnswer, answer);
      await calls.takeIn(peer, answer);
      return event_id;
    } catch (error) {
      if (!(error instanceof ProtocolError) || error.code !== 'NOT_FOUND') throw error;
      directory.noteUnanswered(server, 'moderate');
      throw tooOld();
    } finally {
      cancel();
    }
  }
}
