import type { FederationClient } from '../client/federation-client.ts';
import type { Clocks } from '../peers/clock-refusal.ts';
import { calleeOf } from '../peers/key-resolver.ts';
import type { PeerDirectory } from '../peers/peer-directory.ts';
import type { SendEvent } from './sender-port.ts';

const offlineCodes = new Set(['ENETUNREACH', 'ENETDOWN', 'EAI_AGAIN']);

/**
 * Posts one outbox row to its destination. `isFailing` names destinations in trouble: those the home is asked to
 * relay to after all.
 */
export function createSender(
  client: FederationClient,
  directory: PeerDirectory,
  isFailing: (server: string) => boolean,
  clocksAround: (server: string) => Clocks,
): SendEvent {
  return async (destination, row, signal) => {
    const peer = directory.get(destination);
    // Not `aborted`: that is sent again at once, and would spin until the door to this server closes.
    if (!peer || !directory.isAllowed(destination))
      return { kind: 'network', error: `${destination} is not an allowed peer of this server.` };
    const callee = calleeOf(peer);
    if (!callee)
      return {
        kind: 'network',
        error: `No address of ${destination} is known, so it fetches what is for it.`,
      };
    const result = await client.call(callee, {
      method: 'POST',
      path: '/event',
      body: row.body,
      sentTo: row.alsoSentTo.filter((server) => !isFailing(server)),
      signal,
    });
    if (result.kind === 'network' && offlineCodes.has(result.code ?? '')) return { ...result, offline: true };
    return result.kind === 'answer' && result.status === 401
      ? { ...result, clocks: clocksAround(destination) }
      : result;
  };
}
