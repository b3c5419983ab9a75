import { ReachAnswer, readBody, WellKnown } from '../../shared/protocol/bodies.ts';
import { wellKnownPath } from '../../shared/protocol/transport.ts';
import { said } from '../../shared/words/said.ts';
import type { FederationClient } from '../client/federation-client.ts';
import type { Clock } from '../kernel/ports.ts';
import type { PeerRow } from '../store/tables/peer-store.ts';
import { isSameServer, understand } from '../trust/discovery/discovery.ts';
import { RateLimiter } from '../trust/limits/rate-limiter.ts';
import type { PeerDirectory } from '../trust/peer-directory.ts';
import { calleeOf } from '../trust/peer-rows.ts';

export interface ReachVerdict {
  readonly reachable: boolean;
  /** The address that was called; `null` without one. */
  readonly endpoint: string | null;
  /** A sentence about what happened. */
  readonly text: string;
}

const rate = { requests_per_minute: 3, burst: 3 };

/** Asks and answers “Can you reach me?”. The asker is called at its declared endpoint and nowhere else. */
export class DialBack {
  readonly #client: FederationClient;
  readonly #directory: PeerDirectory;
  readonly #limiter: RateLimiter;

  constructor(client: FederationClient, directory: PeerDirectory, clock: Clock) {
    this.#client = client;
    this.#directory = directory;
    this.#limiter = new RateLimiter(clock);
  }

  /** RATE_LIMITED for a peer that asks more than three times a minute. */
  async answer(asker: PeerRow): Promise<ReachVerdict> {
    this.#limiter.spend(asker.server_name, rate, (seconds) => said('wire.rate_reach', { seconds }));
    const callee = calleeOf(asker);
    if (!callee) return { reachable: false, endpoint: null, text: 'No address of yours is known here.' };
    const { origin } = new URL(callee.endpoint);
    const url = origin + wellKnownPath;
    try {
      const { server_name } = understand(WellKnown, await this.#client.read(url, callee.policy), url);
      return isSameServer(server_name, asker.server_name)
        ? { reachable: true, endpoint: callee.endpoint, text: `You answer at ${origin}.` }
        : { reachable: false, endpoint: callee.endpoint, text: `At ${origin} answers ${server_name}.` };
    } catch (error) {
      return { reachable: false, endpoint: callee.endpoint, text: (error as Error).message };
    }
  }

  /** Asks a peer; `null` if the peer can't answer: it can't be reached itself, or doesn't support the question. */
  async ask(peer: PeerRow): Promise<ReachVerdict | null> {
    const directory = this.#directory;
    const callee = calleeOf(peer);
    if (!callee || !directory.answers(peer.server_name, 'reach')) return null;
    const answer = await this.#client.call(callee, { method: 'POST', path: '/reach', body: '{}' });
    if (answer.kind !== 'answer') return null;
    if (answer.status === 404 || answer.status === 405) directory.noteUnanswered(peer.server_name, 'reach');
    if (answer.status !== 200) return null;
    try {
      const { reachable, endpoint, text } = readBody(ReachAnswer, answer.body);
      directory.noteAnswered(peer.server_name, 'reach');
      return { reachable, endpoint: endpoint ?? null, text };
    } catch {
      directory.noteUnanswered(peer.server_name, 'reach');
      return null;
    }
  }
}
