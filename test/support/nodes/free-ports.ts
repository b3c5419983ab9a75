import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Below the range of ports that the system picks for programs that name none: it gives none of these away. */
const lowest = 15_000;
const highest = 32_000;

/** Ports that nothing listens on, for programs that must be told theirs. */
export async function freePorts(count: number): Promise<number[]> {
  const held = [];
  for (
    let port = randomInt(lowest, highest);
    held.length < count;
    port = port < highest ? port + 1 : lowest
  ) {
    const server = await listenOn(port);
    if (server !== null) held.push({ port, server });
  }
  await Promise.all(held.map(({ server }) => new Promise((resolve) => server.close(resolve))));
  return held.map(({ port }) => port);
}

/** Null where the port is in use. On all addresses, because a proxy listens there. */
function listenOn(port: number) {
  const server = createServer();
  return new Promise<typeof server | null>((resolve) => {
    server.once('error', () => resolve(null));
    server.listen(port, () => resolve(server));
  });
}
