import { type Said, storeSaid } from '../../shared/words/said.ts';
import { wordsIn } from '../../shared/words/words.ts';
import type { Tell } from '../facts.ts';
import type { Log } from '../kernel/log.ts';

const keptMax = 20;

/** Warns the owner about a server, or (`null`) about no server in particular. */
export type Warn = (server: string | null) => (news: Said) => void;

/** Keeps what the owner should know about a peer, newest last, until the node restarts. */
export class Warnings {
  readonly #log: Log;
  readonly #tell: Tell;
  readonly #byServer = new Map<string, Said[]>();

  constructor(log: Log, tell: Tell) {
    this.#log = log;
    this.#tell = tell;
  }

  readonly warn: Warn = (server) => (news) => {
    this.#log.warn({ peer: server ?? undefined }, wordsIn('en').say(news));
    if (server !== null) this.#add(server, news);
    this.#tell({ fact: 'notice', level: 'warning', said: news, server });
  };

  #add(server: string, news: Said): void {
    const isSame = (each: Said) => storeSaid(each) === storeSaid(news);
    const list = (this.#byServer.get(server) ?? []).filter((each) => !isSame(each));
    list.push(news);
    this.#byServer.set(server, list.slice(-keptMax));
  }

  of(server: string): Said[] {
    return [...(this.#byServer.get(server) ?? [])];
  }
}
