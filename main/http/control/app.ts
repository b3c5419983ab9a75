import type { RequestListener } from 'node:http';
import Koa, { type Context, type Next } from 'koa';
import { apiPrefix, readsQuery } from '../../../shared/api/contract/procedure.ts';
import { type Api, contract, type Procedure, type ProcedureName } from '../../../shared/api/contract.ts';
import { ProtocolError } from '../../../shared/protocol/errors.ts';
import { refusal, refusalBody } from '../../../shared/words/refusal.ts';
import { said } from '../../../shared/words/said.ts';
import { chooseLocale, wordsIn } from '../../../shared/words/words.ts';
import type { BotTokens } from '../../access/bot-tokens.ts';
import { Known, type Login } from '../../access/callers.ts';
import type { Logins } from '../../access/logins.ts';
import type { AccessFacts } from '../../access/policy.ts';
import type { ChangeFeed } from '../../changes.ts';
import type { Clock } from '../../kernel/ports.ts';
import { isBrokenConnection, requestProven } from '../listen.ts';
import { Router } from '../router.ts';
import { type CallerCheck, isLocal, refuseForeign, tokenGuard } from './guard.ts';
import { readJsonObject } from './json-body.ts';
import { createPages } from './pages.ts';
import { procedureInput } from './procedure-input.ts';
import { logIn, logOut, sessionOf } from './sessions.ts';
import { createStreams } from './stream.ts';

interface ControlOptions {
  /** The node's answers, in this locale. */
  readonly apiIn: (locale: string) => Api;
  readonly changes: ChangeFeed;
  readonly clock: Clock;
  readonly token: string;
  readonly logins: Logins;
  readonly access: AccessFacts;
  /** Without it, only the owner's token and logged-in browsers are accepted. */
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

const machine = { kind: 'machine' } as const;

/** The control API over HTTP (docs/protocol/control-api.md), every route derived from the contract. */
export function createControlApp(options: ControlOptions): ControlApp {
  const app = new Koa();
  const checkToken = tokenGuard(options.token);
  const answerPage = createPages(options.pagesDir ?? null);
  const streams = createStreams(options.changes, options.clock);
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
        id: secret,
        caller: () => machine,
        whenEnded: (end) => options.logins.whenLoggedOut(secret, end),
      };
    checkToken(authorization);
    return { id: '', caller: () => machine, whenEnded: () => () => {} };
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
  // The command names a folder of this machine, which nobody elsewhere should see.
  router.get('/login', (ctx) => {
    const isHere = isLocal(ctx.headers, callerCheckOf(ctx));
    ctx.body = { command: isHere ? (options.consoleCommand ?? null) : null };
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
  router.get(`${apiPrefix}/stream`, (ctx) => {
    if (ended) throw refusal('SERVICE_UNAVAILABLE', said('control.stopping'));
    const known: Known = ctx.state.known;
    streams.open(ctx.req, ctx.res, {
      login: known.id,
      words: wordsIn(localeOf(ctx)),
      after: ctx.query.after?.toString(),
      sees: (change) => known.isTold(change),
    });
    ctx.respond = false;
    known.endWith(ctx.res);
  });
  for (const name of Object.keys(contract) as ProcedureName[]) {
    const procedure: Procedure = contract[name];
    const path = apiPrefix + procedure.path.replace(/\{(\w+)\}/g, ':$1');
    router.register(path, [procedure.method], async (ctx) => {
      const known: Known = ctx.state.known;
      known.require(name);
      const body = readsQuery(procedure) ? {} : await readJsonObject(ctx.req, ctx.res);
      const query = new URLSearchParams(ctx.querystring);
      const input = procedureInput(procedure, { params: ctx.params, query, body });
      const answer = options.apiIn(localeOf(ctx))[name] as (input: unknown) => Promise<unknown>;
      ctx.body = await known.answer(name, input, answer);
    });
  }

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
  app.use(async (ctx, next) => ((await answerPage(ctx)) ? undefined : next()));
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

async function answerErrors(ctx: Context, next: Next, log: ControlOptions['log']): Promise<void> {
  ctx.set({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
  try {
    await next();
  } catch (error) {
    const known = error instanceof ProtocolError ? error : undefined;
    if (!known) log.error({ err: error, method: ctx.method, path: ctx.path }, 'a control procedure failed');
    const words = wordsIn(localeOf(ctx));
    const { status, body } = refusalBody(words, error);
    ctx.status = status;
    // Someone who opened it in a browser reads a sentence.
    ctx.body = ctx.accepts('json', 'html') === 'html' ? `${body.message}\n` : body;
    if (status === 401) ctx.set('www-authenticate', 'Bearer');
    if (known?.retryAfterSeconds !== undefined) ctx.set('retry-after', String(known.retryAfterSeconds));
  }
}

/**
 * The first of the caller's languages that this program has. A browser's event stream can't send headers of its own, so
 * its query names the language.
 */
function localeOf(ctx: Context): string {
  const named = ctx.path === `${apiPrefix}/stream` ? ctx.query.language : undefined;
  return chooseLocale([...(typeof named === 'string' ? [named] : []), ...ctx.acceptsLanguages()]);
}

/** The router would pass on a parameter with a broken escape unchanged. */
function refuseBadEscapes(path: string): void {
  try {
    decodeURIComponent(path);
  } catch {
    throw refusal('BAD_REQUEST', said('control.bad_escapes'));
  }
}

function refuseUnknownRoute(ctx: Context): void {
  const layers: readonly { readonly methods: readonly string[] }[] = ctx.matched ?? [];
  const methods = new Set(layers.flatMap((layer) => layer.methods));
  if (methods.size === 0)
    throw refusal(
      'NOT_FOUND',
      said('control.not_found', { path: ctx.path, document: `${apiPrefix}/openapi.json` }),
    );
  const allow = [...methods].sort().join(', ');
  ctx.set('allow', allow);
  throw refusal('BAD_REQUEST', said('control.bad_method', { method: ctx.method, allow }), {
    status: 405,
    details: { allow: [...methods].sort() },
  });
}
