import type { Socket } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import { said } from '../../../../shared/words/said.ts';
import type { HostPort } from '../../../config.ts';
import { comesOn443, type ListenPorts } from '../../identifiers.ts';
import type { TlsPair } from '../../pair.ts';
import type { OpenChallengePort } from './challenge-port.ts';
import { everywhere, listenOn } from './listen-on.ts';
import {
  type AlpnResponder,
  acmeProtocol,
  type Proof,
  type Published,
  type Responder,
} from './responders.ts';

interface AlpnListenerDeps {
  readonly alpn: AlpnResponder;
  /** Forwards outside port 443 to the port where it answers. */
  readonly openChallengePort: (inside: HostPort) => ReturnType<OpenChallengePort>;
  /** The ports of the federation listener. */
  readonly ports: () => ListenPorts;
  /** The start of a handshake, before it is known what is requested. */
  readonly pair: () => Promise<TlsPair>;
}

const handshakeMsMax = 10_000;
const connectionsMax = 64;

/**
 * TLS-ALPN-01 if peers don't use port 443: the router forwards that port to a listener that answers only the authority.
 * It can't be the federation listener, because in most protocols an inside port has only one mapping, and that is its
 * own.
 */
export class AlpnListener implements Responder {
  readonly #deps: AlpnListenerDeps;

  constructor(deps: AlpnListenerDeps) {
    this.#deps = deps;
  }

  async publish(proof: Proof): Promise<Published> {
    const { alpn, openChallengePort, ports } = this.#deps;
    const { listen } = ports();
    if (comesOn443(ports())) return alpn.publish(proof);
    const published = await alpn.publish(proof);
    const listener = await this.#listen().catch(async (error: unknown) => {
      await published.withdraw();
      throw error;
    });
    const challengePort = await openChallengePort(listener.inside);
    if (!challengePort?.isOpen) listener.close();
    return {
      place: said('acme.listener_at', { port: listen }),
      instead: null,
      challengePort,
      async withdraw() {
        listener.close();
        await Promise.all([published.withdraw(), challengePort?.close()]);
      },
    };
  }

  async #listen(): Promise<{ readonly inside: HostPort; close(): void }> {
    const { alpn, pair } = this.#deps;
    const { cert, key } = await pair();
    const sockets = new Set<Socket>();
    const server = createServer({
      cert,
      key,
      handshakeTimeout: handshakeMsMax,
      ALPNCallback(this: TLSSocket, asked: { servername: string; protocols: string[] }) {
        const isAsked = asked.protocols.includes(acmeProtocol);
        return isAsked && alpn.answer(this, asked.servername) ? acmeProtocol : undefined;
      },
    });
    server.maxConnections = connectionsMax;
    server.on('connection', (socket) => {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    });
    server.on('secureConnection', (socket) => socket.destroySoon());
    server.on('tlsClientError', (_, socket) => socket.destroy());
    const inside = await listenOn(server, { host: everywhere, port: 0 });
    server.unref();
    return {
      inside,
      close() {
        server.close();
        for (const socket of sockets) socket.destroy();
      },
    };
  }
}
