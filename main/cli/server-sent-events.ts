export interface ServerSentEvent {
  /** Empty when the stream gave none yet. */
  readonly id: string;
  readonly event: string;
  readonly data: string;
}

/** Events of a `text/event-stream` as they come; comments and blocks without data are passed over. */
export async function* readServerSentEvents(
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<ServerSentEvent, void, void> {
  const decoder = new TextDecoder();
  let rest = '';
  let id = '';
  for await (const chunk of bytes) {
    const blocks = (rest + decoder.decode(chunk, { stream: true })).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const fields = new Map<string, string[]>();
      for (const line of block.split('\n')) {
        const [, name, value] = /^([^:]+)(?:: ?(.*))?$/.exec(line) ?? [];
        if (name !== undefined) fields.set(name, [...(fields.get(name) ?? []), value ?? '']);
      }
      id = fields.get('id')?.at(-1) ?? id;
      const data = fields.get('data')?.join('\n');
      if (data !== undefined) yield { id, event: fields.get('event')?.at(-1) ?? 'message', data };
    }
  }
}
