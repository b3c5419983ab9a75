import { type RecalledRoom, type RecallPage, readRecall } from '../../shared/protocol/answers/recall.ts';
import { ProtocolError } from '../../shared/protocol/errors.ts';
import { envelopeFrom } from '../../shared/protocol/events/envelope.ts';
import type { ChainedKey } from '../../shared/protocol/key-chain.ts';
import type { FederationClient } from '../client/federation-client.ts';
import type { EventVerifier, VerifiedEvent } from '../events/verify.ts';
import type { Keyring } from '../identity/keyring.ts';
import type { PeerRow } from '../store/tables/peer-store.ts';
import type { PeerDirectory } from '../trust/peer-directory.ts';
import { calleeOf } from '../trust/peer-rows.ts';

/** However much a peer sends, no more than this is read. */
const pagesMax = 40;

/** A peer's answer about us. */
export interface RecallAnswer {
  readonly rooms: readonly RecalledRoom[];
  readonly keys: readonly ChainedKey[];
}

interface Deps {
  readonly client: FederationClient;
  readonly directory: PeerDirectory;
}

/**
 * Asks a peer what it knows about this server (`GET recall`, our extension). Null if the peer did not answer, or not
 * completely.
 */
export async function recallFrom(
  deps: Deps,
  peer: PeerRow,
  signal: AbortSignal,
): Promise<RecallAnswer | null> {
  const { client, directory } = deps;
  const callee = calleeOf(peer);
  const rooms: RecalledRoom[] = [];
  const keys: ChainedKey[] = [];
  let after = '';
  for (let pages = 0; callee && pages < pagesMax; pages++) {
    const path = after === '' ? '/recall' : `/recall?after=${encodeURIComponent(after)}`;
    const answer = await client.call(callee, { method: 'GET', path, signal });
    if (answer.kind !== 'answer') return null;
    const page = answer.status === 200 ? read(answer.body) : null;
    if (page === null) {
      if (answer.status === 200 || answer.status === 404 || answer.status === 405)
        directory.noteUnanswered(peer.server_name, 'recall');
      return null;
    }
    directory.noteAnswered(peer.server_name, 'recall');
    rooms.push(...page.rooms);
    keys.push(...page.keys);
    // A peer that makes no progress would be asked forever.
    if (page.next === null || page.next <= after) return { rooms, keys };
    after = page.next;
  }
  return callee ? { rooms, keys } : null;
}

function read(text: string): RecallPage | null {
  try {
    return readRecall(text);
  } catch {
    return null;
  }
}

/** The events that this server signed, of those a peer shows as proof for a room. */
export async function signedByUs(
  { verifier, keyring }: { readonly verifier: EventVerifier; readonly keyring: Keyring },
  room: RecalledRoom,
  peer: string,
): Promise<VerifiedEvent[]> {
  const proven: VerifiedEvent[] = [];
  for (const event of room.events) {
    try {
      const envelope = envelopeFrom(event);
      if (envelope.origin_server !== keyring.serverName || envelope.room_id !== room.roomId) continue;
      proven.push(await verifier.verify(envelope, peer));
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
    }
  }
  return proven;
}
