import { isIPv6 } from 'node:net';
import { readUpTo } from '../../../kernel/body.ts';
import { http } from '../../../kernel/node-http.ts';

/** A small HTTP exchange with a router, behind an interface so that tests can play the router. */
export type HttpText = (
  call: {
    readonly url: URL;
    readonly method: 'GET' | 'POST';
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
    readonly localAddress: string;
  },
  signal: AbortSignal,
) => Promise<{ readonly status: number; readonly text: string }>;

/** A description has about ten thousand bytes. */
const bytesMax = 64 * 1024;
const wholeMsMax = 5_000;

/** Rejects on any problem. Follows no redirect, because a router has no reason to point elsewhere. */
export const httpText: HttpText = ({ url, method, headers, body, localAddress }, signal) =>
  new Promise((resolve, reject) => {
    const call = http.request(
      url,
      {
        method,
        localAddress,
        family: isIPv6(localAddress) ? 6 : 4,
        agent: false,
        signal: AbortSignal.any([signal, AbortSignal.timeout(wholeMsMax)]),
        headers: {
          ...headers,
          ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
        },
      },
      (response) => {
        readUpTo(response, bytesMax).then((bytes) => {
          if (bytes === null) reject(new Error('a router answered with more than 64 kB'));
          else resolve({ status: response.statusCode ?? 0, text: bytes.toString('utf8') });
        }, reject);
      },
    );
    call.on('error', reject);
    call.end(body);
  });
