/** The simplest program that serves a file. Its parent gets its port. */
import { createReadStream, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const [path = ''] = process.argv.slice(2);
const server = createServer((_, res) => {
  res.writeHead(200, { 'content-length': statSync(path).size });
  createReadStream(path).pipe(res);
});
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
