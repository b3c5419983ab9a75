const keptMax = 20;

/** What the owner should know about a peer, newest last, until the node starts anew. */
export class Warnings {
  private readonly byServer = new Map<string, string[]>();

  add(server: string, text: string): void {
    const list = (this.byServer.get(server) ?? []).filter((each) => each !== text);
    list.push(text);
    this.byServer.set(server, list.slice(-keptMax));
  }

  of(server: string): string[] {
    return [...(this.byServer.get(server) ?? [])];
  }
}
