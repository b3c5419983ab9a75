import type { Tell } from '../facts.ts';
import type { Log } from '../kernel/log.ts';

const keptMax = 20;

/** Tells the owner something about a server, or (`null`) about no server in particular. */
export type Warn = (server: string | null) => (text: string) => void;

/** What the owner should know about a peer, newest last, until the node restarts. */
export class Warnings {
  private readonly log: Log;
  private readonly tell: Tell;
  private readonly byServer = new Map<string, string[]>();

  constructor(log: Log, tell: Tell) {
    this.log = log;
    this.tell = tell;
  }

  readonly warn: Warn = (server) => (text) => {
    this.log.warn({ peer: server ?? undefined }, text);
    if (server !== null) this.add(server, text);
    this.tell({ fact: 'notice', level: 'warning', text });
  };

  private add(server: string, text: string): void {
    const list = (this.byServer.get(server) ?? []).filter((each) => each !== text);
    list.push(text);
    this.byServer.set(server, list.slice(-keptMax));
  }

  of(server: string): string[] {
    return [...(this.byServer.get(server) ?? [])];
  }
}
