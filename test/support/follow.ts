import type { Change } from '../../shared/api/topics.ts';

export interface Followed {
  /** The next matching change, from those that came after the last one returned. */
  next(fits: (change: Change) => boolean): Promise<Change>;
  close(): void;
}

/** Reads a node's live stream over HTTP. */
export async function follow(node: { readonly control: string; readonly token: string }): Promise<Followed> {
  const abort = new AbortController();
  const response = await fetch(`${node.control}/api/v1/stream`, {
    headers: { authorization: `Bearer ${node.token}` },
    signal: abort.signal,
  });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  if (!reader) throw new Error('no stream');
  const waiting: Change[] = [];
  let text = '';
  return {
    async next(fits) {
      for (;;) {
        while (waiting.length > 0) {
          const change = waiting.shift() as Change;
          if (fits(change)) return change;
        }
        const { value, done } = await reader.read();
        if (done) throw new Error('the stream ended');
        text += value;
        const records = text.split('\n\n');
        text = records.pop() ?? '';
        for (const record of records) {
          const data = /^data: (.*)$/m.exec(record)?.[1];
          if (data !== undefined) waiting.push(JSON.parse(data) as Change);
        }
      }
    },
    close: () => abort.abort(),
  };
}
