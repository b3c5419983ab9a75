/** Several messages in one body: each is a JSON value and bytes that stay as they are. */
export interface Frame {
  readonly head: unknown;
  readonly body: Buffer;
}

const lengthBytes = 8;

export function writeFrame(head: unknown, body: Buffer): Buffer {
  const text = Buffer.from(JSON.stringify(head));
  const lengths = Buffer.alloc(lengthBytes);
  lengths.writeUInt32BE(text.length, 0);
  lengths.writeUInt32BE(body.length, 4);
  return Buffer.concat([lengths, text, body]);
}

/** Reads frames from chunks that begin and end anywhere. */
export class FrameReader {
  #rest: Buffer = Buffer.alloc(0);

  /** The frames that this chunk completes. Throws SyntaxError for a head that isn't JSON. */
  read(chunk: Buffer): Frame[] {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const frames: Frame[] = [];
    let at = 0;
    while (bytes.length - at >= lengthBytes) {
      const head = at + lengthBytes;
      const body = head + bytes.readUInt32BE(at);
      const end = body + bytes.readUInt32BE(at + 4);
      if (bytes.length < end) break;
      frames.push({ head: JSON.parse(bytes.toString('utf8', head, body)), body: bytes.subarray(body, end) });
      at = end;
    }
    this.#rest = bytes.subarray(at);
    return frames;
  }
}
