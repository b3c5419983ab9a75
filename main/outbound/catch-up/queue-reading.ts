import type { FederationClient } from '../../client/federation-client.ts';
import { tuning } from '../../config.ts';
import type { Intake } from '../../events/intake.ts';
import type { PeerRow } from '../../store/tables/peer-store.ts';
import type { Contacts } from '../../trust/contact/contacts.ts';
import { calleeOf, type PeerDirectory } from '../../trust/peer-directory.ts';
import { isUnknownCall, readQueuePage } from './catch-up-page.ts';

interface Parts {
  readonly client: FederationClient;
  readonly directory: PeerDirectory;
  readonly intake: Intake;
  readonly contacts: Pick<Contacts, 'letUsRead'>;
}

/**
 * Fetches what waits at a peer for us, which may be all that can reach us (`GET queue`, ours). Resolves with how many
 * events were new. An event that cannot be judged yet is not acknowledged.
 */
export async function readQueue(parts: Parts, peer: PeerRow, signal: AbortSignal): Promise<number> {
  const { client, directory, contacts, intake } = parts;
  const callee = calleeOf(peer);
  const name = peer.server_name;
  let inserted = 0;
  let after = 0;
  while (callee && !signal.aborted) {
    const answer = await client.call(callee, {
      method: 'GET',
      path: `/queue?after=${after}`,
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
    if (after === 0) contacts.letUsRead(name, false);
    const taken = await intake.takeIn(peer, page.events);
    inserted += taken.inserted;
    if (page.events.length === 0 || page.next <= after || taken.transient) break;
    after = page.next;
  }
  return inserted;
}
