/**
 * The simplest program that sends a file, or saves one. Its parent gets its port. With a certificate and its key, it
 * speaks TLS.
 */
import { createReadStream, createWriteStream, readFileSync, statSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

const [path = '', saved = '', cert, key] = process.argv.slice(2);
const serve: RequestListener = (req, res) => {
  if (req.method === 'PUT') {
    req.pipe(createWriteStream(saved)).on('finish', () => res.end());
    return;
  }
  res.writeHead(200, { 'content-length': statSync(path).size });
  createReadStream(path).pipe(res);
};
const server =
  cert === undefined || key === undefined
    ? createServer(serve)
    : createTlsServer({ cert: readFileSync(cert), key: readFileSync(key) }, serve);
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
