/** Answers an authority's challenges: only while one is running, and nothing else. */
import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import { createSecureContext, type SecureContext, type TLSSocket } from 'node:tls';
import type { AcmeChallenge } from '../../../../shared/api/contract/tls.ts';
import { SaidError } from '../../../../shared/words/refusal.ts';
import { type Said, said } from '../../../../shared/words/said.ts';
import type { Clock } from '../../../kernel/ports.ts';
import { challengeServerName, type Identifier } from '../../identifiers.ts';
import { makeChallengePair } from '../../x509.ts';
import type { ChallengePort } from './challenge-port.ts';

export interface Proof {
  readonly identifier: Identifier;
  readonly token: string;
  readonly keyAuthorization: string;
}

export interface Published {
  /** The place where connections from outside have to arrive. */
  readonly place: Said;
  /** The reason why that is not the port the authority connects to, if it isn't. */
  readonly instead: Said | null;
  /** The router's answer; `null` if it was not asked. */
  readonly challengePort: ChallengePort | null;
  withdraw(): Promise<void>;
}

export interface Responder {
  /** Rejects with ChallengeBlocked. */
  publish(proof: Proof): Promise<Published>;
}
export type Responders = Readonly<Record<AcmeChallenge, Responder>>;

/** The challenge can't even be answered here; says what to do. */
export class ChallengeBlocked extends SaidError {
  /** The earliest time of a retry; null if any time will do. */
  readonly retryAt: number | null;

  constructor(said: Said, retryAt: number | null = null) {
    super(said);
    this.retryAt = retryAt;
  }
}

export const acmeProtocol = 'acme-tls/1';

/** TLS-ALPN-01 (RFC 8737): answered by the federation listener, for clients that ask for its protocol. */
export class AlpnResponder implements Responder {
  readonly #clock: Clock;
  readonly #contexts = new Map<string, SecureContext>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async publish({ identifier, keyAuthorization }: Proof): Promise<Published> {
    const name = challengeServerName(identifier);
    const digest = createHash('sha256').update(keyAuthorization).digest('hex');
    const pair = await makeChallengePair(identifier, digest, this.#clock.now());
    this.#contexts.set(name, createSecureContext(pair));
    return {
      place: said('acme.listener'),
      instead: null,
      challengePort: null,
      withdraw: async () => {
        this.#contexts.delete(name);
      },
    };
  }

  /**
   * Gives the socket the certificate that is requested; false when nothing is being proved for that name. With BoringSSL its
   * key has to be of the listener's kind: docs/decisions/0025-certificates.md, "Consequences".
   */
  answer(socket: TLSSocket, serverName: string): boolean {
    const context = this.#contexts.get(serverName.toLowerCase());
    if (!context) return false;
    socket.setKeyCert(context);
    return true;
  }
}

/** After the handshake there is nothing to say (RFC 8737, 3). */
export const isChallenge = (socket: Socket): boolean =>
  (socket as Partial<TLSSocket>).alpnProtocol === acmeProtocol;
