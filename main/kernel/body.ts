import type { IncomingMessage } from 'node:http';
import getRawBody from 'raw-body';

/** Why a body could not be read: it is compressed, larger than allowed, or the connection ended first. */
export class BodyError extends Error {
  readonly kind: 'compressed' | 'too-large' | 'cut-off';

  constructor(kind: BodyError['kind']) {
    super(`the body is ${kind}`);
    this.kind = kind;
  }
}

const nothing = Buffer.alloc(0);

/**
 * Reads a request's body up to `bytesMax` and no further; rejects with BodyError. A declared length that is too large
 * is refused without reading. The time a sender may take is up to the server (`requestTimeout`).
 */
export async function readBody(request: IncomingMessage, bytesMax: number): Promise<Buffer> {
  const { 'content-encoding': encoding, 'content-length': length } = request.headers;
  if (encoding !== undefined && encoding !== 'identity') throw new BodyError('compressed');
  if (Number(length ?? 0) === 0 && request.headers['transfer-encoding'] === undefined) return nothing;
  try {
    return await getRawBody(request, { limit: bytesMax, length: length ?? null });
  } catch (error) {
    throw new BodyError((error as { type?: string }).type === 'entity.too.large' ? 'too-large' : 'cut-off');
  }
}

/**
 * After a refusal: the rest of the request is read and discarded, so that the sender can read the answer. After another
 * `bytesMax` the connection is cut.
 */
export function discardRest(request: IncomingMessage, bytesMax: number): void {
  let discarded = 0;
  request.on('data', (chunk: Buffer) => {
    discarded += chunk.length;
    if (discarded > bytesMax) request.destroy();
  });
  request.resume();
}

/** The whole source; `null` if it is larger than `bytesMax`, and then the rest isn't read. */
export async function readUpTo(
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  bytesMax: number,
): Promise<Buffer | null> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  // Leaving the loop early ends the source.
  for await (const chunk of source) {
    length += chunk.length;
    if (length > bytesMax) return null;
    chunks.push(chunk);
  }
  const [first] = chunks;
  return chunks.length === 1 && first instanceof Buffer ? first : Buffer.concat(chunks);
}

/** Yields the pieces of a body. Each is used only until the next one is asked for. */
export async function* usedUp(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const piece of source) {
    yield piece;
    freeNow(piece);
  }
}

/**
 * Frees the memory of a piece that nobody uses any more, if nothing else is in it. The garbage collector would come after
 * tens of MB, because such memory isn't on its heap.
 */
export function freeNow(piece: Uint8Array): void {
  const { buffer } = piece;
  if (buffer instanceof ArrayBuffer && piece.byteLength === buffer.byteLength) buffer.transfer(0);
}
