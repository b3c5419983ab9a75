/** A call that is answered when long work has ended. */
import { text } from 'node:stream/consumers';
import type { ClientFetch } from '../../shared/api/client.ts';
import { askHere } from '../kernel/loopback.ts';
import type { Clock } from '../kernel/ports.ts';
import { every } from '../kernel/timers.ts';

const askEveryMs = 30_000;

interface LongCallDeps {
  readonly clock: Clock;
  /** Any short call. Rejects if the node does not answer. */
  readonly ask: () => Promise<unknown>;
}

/**
 * Waits for as long as the node answers other calls: the work may take hours, and nobody knows how many. Rejects with
 * what `ask` rejects with. `fetch` would give up after 300 seconds without an answer.
 */
export const longCall =
  ({ clock, ask }: LongCallDeps): ClientFetch =>
  async (url, { method, headers, body }) => {
    const ending = new AbortController();
    const stopAsking = every(clock, askEveryMs, ask, (error) => ending.abort(error));
    try {
      return await answerOf(url, { method, headers, signal: ending.signal }, body);
    } catch (error) {
      throw ending.signal.aborted ? ending.signal.reason : error;
    } finally {
      stopAsking();
    }
  };

async function answerOf(
  url: string,
  options: { method: string; headers: Record<string, string>; signal: AbortSignal },
  body = '',
): Promise<Awaited<ReturnType<ClientFetch>>> {
  const answer = await askHere(url, { ...options, body });
  const content = await text(answer);
  return { status: answer.statusCode ?? 0, text: async () => content };
}
