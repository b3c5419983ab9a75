import { type Said, storeSaid } from '../../shared/words/said.ts';

const keptMax = 20;

/** What the owner should know about a peer, newest last, until the node starts anew. */
export class Warnings {
  private readonly byServer = new Map<string, Said[]>();

  add(server: string, news: Said): void {
    const isSame = (each: Said) => storeSaid(each) === storeSaid(news);
    const list = (this.byServer.get(server) ?? []).filter((each) => !isSame(each));
    list.push(news);
    this.byServer.set(server, list.slice(-keptMax));
  }

  of(server: string): Said[] {
    return [...(this.byServer.get(server) ?? [])];
  }
}
