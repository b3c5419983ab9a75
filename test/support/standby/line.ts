import { connect, createServer, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { atEnd } from '../at-end.ts';

export interface Line {
  /** The port on loopback where it listens. */
  readonly port: number;
  /** Requests still arrive. */
  swallowAnswers(): void;
  answerAgain(): void;
  /** Ends all connections. New ones are carried. */
  breakAll(): void;
}

/** Carries bytes to a port of this computer. */
export async function lineTo(t: Pick<TestContext, 'after'>, port: number): Promise<Line> {
  const sockets = new Set<Socket>();
  let isCut = false;
  const server = createServer((socket) => {
    const to = connect(port, '127.0.0.1');
    for (const each of [socket, to]) sockets.add(each.on('error', () => {}));
    socket.on('data', (bytes) => to.write(bytes)).on('close', () => to.destroy());
    to.on('data', (bytes) => isCut || socket.write(bytes)).on('close', () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const end = () => {
    for (const socket of sockets) socket.destroy();
  };
  atEnd(t, () => {
    end();
    server.close();
  });
  return {
    port: (server.address() as { port: number }).port,
    swallowAnswers: () => {
      isCut = true;
    },
    answerAgain: () => {
      isCut = false;
    },
    breakAll: () => {
      isCut = false;
      end();
    },
  };
}
