import type { Server } from 'node:http';
import { type Said, sentences } from '../../../../shared/words/said.ts';
import type { HostPort } from '../../../config.ts';
import { http } from '../../../kernel/node-http.ts';
import { httpPath, instead, portText, whyNot } from '../problems.ts';
import type { ChallengePort, OpenChallengePort } from './challenge-port.ts';
import { everywhere, listenOn } from './listen-on.ts';
import { ChallengeBlocked, type Proof, type Published, type Responder } from './responders.ts';

interface HttpResponderDeps {
  /** The address on which it listens; `null`: on port 80, or on another one if that isn't available. */
  readonly address: HostPort | null;
  /** Forwards outside port 80 to the port where it answers. */
  readonly openChallengePort: (inside: HostPort) => ReturnType<OpenChallengePort>;
}

interface Open {
  readonly server: Server;
  readonly place: Said;
  readonly instead: Said | null;
  readonly challengePort: ChallengePort | null;
}

const usual: HostPort = { host: everywhere, port: 80 };
/** Always the same one, so that an owner can forward port 80 to it in the router by hand. */
const fallback: HostPort = { host: everywhere, port: 8402 };
const requestMsMax = 10_000;
const connectionsMax = 64;

/** HTTP-01 (RFC 8555, 8.3): listens while there is a challenge. Everything else is an empty 404. */
export class HttpResponder implements Responder {
  readonly #deps: HttpResponderDeps;
  readonly #answers = new Map<string, string>();
  #open: Promise<Open> | null = null;

  constructor(deps: HttpResponderDeps) {
    this.#deps = deps;
  }

  async publish({ token, keyAuthorization }: Proof): Promise<Published> {
    const target = httpPath + token;
    this.#answers.set(target, keyAuthorization);
    this.#open ??= this.#begin();
    try {
      const { place, instead, challengePort } = await this.#open;
      return { place, instead, challengePort, withdraw: () => this.#takeBack(target) };
    } catch (error) {
      this.#answers.delete(target);
      this.#open = null;
      throw error;
    }
  }

  async #takeBack(target: string): Promise<void> {
    this.#answers.delete(target);
    const open = this.#open;
    if (this.#answers.size > 0 || !open) return;
    this.#open = null;
    const { server, challengePort } = await open;
    await Promise.all([challengePort?.close(), closed(server)]);
  }

  /** If port 80 isn't available, another one works as long as the router forwards port 80 to it. */
  async #begin(): Promise<Open> {
    const { address } = this.#deps;
    try {
      return await this.#beginAt(address ?? usual, null);
    } catch (error) {
      const why = error as NodeJS.ErrnoException;
      const taken = instead(why, usual, fallback);
      if (address !== null || taken === null) throw new ChallengeBlocked(whyNot(why, address ?? usual));
      return this.#beginAt(fallback, taken).catch((other: NodeJS.ErrnoException) => {
        throw new ChallengeBlocked(sentences(taken, whyNot(other, fallback)));
      });
    }
  }

  async #beginAt(wanted: HostPort, why: Said | null): Promise<Open> {
    const server = this.#server();
    const inside = await listenOn(server, wanted);
    server.unref();
    return {
      server,
      place: portText(inside),
      instead: why,
      challengePort: await this.#deps.openChallengePort(inside),
    };
  }

  #server(): Server {
    const server = http.createServer(
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
    return server;
  }
}

const closed = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
