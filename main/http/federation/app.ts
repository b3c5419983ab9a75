import type { IncomingMessage, RequestListener } from 'node:http';
import Koa, { type Context } from 'koa';
import { badRequest, notFound, ProtocolError } from '../../../shared/protocol/errors.ts';
import { limits } from '../../../shared/protocol/limits.ts';
import { federationPrefix } from '../../../shared/protocol/transport.ts';
import { refusal } from '../../../shared/words/refusal.ts';
import { said } from '../../../shared/words/said.ts';
import { BodyError, readBody } from '../../kernel/body.ts';
import { networkOf } from '../../kernel/ip.ts';
import type { Clock } from '../../kernel/ports.ts';
import type { DiskWatch } from '../../store/disk-watch.ts';
import { sendPart } from '../file-answer.ts';
import { isBrokenConnection, requestProven } from '../listen.ts';
import { Router } from '../router.ts';
import { type Admitted, UnverifiedBodies } from './byte-shares.ts';
import {
  type FederationAnswer,
  type FederationRequest,
  type FederationRoute,
  refusalAnswer,
} from './request.ts';

interface FederationAppOptions {
  readonly routes: readonly FederationRoute[];
  readonly clock: Clock;
  readonly disk: Pick<DiskWatch, 'answerTo'>;
  /** Waits until everything that can be read is on disk; null if it is. */
  readonly onDisk: () => Promise<void> | null;
  /** Starts the timer of a call; the returned function gets the status of the answer and stops it. */
  readonly measure: (call: string) => (status: number) => void;
  readonly log: {
    error(details: object, message: string): void;
    debug(details: object, message: string): void;
  };
}

/** Limits how long, and up to what size, the rest of a refused body is discarded before its connection ends. */
const lingerMsMax = 1_000;
const lingerBytesMax = 16 * limits.bodyBytesMax;

/** The federation listener's HTTP: routes, the limits of bodies, and every refusal as JSON. */
export function createFederationApp(options: FederationAppOptions): RequestListener {
  const { routes, clock, disk, onDisk, measure, log } = options;
  const app = new Koa();
  const unverified = new UnverifiedBodies(limits.unverifiedBytes);
  const router = new Router({ sensitive: true, strict: true });
  for (const route of routes) {
    router.register(route.path, [route.method], async (ctx) => {
      ctx.state.answered = measure(callOf(route));
      const answer = await route.handle(
        new RequestOfPeer(ctx, ctx.params as Record<string, string>, unverified),
      );
      if (answer.sent) onceOver(ctx, answer.sent);
      if (route.method === 'GET') await onDisk();
      send(ctx, answer, clock);
    });
  }
  app.on('error', (error: NodeJS.ErrnoException) => {
    if (!isBrokenConnection(error)) log.error({ err: error }, 'answering a peer failed');
    else log.debug({ err: error }, 'a connection broke');
  });
  app.use(async (ctx, next) => {
    // Peers compare clocks by it, so it comes from the same clock that checks their requests.
    ctx.set('date', new Date(clock.now()).toUTCString());
    try {
      checkTarget(ctx);
      await next();
      if (ctx.routerPath === undefined && !ctx.headerSent && ctx.status === 404 && ctx.body == null)
        throw wrongPlace(ctx, router);
    } catch (error) {
      refuse(ctx, disk.answerTo(error), { clock, log });
    }
    ctx.state.answered?.(ctx.status);
  });
  app.use(router.routes());
  return app.callback();
}

const callOf = ({ method, path }: FederationRoute): string =>
  `${method} ${path.replace(federationPrefix, '')}`;

/** A target such as `http://[` makes URL parsers throw. */
function checkTarget(ctx: Context): void {
  try {
    if (typeof ctx.path === 'string') return;
  } catch {
    // Refused like one without a path.
  }
  throw badRequest(said('wire.target'));
}

function wrongPlace(ctx: Context, router: Router): ProtocolError {
  const allowed = router.match(ctx.path, ctx.method).path.flatMap((layer) => layer.methods);
  if (allowed.length === 0) return notFound(said('wire.nothing_at', { path: ctx.path }));
  ctx.set('allow', [...new Set(allowed)].join(', '));
  const method = said('wire.method', { method: ctx.method, allowed: allowed.join(', ') });
  return refusal('BAD_REQUEST', method, { status: 405 });
}

function send(ctx: Context, answer: FederationAnswer, clock: Clock): void {
  ctx.status = answer.status;
  ctx.set({ 'content-type': 'application/json; charset=utf-8', ...answer.headers });
  if (answer.file) sendPart(ctx, answer.file.path, answer.file.part, clock);
  else ctx.body = answer.body;
}

function refusalOf(error: unknown, target: string, log: FederationAppOptions['log']): FederationAnswer {
  const refused = refusalAnswer(error);
  const { status } = refused;
  if (status >= 500 && !(error instanceof ProtocolError))
    log.error({ err: error, target }, 'answering a peer failed');
  else log.debug({ status, target, why: (error as ProtocolError).message }, 'refused');
  return refused;
}

function refuse(
  ctx: Context,
  error: unknown,
  { clock, log }: Pick<FederationAppOptions, 'clock' | 'log'>,
): void {
  send(ctx, refusalOf(error, ctx.req.url ?? '', log), clock);
  if (ctx.req.complete) return;
  // The rest of a refused body isn't worth reading, so the connection ends with the refusal.
  ctx.set('connection', 'close');
  if (ctx.req.readableAborted || ctx.req.destroyed) return;
  ctx.respond = false;
  refuseUnread(ctx, clock);
}

/** An answer that waits behind others on its connection is not reported when the connection closes. */
function onceOver({ req, res }: Context, then: () => void): void {
  const { socket } = req;
  const over = (): void => {
    res.off('close', over);
    socket.off('close', over);
    then();
  };
  if (res.destroyed || socket.destroyed) then();
  else for (const one of [res, socket]) one.once('close', over);
}

/**
 * Answers a sender that is still writing. If the connection closed right after the answer, its reset could overtake the
 * answer. So the whole answer is sent, the rest of the request is discarded for a moment, and then the connection ends.
 */
function refuseUnread({ req, res, body }: Context, clock: Clock): void {
  const text = String(body);
  res.writeHead(res.statusCode, { 'content-length': Buffer.byteLength(text) });
  res.write(text);
  let discarded = 0;
  const cancel = clock.after(lingerMsMax, () => res.end());
  req.on('data', (chunk: Buffer) => {
    discarded += chunk.length;
    if (discarded > lingerBytesMax) res.end();
  });
  req.once('close', () => res.end());
  res.once('close', cancel);
  req.resume();
}

/**
 * A class, because a literal with a getter gets a hidden class of its own each time. V8 keeps those among the old
 * objects, and with them the request, until it collects them (docs/decisions/0064-little-memory.md).
 */
class RequestOfPeer implements FederationRequest {
  readonly method: string;
  readonly target: string;
  readonly from: string;
  readonly params: Readonly<Record<string, string>>;
  readonly header: (name: string) => readonly string[];
  readonly #ctx: Context;
  readonly #unverified: UnverifiedBodies;
  #admitted: Admitted | null = null;

  constructor(ctx: Context, params: Readonly<Record<string, string>>, unverified: UnverifiedBodies) {
    const { req } = ctx;
    this.#ctx = ctx;
    this.#unverified = unverified;
    this.method = ctx.method;
    this.target = req.url ?? '';
    this.from = networkOf(req.socket.remoteAddress ?? '');
    this.params = params;
    this.header = (name) => req.headersDistinct[name] ?? [];
  }

  get query(): URLSearchParams {
    return new URLSearchParams(this.#ctx.querystring);
  }

  async body(): Promise<Buffer> {
    const { req } = this.#ctx;
    const one = this.#unverified.admit(this.from, () => req.destroy());
    this.#admitted = one;
    onceOver(this.#ctx, one.over);
    const grown = (chunk: Buffer) => one.grown(chunk.length);
    req.on('data', grown);
    try {
      const body = await bodyOf(req);
      one.arrived();
      return body;
    } finally {
      req.off('data', grown);
    }
  }

  proven(): void {
    this.#admitted?.over();
    requestProven(this.#ctx.res);
  }
}

async function bodyOf(req: IncomingMessage): Promise<Buffer> {
  try {
    return await readBody(req, limits.bodyBytesMax);
  } catch (error) {
    if (!(error instanceof BodyError)) throw error;
    switch (error.kind) {
      case 'compressed':
        throw badRequest(said('wire.compressed'));
      case 'too-large':
        throw refusal('BAD_REQUEST', said('wire.too_large', { max: limits.bodyBytesMax }), { status: 413 });
      case 'cut-off':
        // A client that hangs up, or is cut off because it is slow, is not an error worth logging.
        throw badRequest(said('wire.cut_short'));
    }
  }
}
