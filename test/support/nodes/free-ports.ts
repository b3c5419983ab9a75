import { randomInt } from 'node:crypto';
import { createServer, type Server } from 'node:net';

/** Below the range from which the system picks ports for programs that name none. */
const lowest = 15_000;
const highest = 32_000;
const blockSize = 100;
const blocks = (highest - lowest) / blockSize;

/** Ports for this process: no other test process uses them while it runs. */
let left: number[] = [];

/**
 * Ports on which nothing listens. For programs that need a port number, and for nodes that restart on the same port: by
 * then, something else may have got a port that the system picked.
 */
export async function freePorts(count: number): Promise<number[]> {
  const found: number[] = [];
  while (found.length < count) {
    if (left.length === 0) left = await claimBlock();
    const port = left.shift();
    if (port !== undefined && (await isFree(port))) found.push(port);
  }
  return found;
}

/** Holds the first port of a block until this process ends, so that other processes know that the block is taken. */
async function claimBlock(): Promise<number[]> {
  const start = randomInt(blocks);
  for (let tried = 0; tried < blocks; tried++) {
    const first = lowest + ((start + tried) % blocks) * blockSize;
    const claim = await listenOn(first, '127.0.0.1');
    if (claim === null) continue;
    claim.unref();
    return Array.from({ length: blockSize - 1 }, (_, at) => first + 1 + at);
  }
  throw new Error(`every block of ports from ${lowest} to ${highest} is taken`);
}

async function isFree(port: number): Promise<boolean> {
  // On all addresses, because a proxy listens on all of them.
  const server = await listenOn(port);
  if (server === null) return false;
  await new Promise((resolve) => server.close(resolve));
  return true;
}

/** Null if the port is in use. */
function listenOn(port: number, host?: string): Promise<Server | null> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(null));
    server.listen({ port, host }, () => resolve(server));
  });
}
