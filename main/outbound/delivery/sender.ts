import { said } from '../../../shared/words/said.ts';
import type { FederationClient } from '../../client/federation-client.ts';
import type { HttpResult } from '../../client/http.ts';
import type { Clocks } from '../../clocks/clock-refusal.ts';
import type { OutboxRow } from '../../store/outbox-port.ts';
import { calleeOf } from '../../trust/keys/key-resolver.ts';
import type { PeerDirectory } from '../../trust/peer-directory.ts';
import type { SendEvent } from './sender-port.ts';

const offlineCodes = new Set(['ENETUNREACH', 'ENETDOWN', 'EAI_AGAIN']);

/** Posts one outbox row to its destination. */
export function createSender(parts: {
  readonly client: FederationClient;
  readonly directory: PeerDirectory;
  /** Destinations in trouble: the room's home is asked to relay to them after all. */
  readonly isFailing: (server: string) => boolean;
  readonly clocksAround: (server: string) => Clocks;
  /** What has to be said first: null if the event may go, otherwise the answer that speaks against it. */
  readonly beforeSending: (server: string, row: OutboxRow, signal: AbortSignal) => Promise<HttpResult | null>;
}): SendEvent {
  const { client, directory, isFailing, clocksAround, beforeSending } = parts;
  return async (destination, row, signal) => {
    const peer = directory.get(destination);
    // Not `aborted`: that is sent again at once, and would spin until the door to this server closes.
    if (!peer || !directory.isAllowed(destination))
      return { kind: 'network', error: said('delivery.not_trusted', { server: destination }) };
    const callee = calleeOf(peer);
    if (!callee)
      return {
        kind: 'network',
        error: said('delivery.no_address', { server: destination }),
      };
    const call = {
      method: 'POST',
      path: '/event',
      body: row.body,
      sentTo: row.alsoSentTo.filter((server) => !isFailing(server)),
      signal,
    } as const;
    const result = (await beforeSending(destination, row, signal)) ?? (await client.call(callee, call));
    if (result.kind === 'network' && offlineCodes.has(result.code ?? '')) return { ...result, offline: true };
    return result.kind === 'answer' && result.status === 401
      ? { ...result, clocks: clocksAround(destination) }
      : result;
  };
}
