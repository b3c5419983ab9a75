import type { RequestListener } from 'node:http';
import Koa, { type Context } from 'koa';
import { apiPrefix } from '../../../shared/api/contract/procedure.ts';
import { type Api, contract } from '../../../shared/api/contract.ts';
import { refusal } from '../../../shared/words/refusal.ts';
import { said } from '../../../shared/words/said.ts';
import type { BotTokens } from '../../access/bot-tokens.ts';
import { Known, type Login, machineLogin } from '../../access/callers.ts';
import type { Logins } from '../../access/logins.ts';
import type { AccessFacts } from '../../access/policy.ts';
import type { ChangeFeed } from '../../changes.ts';
import type { Clock } from '../../kernel/ports.ts';
import { isBrokenConnection, requestProven } from '../listen.ts';
import { Router } from '../router.ts';
import type { FileByteDeps } from './file-bytes.ts';
import { type CallerCheck, isLocal, refuseForeign, tokenGuard } from './guard.ts';
import { createPages } from './pages.ts';
import { answerErrors, apiRoutes, refuseBadEscapes, refuseUnknownRoute } from './routes.ts';
import { browserOf, logIn, logOut, sessionOf } from './sessions.ts';
import { createStreams } from './stream.ts';

interface ControlOptions {
  /** The node's answers, in this locale. */
  readonly apiIn: (locale: string) => Api;
  readonly files: FileByteDeps;
  readonly changes: ChangeFeed;
  readonly clock: Clock;
  readonly token: string;
  readonly logins: Logins;
  readonly access: AccessFacts;
  /** Accepts bots. Only the owner's token and logged-in browsers are accepted without it. */
  readonly bots?: BotTokens;
  /** The folder with the built screens; without it there is no console. */
  readonly pagesDir?: string | undefined;
  /** The command that prints a login link in a terminal, for the login page. */
  readonly consoleCommand?: string | undefined;
  /** The program's version, for the OpenAPI document. */
  readonly version: string;
  readonly log: { error(details: object, message: string): void };
  /** Prometheus text. */
  readonly metrics: () => Promise<string>;
  readonly isReady: () => boolean;
  /** Host headers to accept besides the loopback ones, for a declared proxy or a published port of a container. */
  readonly allowedHosts?: readonly string[];
}

export interface ControlApp {
  readonly handler: RequestListener;
  /** Ends the open streams and refuses new ones. Call it before closing the listener, which waits for them. */
  endStreams(): void;
}

/** The control API over HTTP (docs/protocol/control-api.md), every route derived from the contract. */
export function createControlApp(options: ControlOptions): ControlApp {
  const app = new Koa();
  const checkToken = tokenGuard(options.token);
  const pages = createPages(options.pagesDir ?? null);
  const streams = createStreams(options);
  let ended = false;
  const callerCheckOf = (ctx: Context): CallerCheck => ({
    port: ctx.socket.localPort ?? 0,
    secure: ctx.secure,
    address: ctx.socket.remoteAddress ?? '',
    allowedHosts: options.allowedHosts ?? [],
  });

  const isSecure = (ctx: Context) => ctx.secure || !isLocal(ctx.headers, callerCheckOf(ctx));
  /** UNAUTHORIZED without a login. */
  function loginOf(ctx: Context, authorization: string | undefined): Login {
    const bot = options.bots?.find(authorization);
    if (bot) return bot;
    const secret = authorization === undefined ? sessionOf(ctx, options.logins, isSecure(ctx)) : null;
    if (secret !== null)
      return {
        ...machineLogin,
        id: secret,
        whenEnded: (end) => options.logins.whenLoggedOut(secret, end),
      };
    checkToken(authorization);
    return machineLogin;
  }

  const router = new Router({ sensitive: true });
  router.get('/healthz', (ctx) => {
    const ready = options.isReady();
    ctx.status = ready ? 200 : 503;
    ctx.body = { status: ready ? 'ok' : 'unavailable' };
  });
  router.get('/metrics', async (ctx) => {
    const known: Known | undefined = ctx.state.known;
    if (known !== undefined && known.caller.kind !== 'machine')
      throw refusal('FORBIDDEN', said('caller.bot', { method: 'GET', path: '/metrics' }));
    ctx.type = 'text/plain; version=0.0.4; charset=utf-8';
    ctx.body = await options.metrics();
  });
  // A page asks whether it is at the entrance.
  router.get('/entrance', (ctx) => {
    ctx.body = { server_name: null };
  });
  // The command names a folder of this machine, which nobody elsewhere should see.
  router.get('/login', (ctx) => {
    const isHere = isLocal(ctx.headers, callerCheckOf(ctx));
    ctx.body = {
      command: isHere ? (options.consoleCommand ?? null) : null,
      browser: browserOf(ctx, options.logins),
    };
  });
  router.post('/login', (ctx) => logIn(ctx, options.logins, isSecure(ctx)));
  router.post('/logout', (ctx) => logOut(ctx, options.logins, isSecure(ctx)));
  // Loaded and built on request, because it is large and rarely needed.
  let document: object | undefined;
  router.get(`${apiPrefix}/openapi.json`, async (ctx) => {
    const { openApiDocument } = await import('../../../shared/api/openapi/openapi.ts');
    document ??= openApiDocument(contract, options.version);
    ctx.body = document;
  });
  apiRoutes(router, { ...options, streams, isEnded: () => ended });

  app.on('error', (error: NodeJS.ErrnoException) => {
    if (!isBrokenConnection(error)) options.log.error({ err: error }, 'answering the control API failed');
  });
  app.use((ctx, next) => answerErrors(ctx, next, options.log));
  app.use((ctx, next) => {
    const caller = callerCheckOf(ctx);
    refuseForeign(ctx.headers, ctx.method, caller);
    // Monitoring on this computer may read it; visitors who come through the proxy may not.
    const isApi =
      ctx.path === apiPrefix ||
      ctx.path.startsWith(`${apiPrefix}/`) ||
      (ctx.path === '/metrics' && !isLocal(ctx.headers, caller));
    const { authorization } = ctx.headers;
    if (isApi) {
      ctx.state.known = new Known(loginOf(ctx, authorization), options.access);
      requestProven(ctx.res);
    }
    refuseBadEscapes(ctx.path);
    return next();
  });
  app.use(async (ctx, next) => ((await pages.answer(ctx)) ? undefined : next()));
  app.use(router.routes());
  app.use(refuseUnknownRoute);

  const handle = app.callback();
  return {
    handler: (request, response) => void handle(request, response),
    endStreams() {
      ended = true;
      streams.end();
    },
  };
}
