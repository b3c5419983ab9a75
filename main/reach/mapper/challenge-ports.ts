import type { Log } from '../../kernel/log.ts';
import type { Clock, Random } from '../../kernel/ports.ts';
import type { ChallengePort, ChallengePortRequest } from '../../tls/acme/challenge/challenge-port.ts';
import {
  type ChallengePortVerdict,
  challengePortAbandoned,
  challengePortVerdict,
} from '../verdict/challenge-port-verdict.ts';
import { PortMapper, type RouterWorld } from './port-mapper.ts';

interface ChallengePortsDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly nonce: () => Buffer;
  readonly world?: Partial<RouterWorld>;
}

/** Short, so that the router removes on its own what a killed node left open. A port that is used longer is renewed. */
const lifetimeS = 120;

/**
 * Opens a certain outside port for a moment, in addition to the listener's own mapping. Each leads to an inside port of
 * its own: for PCP and NAT-PMP the inside port identifies the mapping, so a second mapping would replace the first.
 */
export class ChallengePorts {
  readonly #deps: ChallengePortsDeps;
  readonly #open = new Set<() => Promise<void>>();

  constructor(deps: ChallengePortsDeps) {
    this.#deps = deps;
  }

  async open({ outsidePort, inside, signal }: ChallengePortRequest): Promise<ChallengePort | null> {
    const asked = Promise.withResolvers<ChallengePortVerdict | null>();
    const look = (): void => {
      const verdict = challengePortVerdict(mapper.view(), mapper.verdict(), outsidePort);
      if (verdict !== undefined) asked.resolve(verdict);
    };
    const mapper = new PortMapper({
      ...this.#deps,
      listenHost: inside.port === outsidePort ? inside.host : ipv4Of(inside.host),
      exactPort: outsidePort,
      timing: { lifetimeS },
      onChange: look,
    });
    const close = async (): Promise<void> => {
      this.#open.delete(close);
      asked.resolve(challengePortAbandoned(outsidePort));
      await mapper.stop();
    };
    const abort = (): void => void close();
    this.#open.add(close);
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    else mapper.start(inside.port);
    look();
    const verdict = await asked.promise;
    signal.removeEventListener('abort', abort);
    if (verdict?.isOpen) return { ...verdict, close };
    await close();
    return verdict && { ...verdict, close };
  }

  async closeAll(): Promise<void> {
    await Promise.all([...this.#open].map((close) => close()));
  }
}

/** Prefers IPv4: for IPv6, a router opens the inside port as it is and can't redirect another one to it. */
const ipv4Of = (host: string): string => (host === '::' ? '0.0.0.0' : host);
