import type { IncomingMessage, ServerResponse } from 'node:http';
import { badRequest, ProtocolError } from '../../../shared/protocol/errors.ts';

export const bodyBytesMax = 2 * 1024 * 1024;
/** Read and thrown away behind a refusal, so that a client still sending gets to read it, before the line is cut. */
const discardedBytesMax = 4 * bodyBytesMax;

/**
 * The request's body as a JSON object; no body is an empty one. Refuses with 413 as soon as 2 MiB are exceeded,
 * told or seen, and with 400 what is not UTF-8, not JSON, or not an object.
 */
export async function readJsonObject(
  request: IncomingMessage,
  response: ServerResponse,
): Promise<Record<string, unknown>> {
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    throw new ProtocolError('BAD_REQUEST', 'Expected a body that is not compressed.', { status: 415 });
  }
  const bytes = await readCapped(request, response);
  if (bytes.length === 0) return {};
  const value = parse(bytes);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw badRequest(`Expected the body to be a JSON object, got ${describe(value)}.`);
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    const why = error instanceof SyntaxError ? error.message : 'it is not UTF-8';
    throw badRequest(`Expected the body to be a JSON object in UTF-8: ${why}.`);
  }
}

function describe(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : `a ${typeof value}`;
}

function readCapped(request: IncomingMessage, response: ServerResponse): Promise<Buffer> {
  const tooLarge = () => {
    discardRest(request, response);
    return new ProtocolError('BAD_REQUEST', `Expected a body of at most ${bodyBytesMax} bytes.`, {
      status: 413,
      details: { bytes_max: bodyBytesMax },
    });
  };
  if (Number(request.headers['content-length'] ?? 0) > bodyBytesMax) return Promise.reject(tooLarge());
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const settle = (act: () => void) => {
      request.off('data', take).off('end', done).off('error', broken).off('close', broken);
      act();
    };
    const take = (chunk: Buffer) => {
      size += chunk.length;
      if (size <= bodyBytesMax) chunks.push(chunk);
      else settle(() => reject(tooLarge()));
    };
    const done = () => settle(() => resolve(Buffer.concat(chunks)));
    const broken = () => settle(() => reject(badRequest('The connection ended before the body did.')));
    request.on('data', take).once('end', done).once('error', broken).once('close', broken);
  });
}

/** Once the refusal is written Node lets the rest flow into nothing; this bounds how much of it. */
function discardRest(request: IncomingMessage, response: ServerResponse): void {
  response.once('finish', () => {
    let discarded = 0;
    request.on('data', (chunk: Buffer) => {
      discarded += chunk.length;
      if (discarded > discardedBytesMax) request.destroy();
    });
  });
}
