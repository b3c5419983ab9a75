import { connect, createServer, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { atEnd } from '../at-end.ts';
import { freePorts } from '../nodes/free-ports.ts';

/** What happens to a message: it goes on, the connection breaks before it arrives, or before it is answered. */
export type Fate = 'pass' | 'lost' | 'unanswered';

/**
 * The URL of a database by way of a proxy that reads along. `onMessage` gets what a client sends, with its statements as
 * text, and decides what happens to it. All connections wait while it decides.
 */
export async function through(
  t: Pick<TestContext, 'after'>,
  url: string,
  onMessage: (text: string) => Fate | Promise<Fate>,
): Promise<string> {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  let turn: Promise<unknown> = Promise.resolve();
  const server = createServer((client) => {
    const database = connect(Number(target.port), target.hostname);
    let isUnanswered = false;
    const cut = () => {
      client.destroy();
      database.destroy();
    };
    for (const socket of [client, database]) {
      sockets.add(socket);
      socket.on('error', cut).on('close', cut);
    }
    client.on('data', (chunk) => {
      turn = turn.then(async () => {
        const fate = await onMessage(chunk.toString('latin1'));
        if (fate === 'lost') return cut();
        isUnanswered ||= fate === 'unanswered';
        database.write(chunk);
      });
    });
    database.on('data', (chunk) => {
      if (isUnanswered) cut();
      else client.write(chunk);
    });
  });
  const [port = 0] = await freePorts(1);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  atEnd(t, () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const proxied = new URL(url);
  proxied.hostname = '127.0.0.1';
  proxied.port = String(port);
  return proxied.href;
}
