import type { IncomingMessage, ServerResponse } from 'node:http';
import { refusal } from '../../../shared/words/refusal.ts';
import { type Said, said } from '../../../shared/words/said.ts';
import { BodyError, discardRest, readBody } from '../../kernel/body.ts';

const bodyBytesMax = 2 * 1024 * 1024;
/**
 * How much of a refused body is read and discarded, so that a client that is still sending can read the refusal before
 * the connection closes.
 */
const discardedBytesMax = 4 * bodyBytesMax;

/**
 * The request's body as a JSON object; no body is an empty object. Refuses with 413 as soon as the declared or actual
 * length exceeds `bytesMax` (2 MiB), with 415 what is compressed, and with 400 what is cut short, not UTF-8, not JSON, or not an
 * object.
 */
export async function readJsonObject(
  request: IncomingMessage,
  response: ServerResponse,
  bytesMax = bodyBytesMax,
): Promise<Record<string, unknown>> {
  const bytes = await readBytes(request, response, bytesMax);
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

async function readBytes(
  request: IncomingMessage,
  response: ServerResponse,
  bytesMax: number,
): Promise<Buffer> {
  try {
    return await readBody(request, bytesMax);
  } catch (error) {
    if (!(error instanceof BodyError)) throw error;
    switch (error.kind) {
      case 'compressed':
        throw refusal('BAD_REQUEST', said('control.compressed'), { status: 415 });
      case 'too-large':
        response.once('finish', () => discardRest(request, discardedBytesMax));
        throw refusal('BAD_REQUEST', said('control.too_large', { bytes: bytesMax }), {
          status: 413,
          details: { bytes_max: bytesMax },
        });
      case 'cut-off':
        throw refusal('BAD_REQUEST', said('control.cut_short'));
    }
  }
}
