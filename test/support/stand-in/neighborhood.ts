import { federationPrefix } from '../../../shared/protocol/transport.ts';
import { VirtualClock } from '../virtual-clock.ts';
import type { StandInOptions } from './host.ts';
import type { Send } from './sending/outbox.ts';
import { StandInServer } from './server.ts';

/** Stand-ins that call each other without sockets, in virtual time. Each is at `http://NAME`. */
export class Neighborhood {
  readonly clock = new VirtualClock();
  readonly #servers = new Map<string, StandInServer>();
  /** Servers that don't answer. */
  readonly down = new Set<string>();

  readonly send: Send = async ({ method, url, headers, body }) => {
    const { hostname, pathname, search } = new URL(url);
    const server = this.#servers.get(hostname);
    if (!server || this.down.has(hostname)) throw new Error('connection refused');
    const answer = await server.api.answer({ method, target: pathname + search, headers, body });
    return { status: answer.status, body: String(answer.body) };
  };

  add(name: string, options: Omit<StandInOptions, 'name' | 'clock' | 'send'> = {}): StandInServer {
    const server = new StandInServer({ era: '3.x', ...options, name, clock: this.clock, send: this.send });
    server.url = `http://${name}`;
    this.#servers.set(name, server);
    return server;
  }

  /** Each admin adds the other. */
  async acquaint(a: StandInServer, b: StandInServer): Promise<void> {
    await a.addPeer(b, b.domain);
    await b.addPeer(a, a.domain);
  }

  /** A call by hand. Each of `headers` replaces the sender's own; undefined leaves it out. */
  async ask(
    from: StandInServer,
    to: StandInServer,
    call: {
      readonly method?: 'GET' | 'POST';
      /** Below the prefix. */
      readonly path: string;
      readonly body?: string;
      /** The fifth line and its header; null: neither. The name of the called server by default. */
      readonly destination?: string | null;
      readonly timestamp?: number;
      readonly headers?: Readonly<Record<string, string | undefined>>;
    },
  ): Promise<{ readonly status: number; readonly body: Record<string, unknown> }> {
    const { method = 'GET', path, body = '', destination = to.name, timestamp } = call;
    const request = { method, url: to.url + federationPrefix + path, body };
    const signed = from.caller.headers(request, destination, timestamp === undefined ? {} : { timestamp });
    const all = Object.entries({ ...signed, ...call.headers });
    const headers = Object.fromEntries(
      all.filter((entry): entry is [string, string] => entry[1] !== undefined),
    );
    const answer = await this.send({ ...request, headers });
    return { status: answer.status, body: JSON.parse(answer.body) as Record<string, unknown> };
  }
}
