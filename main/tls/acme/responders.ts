/** What answers an authority that comes to look: only while something is being proved, and nothing else. */
import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { createSecureContext, type SecureContext, type TLSSocket } from 'node:tls';
import type { AcmeChallenge } from '../../../shared/api/tls.ts';
import type { HostPort } from '../../config.ts';
import type { Clock } from '../../ports.ts';
import { challengeServerName, type Identifier } from '../identifiers.ts';
import { makeChallengePair } from '../x509.ts';

export interface Proof {
  readonly identifier: Identifier;
  readonly token: string;
  readonly keyAuthorization: string;
}

export interface Responder {
  /** Rejects with ChallengeBlocked; the function it gives takes the proof back. */
  publish(proof: Proof): Promise<() => Promise<void>>;
}
export type Responders = Readonly<Record<AcmeChallenge, Responder>>;

/** The challenge cannot even be answered from here; the message says what to do. */
export class ChallengeBlocked extends Error {}

const path = '/.well-known/acme-challenge/';
const requestMsMax = 10_000;
const connectionsMax = 64;

/** HTTP-01 (RFC 8555, 8.3): listens while there is a proof to show. Everything else is 404, with nothing in it. */
export class HttpResponder implements Responder {
  readonly #address: HostPort;
  readonly #answers = new Map<string, string>();
  #server: Server | null = null;

  constructor(address: HostPort) {
    this.#address = address;
  }

  /** Where it listens right now. */
  get port(): number | null {
    return (this.#server?.address() as AddressInfo | null | undefined)?.port ?? null;
  }

  async publish({ token, keyAuthorization }: Proof): Promise<() => Promise<void>> {
    const target = path + token;
    this.#answers.set(target, keyAuthorization);
    try {
      this.#server ??= await this.#listen();
    } catch (error) {
      this.#answers.delete(target);
      throw new ChallengeBlocked(whyNot(error as NodeJS.ErrnoException, this.#address));
    }
    return async () => {
      this.#answers.delete(target);
      if (this.#answers.size === 0) await this.#close();
    };
  }

  async #listen(): Promise<Server> {
    const server = createServer(
      { requestTimeout: requestMsMax, headersTimeout: requestMsMax, connectionsCheckingInterval: 1000 },
      (request, response) => {
        const answer = request.method === 'GET' ? this.#answers.get(request.url ?? '') : undefined;
        response.sendDate = false;
        response.setHeader('connection', 'close');
        if (answer === undefined) {
          response.writeHead(404).end();
          return;
        }
        response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(answer);
      },
    );
    server.maxConnections = connectionsMax;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    server.once('error', reject);
    server.listen({ host: this.#address.host, port: this.#address.port }, resolve);
    await promise;
    server.off('error', reject);
    // It never keeps a node from ending.
    server.unref();
    return server;
  }

  async #close(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (!server) return;
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }
}

export const acmeProtocol = 'acme-tls/1';

/** TLS-ALPN-01 (RFC 8737): answered by the federation listener, for whoever asks for its protocol. */
export class AlpnResponder implements Responder {
  readonly #clock: Clock;
  readonly #contexts = new Map<string, SecureContext>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async publish({ identifier, keyAuthorization }: Proof): Promise<() => Promise<void>> {
    const name = challengeServerName(identifier);
    const digest = createHash('sha256').update(keyAuthorization).digest('hex');
    const pair = await makeChallengePair(identifier, digest, this.#clock.now());
    this.#contexts.set(name, createSecureContext(pair));
    return async () => {
      this.#contexts.delete(name);
    };
  }

  /** Gives the socket the certificate that is asked for; false when nothing is being proved for that name. */
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

function whyNot(error: NodeJS.ErrnoException, { host, port }: HostPort): string {
  const next = `or let the authority come to the federation listener with --acme-challenge tls-alpn-01, which needs port 443`;
  if (error.code === 'EADDRINUSE')
    return `Port ${port} on ${host}, where the authority looks (HTTP-01), is used by another program. Stop that, or let it pass ${path} on to the address you give with --acme-http, such as 127.0.0.1:8402, ${next}.`;
  if (error.code === 'EACCES')
    return `Port ${port} on ${host}, where the authority looks (HTTP-01), is for administrators only. Give another one with --acme-http, such as 0.0.0.0:8402, and let the router forward port 80 to it, ${next}.`;
  if (error.code === 'EADDRNOTAVAIL') return `--acme-http: ${host} is no address of this machine.`;
  return `The authority’s question cannot be answered on ${host} port ${port}: ${error.message}.`;
}
