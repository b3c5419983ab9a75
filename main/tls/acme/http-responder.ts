import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { HostPort } from '../../config.ts';
import type { Door, OpenDoor } from '../door.ts';
import { httpPath, whyNot } from './problems.ts';
import { ChallengeBlocked, type Proof, type Published, type Responder } from './responders.ts';

export interface HttpResponderParts {
  /** Where it answers; `null`: on port 80, or where the router leads that. */
  readonly address: HostPort | null;
  /** Leads port 80 outside to where it answers. */
  readonly openDoor: (inside: HostPort) => ReturnType<OpenDoor>;
}

interface Open {
  readonly server: Server;
  readonly place: string;
  readonly door: Door | null;
}

const usual: HostPort = { host: '0.0.0.0', port: 80 };
const requestMsMax = 10_000;
const connectionsMax = 64;

/** HTTP-01 (RFC 8555, 8.3): listens while there is a proof to show. Everything else is 404, with nothing in it. */
export class HttpResponder implements Responder {
  readonly #parts: HttpResponderParts;
  readonly #answers = new Map<string, string>();
  #open: Promise<Open> | null = null;

  constructor(parts: HttpResponderParts) {
    this.#parts = parts;
  }

  async publish({ token, keyAuthorization }: Proof): Promise<Published> {
    const target = httpPath + token;
    this.#answers.set(target, keyAuthorization);
    this.#open ??= this.#begin();
    try {
      const { place, door } = await this.#open;
      return { place, door, withdraw: () => this.#takeBack(target) };
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
    const { server, door } = await open;
    await Promise.all([door?.close(), closed(server)]);
  }

  /** Where port 80 cannot be had here, any other will do, as long as the router leads port 80 there. */
  async #begin(): Promise<Open> {
    const { address, openDoor } = this.#parts;
    const wanted = address ?? usual;
    let server: Server;
    try {
      server = await this.#listen(wanted);
    } catch (error) {
      const why = error as NodeJS.ErrnoException;
      if (address !== null || (why.code !== 'EACCES' && why.code !== 'EADDRINUSE'))
        throw new ChallengeBlocked(whyNot(why, wanted, null));
      return this.#beginElsewhere(why);
    }
    const inside = { ...wanted, port: portOf(server) };
    return { server, place: placeOf(inside), door: await openDoor(inside) };
  }

  async #beginElsewhere(why: NodeJS.ErrnoException): Promise<Open> {
    const server = await this.#listen({ ...usual, port: 0 });
    const inside = { ...usual, port: portOf(server) };
    const door = await this.#parts.openDoor(inside);
    if (door?.isOpen) return { server, place: placeOf(inside), door };
    await closed(server);
    throw new ChallengeBlocked(whyNot(why, usual, door));
  }

  async #listen({ host, port }: HostPort): Promise<Server> {
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
    server.listen({ host, port }, resolve);
    await promise;
    server.off('error', reject);
    // It never keeps a node from ending.
    server.unref();
    return server;
  }
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

/** An address that is not every one of this machine is named: it may be there for a proxy. */
const placeOf = ({ host, port }: HostPort): string =>
  host === '0.0.0.0' || host === '::' ? `port ${port} of this machine` : `${host} port ${port}`;

const closed = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
