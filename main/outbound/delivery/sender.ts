import { parseEnvelope, wireEvent } from '../../../shared/protocol/events/envelope.ts';
import {
  type BatchResult,
  readBatchResults,
  writeBatch,
} from '../../../shared/protocol/events/event-batch.ts';
import { limits } from '../../../shared/protocol/limits.ts';
import { said } from '../../../shared/words/said.ts';
import type { FederationClient, SignedCall } from '../../client/federation-client.ts';
import { fieldIn, isRefusal } from '../../client/http.ts';
import type { ClockOffsets } from '../../clocks/clock-offsets.ts';
import { tuning } from '../../config.ts';
import { isJsonText } from '../../events/projection/stored.ts';
import type { Keyring } from '../../identity/keyring.ts';
import type { Meter } from '../../kernel/meter.ts';
import type { Clock } from '../../kernel/ports.ts';
import type { RemoteLeaves } from '../../rooms/remote-leaves.ts';
import type { OutboxRow } from '../../store/outbox-port.ts';
import type { PeerDirectory } from '../../trust/peer-directory.ts';
import { calleeOf } from '../../trust/peer-rows.ts';
import { type Fields, fitness } from './fitness.ts';
import type { NotSent, SendAnswer, SendEvents, Sender, SendResult } from './ports.ts';

/** A peer on a slow computer may need longer to answer, so each attempt waits longer. */
const timeoutMsOf = (attempts: number): number => tuning.requestTimeoutMs * 2 ** Math.min(attempts, 3);

const batches = 'events.batch';
/** The answers of a server that doesn't know the call, or not in this form. */
const formRefusals: ReadonlySet<number> = new Set([200, 400, 404, 405, 413, 422]);

const offlineCodes = new Set(['ENETUNREACH', 'ENETDOWN', 'EAI_AGAIN']);

/** Posts rows of the outbox to their destination. */
export function createSender(deps: {
  readonly client: FederationClient;
  readonly directory: PeerDirectory;
  readonly clockOffsets: Pick<ClockOffsets, 'around' | 'of'>;
  /** Does what has to happen before sending: null if the event may go, otherwise the answer that stops it. */
  readonly leaves: Pick<RemoteLeaves, 'beforeSending' | 'joinAgain'>;
  readonly keyring: Pick<Keyring, 'serverName'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly meter: Meter;
}): Sender {
  const { client, directory, clockOffsets, leaves, keyring, meter, clock } = deps;

  const call = async (
    destination: string,
    signed: SignedCall,
    first: () => Promise<SendResult | null>,
  ): Promise<SendResult> => {
    const peer = directory.get(destination);
    // The outcome isn't `aborted`: that would be sent again at once, in a loop until this destination is closed.
    if (!peer || !directory.isAllowed(destination))
      return { kind: 'network', error: said('delivery.not_trusted', { server: destination }) };
    const callee = calleeOf(peer);
    if (!callee)
      return {
        kind: 'network',
        error: said('delivery.no_address', { server: destination }),
      };
    const result = (await first()) ?? (await client.call(callee, signed));
    if (result.kind === 'network' && offlineCodes.has(result.code ?? '')) return { ...result, offline: true };
    return result.kind === 'answer' && result.status === 401
      ? { ...result, clocks: clockOffsets.around(destination) }
      : result;
  };

  const unfitness = (row: OutboxRow, destination: string): NotSent | null => {
    if (!directory.isStrict(destination)) return null;
    // A clock that is further off takes no request at all, so a larger offset is out of date.
    const { clockSkewMsMax: most } = limits;
    const offsetMs = Math.min(Math.max(clockOffsets.of(destination) ?? 0, -most), most);
    const found = fitness(JSON.parse(row.body) as Fields, clock.now() + offsetMs);
    if (found.kind === 'fit') return null;
    // An event of others doesn't hold up ours. The server also reads the room, and gets it there when it takes it.
    const waits = found.kind === 'later' && row.origin === keyring.serverName;
    return { kind: 'unfit', reason: found.reason, ...(waits ? { laterMs: found.ms } : {}) };
  };

  // A leave needs no call before it: servers that accept batches understand the event itself.
  const many: SendEvents = async (destination, rows, signal, after) => {
    meter.together('sent', rows.length);
    const signed = {
      ...({ method: 'POST', path: '/events', signal } as const),
      body: writeBatch(
        rows.map(({ body, alsoSentTo }) => ({ event: body, sentTo: alsoSentTo })),
        after?.eventId,
      ),
      timeoutMs: timeoutMsOf(Math.max(...rows.map(({ attempts }) => attempts))),
    };
    const result = await call(destination, signed, async () => null);
    if (result.kind !== 'answer') return result;
    const results = result.status === 200 ? readBatchResults(result.body, rows.length) : null;
    if (results) {
      directory.noteAnswered(destination, batches);
      return results.map((one) => answerOf(one, result));
    }
    if (!formRefusals.has(result.status)) return result;
    directory.noteUnanswered(destination, batches);
    return null;
  };

  return {
    takesMany: (destination) => directory.answers(destination, batches),
    keepsOrder: (destination) =>
      directory.answers(destination, batches) && directory.answers(destination, 'events.after'),
    async one(destination, row, signal) {
      // The other receivers of the event are part of a batch, so that they are signed with it.
      if (row.alsoSentTo.length > 0 && directory.answers(destination, batches)) {
        const results = await many(destination, [row], signal, null);
        if (results !== null) return 'kind' in results ? results : (results[0] as SendResult);
      }
      meter.together('sent', 1);
      const isOther = directory.isOfOurKind(destination) === false;
      if (isOther && !isJsonText(row.body)) return damaged;
      const knownKey = isOther && row.origin === keyring.serverName && directory.get(destination)?.proved_key;
      const signed = {
        ...({ method: 'POST', path: '/event' } as const),
        body: knownKey ? withOneSignature(row.body, knownKey) : row.body,
        signal,
        timeoutMs: timeoutMsOf(row.attempts),
      };
      const send = async (): Promise<SendResult> => {
        const result = await call(destination, signed, () => leaves.beforeSending(destination, row, signal));
        const isRefused = result.kind === 'answer' && result.status === 400;
        return isRefused && !isJsonText(row.body) ? damaged : result;
      };
      if (!isOther) return send();
      const unfit = unfitness(row, destination);
      if (unfit !== null) return unfit;
      const result = judged(row, await send());
      if (result.kind !== 'answer' || result.verdict !== 'refused') return result;
      // The home's database may have lost that the author is in, or its admin removed them.
      const joined = await leaves.joinAgain(destination, row, signal);
      if (joined === 'joined') return judged(row, await send());
      return joined === 'refused' ? { ...result, verdict: 'removed' } : result;
    },
    many,
  };
}

/**
 * An event of ours without the signatures of other keys than this one, if it has that: release 0.8.5 of the existing
 * server looks only at the first by key ID.
 */
function withOneSignature(body: string, keyId: string): string {
  const event = parseEnvelope(body);
  const signature = event.signatures.get(keyId);
  if (event.signatures.size === 1 || signature === undefined) return body;
  return wireEvent({ ...event, signatures: new Map([[keyId, signature]]) });
}

/** Once it has been fetched again, the owner can send it again. */
const damaged: NotSent = { kind: 'unfit', reason: said('delivery.damaged') };

const changes = new Set(['m.message.edit', 'm.message.delete', 'm.reaction.add', 'm.reaction.remove']);

/** Interprets the status of a server of another kind, which gives no reason. */
function judged(row: OutboxRow, result: SendResult & { readonly trustsUs?: boolean }): SendResult {
  if (result.kind !== 'answer') return result;
  if (result.status === 403 && result.trustsUs === true && isRefusal(result.body))
    return { ...result, verdict: 'refused' };
  const isGone =
    result.status === 404 && changes.has(row.eventType) && fieldIn(result.body, 'code') === 'NOT_FOUND';
  return isGone ? { ...result, verdict: 'gone' } : result;
}

/** Turns a result of a batch into the answer to an event that was sent alone. */
const answerOf = ({ status, retryAfterSeconds, body }: BatchResult, { headers }: SendAnswer): SendAnswer => ({
  kind: 'answer',
  status,
  body,
  headers: { ...headers, retryAfter: retryAfterSeconds === null ? undefined : String(retryAfterSeconds) },
});
