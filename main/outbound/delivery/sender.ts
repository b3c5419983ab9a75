import { said } from '../../../shared/words/said.ts';
import type { FederationClient } from '../../client/federation-client.ts';
import type { ClockOffsets } from '../../clocks/clock-offsets.ts';
import { tuning } from '../../config.ts';
import type { RemoteLeaves } from '../../rooms/remote-leaves.ts';
import type { OutboxRow } from '../../store/outbox-port.ts';
import { calleeOf, type PeerDirectory } from '../../trust/peer-directory.ts';
import type { SendEvent } from './ports.ts';

/** A peer on a slow computer may need longer to answer, so each attempt waits longer. */
const timeoutMsOf = ({ attempts }: Pick<OutboxRow, 'attempts'>): number =>
  tuning.requestTimeoutMs * 2 ** Math.min(attempts, 3);

const offlineCodes = new Set(['ENETUNREACH', 'ENETDOWN', 'EAI_AGAIN']);

/** Posts one outbox row to its destination. */
export function createSender(parts: {
  readonly client: FederationClient;
  readonly directory: PeerDirectory;
  readonly clockOffsets: Pick<ClockOffsets, 'around'>;
  /** What has to happen before sending: null if the event may go, otherwise the answer that stops it. */
  readonly leaves: Pick<RemoteLeaves, 'beforeSending'>;
}): SendEvent {
  const { client, directory, clockOffsets, leaves } = parts;
  return async (destination, row, signal) => {
    const peer = directory.get(destination);
    // Not `aborted`: that would be sent again immediately, in a loop until this destination is closed.
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
      sentTo: row.alsoSentTo,
      signal,
      timeoutMs: timeoutMsOf(row),
    } as const;
    const result =
      (await leaves.beforeSending(destination, row, signal)) ?? (await client.call(callee, call));
    if (result.kind === 'network' && offlineCodes.has(result.code ?? '')) return { ...result, offline: true };
    return result.kind === 'answer' && result.status === 401
      ? { ...result, clocks: clockOffsets.around(destination) }
      : result;
  };
}
