/** The bytes of files, which the window can't get over the bridge: they go through the console's own API. */
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { apiPrefix } from '../../../shared/api/contract/procedure.ts';
import { askHere } from '../../kernel/loopback.ts';
import { appOrigin } from './app-scheme.ts';

/** The console of this app's node, and the token that it accepts. */
export interface OwnApi {
  readonly control: string;
  readonly token: string;
}

const uploadPath = /^\/rooms\/[^/?#]+\/uploads\/[^/?#]+\/bytes(?:\?[^#]*)?$/;
const filePath = /^\/rooms\/[^/?#]+\/messages\/[^/?#]+\/files\/\d+\/bytes(?:\?[^#]*)?$/;
const picturePath = /^\/(?:people|rooms)\/[^/?#]+\/pictures\/[0-9a-f]{64}\/bytes$/;
/** The headers of the page's request, and of the answer, that are passed on. */
const asked = ['range', 'accept-language'];
const answered = [
  ...[
    'accept-ranges',
    'cache-control',
    'content-disposition',
    'content-length',
    'content-range',
    'content-security-policy',
  ],
  ...['content-type', 'cross-origin-resource-policy', 'referrer-policy', 'x-content-type-options'],
];

/** Returns the path that a request of the page has at the node, below `/api/v1`; null for all but the bytes of files. */
export function bytesPathOf({ url, method }: Pick<Request, 'url' | 'method'>): string | null {
  const prefix = `${appOrigin}${apiPrefix}`;
  if (!url.startsWith(prefix)) return null;
  const path = url.slice(prefix.length);
  const known = method === 'PUT' ? [uploadPath] : method === 'GET' ? [filePath, picturePath] : [];
  return known.some((pattern) => pattern.test(path)) ? path : null;
}

/** Passes a request on to the node, and its answer back, piece by piece. */
export async function forwardBytes(
  request: Request,
  path: string,
  { control, token }: OwnApi,
): Promise<Response> {
  const headers: Record<string, string> = { authorization: `Bearer ${token}` };
  for (const name of asked) {
    const value = request.headers.get(name);
    if (value !== null) headers[name] = value;
  }
  const answer = await askHere(control.replace(/\/+$/, '') + apiPrefix + path, {
    method: request.method,
    headers,
    body: request.body === null ? undefined : Readable.fromWeb(request.body as ReadableStream),
    signal: request.signal,
  });
  const shown = answered.flatMap((name): [string, string][] => {
    const value = answer.headers[name];
    return typeof value === 'string' ? [[name, value]] : [];
  });
  const body = Readable.toWeb(answer) as ConstructorParameters<typeof Response>[0];
  return new Response(body, { status: answer.statusCode ?? 502, headers: shown });
}
