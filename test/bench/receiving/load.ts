import { connect } from 'node:net';

/**
 * Posts prepared requests over a number of connections. Each waits for its answer before the next request. As simple as
 * possible, so that the benchmark doesn't measure the load generator. Returns requests per second; throws on an
 * unexpected status.
 */
export async function blast(
  port: number,
  requests: readonly Buffer[],
  connections: number,
  status: number,
): Promise<number> {
  const expected = Buffer.from(`HTTP/1.1 ${status}`);
  let next = 0;
  const begun = process.hrtime.bigint();
  await Promise.all(
    Array.from(
      { length: connections },
      () =>
        new Promise<void>((resolve, reject) => {
          const socket = connect(port, '127.0.0.1');
          let pending = Buffer.alloc(0);
          const send = () => {
            const request = requests[next++];
            if (request) socket.write(request);
            else {
              socket.destroy();
              resolve();
            }
          };
          socket.setNoDelay(true);
          socket.once('connect', send);
          socket.once('error', reject);
          socket.on('data', (chunk) => {
            pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
            const end = pending.indexOf('\r\n\r\n');
            if (end < 0) return;
            const head = pending.subarray(0, end).toString('latin1');
            const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
            if (pending.length < end + 4 + length) return;
            if (!pending.subarray(0, expected.length).equals(expected)) {
              reject(new Error(`expected ${status}: ${pending.toString().slice(0, 600)}`));
              socket.destroy();
              return;
            }
            pending = Buffer.alloc(0);
            send();
          });
        }),
    ),
  );
  return requests.length / (Number(process.hrtime.bigint() - begun) / 1e9);
}

export function httpRequest(
  method: string,
  target: string,
  headers: Record<string, string>,
  body: string,
): Buffer {
  const lines = Object.entries({
    host: '127.0.0.1',
    ...headers,
    'content-length': String(Buffer.byteLength(body)),
  })
    .map(([name, value]) => `${name}: ${value}`)
    .join('\r\n');
  return Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines}\r\n\r\n${body}`);
}
