import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { limits } from '../../shared/protocol/limits.ts';
import { http, https } from '../kernel/node-http.ts';
import type { Clock } from '../kernel/ports.ts';
import { cutOffIfSlow, slowestMs } from '../kernel/progress.ts';
import { listenOn } from '../tls/acme/challenge/listen-on.ts';
import { isChallenge } from '../tls/acme/challenge/responders.ts';
import type { TlsPair } from '../tls/pair.ts';
import { Connections, type Held } from './connections.ts';

const headersMsMax = 15_000;
const requestMsMax = 30_000;
/** Node's own limit doesn't know how much has arrived, so it is that of the largest body. */
const wholeRequestMsMax = requestMsMax + slowestMs(limits.bodyBytesMax);
const handshakeMsMax = 15_000;
const keepAliveMsMax = 65_000;
const timeoutsCheckedEveryMs = 1_000;
/**
 * Limits a reader that accepts nothing of an answer (noticed after twice this time at most), and sending the whole
 * answer.
 */
const stalledMsMax = 8_000;
const answerMsMax = 120_000;
const connectionsMaxDefault = 4_000;
/** Connections without a proven request from one public address or /64 of IPv6. A peer uses 16 to deliver. */
const idlePerAddressMax = 256;
/** A client that sends more at once, before it has the answers, is cut off. Hardly any sends a second one. */
const unansweredMax = 4;
const graceMsDefault = 5_000;

interface ListenTls extends TlsPair {
  /** Selects one of the offered protocols (ALPN); undefined refuses. Without it there is only HTTP. */
  readonly protocol?: (
    socket: TLSSocket,
    serverName: string,
    offered: readonly string[],
  ) => string | undefined;
}

interface ListenOptions {
  /** A name or address, IPv6 without brackets. `::` is every address, of IPv4 alone if there is no IPv6. */
  readonly host: string;
  /** 0 lets the system pick one. */
  readonly port: number;
  /** The listener speaks plain HTTP without it. */
  readonly tls?: ListenTls;
  readonly clock: Clock;
  /** How long the headers of a request may be; 16 KiB by default. */
  readonly headerBytesMax?: number;
  /** Beyond this (default 4000), a connection gives way to a new one (`Connections`). */
  readonly connectionsMax?: number;
}

export interface Listening {
  /** Its address on this computer: the actual port, and a loopback address for `0.0.0.0` and `::`. */
  readonly url: string;
  readonly port: number;
  readonly isTls: boolean;
  /** Used for new connections; existing ones keep the old one. Does nothing without TLS. */
  useCertificate(pair: TlsPair): void;
  /**
   * Stops accepting connections, closes idle ones and waits for running requests. What still runs after `graceMs`
   * (default 5 s) is cut off. A second call waits for the same end.
   */
  close(graceMs?: number): Promise<void>;
}

/** Rejects with the system's error and its `code` (EADDRINUSE, EACCES, EADDRNOTAVAIL). */
export async function listen(handler: RequestListener, options: ListenOptions): Promise<Listening> {
  const timeouts = {
    headersTimeout: headersMsMax,
    requestTimeout: wholeRequestMsMax,
    keepAliveTimeout: keepAliveMsMax,
    connectionsCheckingInterval: timeoutsCheckedEveryMs,
    ...(options.headerBytesMax === undefined ? {} : { maxHeaderSize: options.headerBytesMax }),
  };
  const tlsServer = options.tls ? https.createServer({ ...timeouts, ...tlsOptions(options.tls) }) : null;
  const server = tlsServer ?? http.createServer(timeouts);
  // A certificate authority that validates us has seen everything it needs in the handshake.
  tlsServer?.on('secureConnection', (socket) => {
    if (isChallenge(socket)) socket.destroySoon();
  });
  const connected = options.tls ? 'secureConnection' : 'connection';
  const end = trackConnections(server, handler, connected, options);
  const { host: heardOn } = await listenOn(server, options);
  const { port } = server.address() as AddressInfo;
  let closed: Promise<void> | undefined;
  return {
    url: `${options.tls ? 'https' : 'http'}://${reachableHost(heardOn)}:${port}`,
    port,
    isTls: tlsServer !== null,
    useCertificate({ cert, key }) {
      tlsServer?.setSecureContext({ cert, key });
    },
    close(graceMs = graceMsDefault) {
      closed ??= end(options.clock, graceMs);
      return closed;
    },
  };
}

function tlsOptions({ cert, key, protocol }: ListenTls) {
  const pair = { cert, key, handshakeTimeout: handshakeMsMax };
  if (!protocol) return pair;
  return {
    ...pair,
    // Node calls it with the socket as `this`, so that a certificate can be chosen here.
    ALPNCallback(this: TLSSocket, asked: { servername: string; protocols: string[] }) {
      return protocol(this, asked.servername, asked.protocols);
    },
  };
}

function reachableHost(host: string): string {
  // `::` takes IPv4, too.
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}

/** An answer stays in memory until its reader has accepted it, so that time is limited. */
function cutOffSlowReader(response: ServerResponse, socket: Socket, clock: Clock): void {
  const before = socket.bytesWritten;
  response.once('prefinish', () => {
    // The socket's timer counts progress within a chunk. After the answer, the server sets it for the idle connection.
    socket.setTimeout(stalledMsMax);
    const bytes = socket.bytesWritten - before;
    const cancel = clock.after(answerMsMax + slowestMs(bytes), () => socket.destroy());
    response.once('close', cancel);
  });
}

/** A body may come in over a slow line, but not byte by byte. */
function cutOffSlowSender(request: IncomingMessage, response: ServerResponse, clock: Clock): void {
  const { 'content-length': length = '0', 'transfer-encoding': encoding } = request.headers;
  if (length === '0' && encoding === undefined) return;
  const { socket } = request;
  const before = socket.bytesRead;
  const stop = cutOffIfSlow(
    clock,
    requestMsMax,
    () => socket.bytesRead - before,
    () => {
      if (!request.complete) socket.destroy();
    },
  );
  response.once('close', stop);
}

const noteProven = new WeakMap<ServerResponse, () => void>();

/** The sender of the request has proved who it is, so its connection gives way to no other until the answer is sent. */
export const requestProven = (response: ServerResponse): void => noteProven.get(response)?.();

/** Identifies a connection by its ends: with TLS, the socket of a request is not the one that was accepted. */
const endsOf = ({ remoteAddress, remotePort, localAddress }: Socket): string =>
  `${remoteAddress} ${remotePort} ${localAddress}`;

/**
 * Tracks which connections have a running request. The server's own `closeIdleConnections` spares connections that have
 * not sent anything yet, so a silent client could delay every stop.
 */
function trackConnections(
  server: Server,
  handler: RequestListener,
  connected: 'connection' | 'secureConnection',
  { clock, connectionsMax = connectionsMaxDefault }: ListenOptions,
): (clock: Clock, graceMs: number) => Promise<void> {
  const connections = new Connections({ total: connectionsMax, perAddress: idlePerAddressMax });
  /** Every accepted socket, including those whose TLS handshake is still running. */
  const accepted = new Set<Socket>();
  const heldBy = new Map<string, Held>();
  const open = new Set<Socket>();
  const running = new Map<Socket, Set<ServerResponse>>();
  let closing = false;

  server.on('connection', (socket: Socket) => {
    const ends = endsOf(socket);
    const held = connections.add(socket.remoteAddress ?? '', () => socket.destroy());
    accepted.add(socket);
    heldBy.set(ends, held);
    socket.once('close', () => {
      held.closed();
      accepted.delete(socket);
      if (heldBy.get(ends) === held) heldBy.delete(ends);
    });
  });
  server.on(connected, (socket: Socket) => {
    open.add(socket);
    // Answers that wait behind others are not reported when their connection closes.
    socket.once('close', () => {
      open.delete(socket);
      running.delete(socket);
    });
  });
  const answer: RequestListener = (request, response) => {
    const { socket } = request;
    // The request arrived together with the one for which this connection was closed.
    if (socket.destroyed) return;
    const responses = running.get(socket) ?? new Set();
    if (responses.size >= unansweredMax) {
      socket.destroy();
      return;
    }
    running.set(socket, responses.add(response));
    if (closing) response.setHeader('connection', 'close');
    cutOffSlowSender(request, response, clock);
    cutOffSlowReader(response, socket, clock);
    noteProven.set(response, () => {
      const held = heldBy.get(endsOf(socket));
      held?.proven();
      response.once('close', () => held?.over());
      noteProven.delete(response);
    });
    response.once('close', () => {
      noteProven.delete(response);
      responses.delete(response);
      if (responses.size > 0) return;
      running.delete(socket);
      if (closing) socket.destroySoon();
    });
    handler(request, response);
  };
  server.on('request', answer);
  // Otherwise an unknown expectation gets an empty 417. It may be ignored (RFC 9110, 10.1.1).
  server.on('checkExpectation', answer);

  return (clock, graceMs) =>
    new Promise((resolve) => {
      closing = true;
      const stopWaiting = clock.after(graceMs, () => {
        for (const socket of [...open, ...accepted]) socket.destroy();
      });
      server.close(() => {
        stopWaiting();
        resolve();
      });
      for (const socket of open) if (!running.has(socket)) socket.destroy();
      for (const responses of running.values()) {
        for (const response of responses)
          if (!response.headersSent) response.setHeader('connection', 'close');
      }
    });
}

/**
 * Koa also reports broken connections and garbage on them. Anyone can cause those as often as they like, so they are
 * not errors of this program.
 */
export const isBrokenConnection = ({ syscall, code = '' }: NodeJS.ErrnoException): boolean =>
  syscall !== undefined || /^(?:HPE_|ECONNRESET|ERR_HTTP_REQUEST_TIMEOUT)/.test(code);
