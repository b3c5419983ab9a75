/**
 * Relays connections from a socket in the file system, which all network namespaces share, to a port of its own
 * namespace: `node test/support/netns/relay.ts PATH PORT`.
 */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { pipeline } from 'node:stream/promises';

const [, , path = '', port = ''] = process.argv;
const server = createServer((outer) => {
  const inner = connect(Number(port), '127.0.0.1');
  pipeline(outer, inner, outer).catch(() => {});
});
server.listen(path);
await once(server, 'listening');
process.stdout.write('ready\n');
