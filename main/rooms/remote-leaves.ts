import { writeMemberRequest } from '../../shared/protocol/bodies.ts';
import type { FederationClient } from '../client/federation-client.ts';
import { fieldIn, type HttpResult, isRefusal } from '../client/http.ts';
import type { RoomRegistry } from '../events/projection/room-registry.ts';
import type { Keyring } from '../identity/keyring.ts';
import type { OutboxRow } from '../store/outbox-port.ts';
import type { Tables } from '../store/ports.ts';
import type { PeerRow } from '../store/tables/peer-store.ts';
import type { PeerDirectory } from '../trust/peer-directory.ts';
import { calleeOf } from '../trust/peer-rows.ts';

interface RemoteLeavesDeps {
  readonly store: Tables<'events' | 'rooms' | 'outbox'>;
  readonly keyring: Keyring;
  readonly directory: PeerDirectory;
  readonly registry: RoomRegistry;
  readonly client: FederationClient;
}

/** Instead of the answer to the event, which isn't sent. */
const doneWithoutIt: HttpResult = { kind: 'answer', status: 200, headers: {}, body: '{"inserted":true}' };

/**
 * How the home of a room learns that a local user left. For a Paracord Node the leave event is enough. The existing
 * server removes nobody from its guild for that event, and since version 3 refuses it from someone who is no longer
 * in, so it gets `POST leave` instead.
 */
export class RemoteLeaves {
  readonly #deps: RemoteLeavesDeps;
  /** Running calls, by `room user`. A rejoin waits for them, or they would remove the user again. */
  readonly #calls = new Map<string, Promise<HttpResult | null>>();

  constructor(deps: RemoteLeavesDeps) {
    this.#deps = deps;
  }

  /** Called before an outbox row is sent: `null` if it may go now, otherwise the answer that stops or replaces it. */
  async beforeSending(server: string, row: OutboxRow, signal: AbortSignal): Promise<HttpResult | null> {
    const { keyring, registry, directory } = this.#deps;
    if (row.eventType !== 'm.member.leave' || row.origin !== keyring.serverName) return null;
    const peer = directory.get(server);
    if (!peer || registry.get(row.roomId)?.row.home !== server) return null;
    if (directory.isOfOurKind(server) === true) return null;
    const { sender, state_key } = JSON.parse(row.body) as { sender: string; state_key: string | null };
    return this.#tell(peer, row.roomId, state_key ?? sender, signal);
  }

  /**
   * Called before a join: a leave that still waits in the outbox goes first. Otherwise the home would think that the
   * user is still in, ignore the join, and treat the leave as a new one. Returns the failure to reach the home, or
   * null.
   */
  async handOver(
    peer: PeerRow,
    roomId: string,
    user: string,
    signal: AbortSignal,
  ): Promise<Exclude<HttpResult, { kind: 'answer' }> | null> {
    const { store, client, directory } = this.#deps;
    const callee = calleeOf(peer);
    if (!callee) return null;
    await this.#calls.get(`${roomId} ${user}`);
    for (const { event_type, event_id, body } of store.events.aboutUser(roomId, user)) {
      if (event_type !== 'm.member.leave' || !store.outbox.entry(peer.server_name, event_id)) continue;
      const told = await this.#call(peer, roomId, user, signal);
      if (told !== null && told.kind !== 'answer') return told;
      if (directory.isOfOurKind(peer.server_name) !== true) continue;
      const answer = await client.call(callee, { method: 'POST', path: '/event', body, signal });
      if (answer.kind !== 'answer') return answer;
    }
    return null;
  }

  /**
   * A home of another kind refused an event of ours although it trusts us: perhaps its author isn't in there any more.
   * Asks it once to let them in; null if that isn't the question.
   */
  async joinAgain(server: string, row: OutboxRow, signal: AbortSignal): Promise<'joined' | 'refused' | null> {
    const { keyring, registry, directory, client, store } = this.#deps;
    const peer = directory.get(server);
    const callee = peer && calleeOf(peer);
    if (!callee || row.origin !== keyring.serverName || registry.get(row.roomId)?.row.home !== server)
      return null;
    const { sender } = JSON.parse(row.body) as { sender: string };
    if (row.eventType === 'm.member.leave' || store.rooms.member(row.roomId, sender)?.state !== 'joined')
      return null;
    const answer = await client.call(callee, {
      ...({ method: 'POST', path: '/join', signal } as const),
      body: writeMemberRequest({
        origin_server: keyring.serverName,
        room_id: row.roomId,
        user_id: sender,
      }),
    });
    if (answer.kind !== 'answer') return null;
    if (answer.status === 200) return fieldIn(answer.body, 'joined') === true ? 'joined' : null;
    return answer.status === 403 && isRefusal(answer.body) ? 'refused' : null;
  }

  async #tell(peer: PeerRow, roomId: string, user: string, signal: AbortSignal): Promise<HttpResult | null> {
    const { store } = this.#deps;
    const isBack =
      store.rooms.member(roomId, user)?.state === 'joined' || store.rooms.pendingJoins(roomId).includes(user);
    // The user has come back since, and the join was preceded by the leave.
    if (isBack) return doneWithoutIt;
    const key = `${roomId} ${user}`;
    const call = this.#call(peer, roomId, user, signal);
    this.#calls.set(key, call);
    try {
      return await call;
    } finally {
      if (this.#calls.get(key) === call) this.#calls.delete(key);
    }
  }

  async #call(peer: PeerRow, roomId: string, user: string, signal?: AbortSignal): Promise<HttpResult | null> {
    const { client, directory, keyring } = this.#deps;
    const callee = calleeOf(peer);
    if (!callee || directory.isOfOurKind(peer.server_name) === true) return null;
    const answer = await client.call(callee, {
      method: 'POST',
      path: '/leave',
      body: writeMemberRequest({ origin_server: keyring.serverName, room_id: roomId, user_id: user }),
      ...(signal ? { signal } : {}),
    });
    // 403 and 404: the home refused, or doesn't know the room. There is nothing left to leave.
    return answer.kind === 'answer' && isOver(answer) ? doneWithoutIt : answer;
  }
}

function isOver({ status, body }: HttpResult & { kind: 'answer' }): boolean {
  if (status === 200) return typeof fieldIn(body, 'left') === 'boolean';
  return (status === 403 || status === 404) && isRefusal(body);
}
