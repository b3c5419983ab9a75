import type { IncomingMessage, ServerResponse } from 'node:http';
import { refusal } from '../../../shared/words/refusal.ts';
import { type Said, said } from '../../../shared/words/said.ts';

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
    throw refusal('BAD_REQUEST', said('control.compressed'), { status: 415 });
  }
  const bytes = await readCapped(request, response);
  if (bytes.length === 0) return {};
  const value = parse(bytes);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw refusal('BAD_REQUEST', said('control.not_object', { found: describe(value) }));
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    const detail = error instanceof SyntaxError ? error.message : said('control.not_utf8');
    throw refusal('BAD_REQUEST', said('control.bad_json', { detail }));
  }
}

function describe(value: unknown): Said {
  if (value === null) return said('control.found_null');
  return Array.isArray(value)
    ? said('control.found_array')
    : said('control.found_other', { type: typeof value });
}

function readCapped(request: IncomingMessage, response: ServerResponse): Promise<Buffer> {
  const tooLarge = () => {
    discardRest(request, response);
    return refusal('BAD_REQUEST', said('control.too_large', { bytes: bodyBytesMax }), {
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
    const broken = () => settle(() => reject(refusal('BAD_REQUEST', said('control.cut_short'))));
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
