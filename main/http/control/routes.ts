import type { Context, Next } from 'koa';
import { apiPrefix, readsQuery } from '../../../shared/api/contract/procedure.ts';
import { type Api, contract, type Procedure, type ProcedureName } from '../../../shared/api/contract.ts';
import { ProtocolError } from '../../../shared/protocol/errors.ts';
import { refusal, refusalBody } from '../../../shared/words/refusal.ts';
import { said } from '../../../shared/words/said.ts';
import { chooseLocale, wordsIn } from '../../../shared/words/words.ts';
import type { Known } from '../../access/callers.ts';
import type { Clock } from '../../kernel/ports.ts';
import type { Router } from '../router.ts';
import { type FileByteDeps, fileByteRoutes } from './file-bytes.ts';
import { readJsonObject } from './json-body.ts';
import { procedureInput } from './procedure-input.ts';
import type { Streams } from './stream.ts';

interface RoutesOptions {
  /** The node's answers, in this locale. */
  readonly apiIn: (locale: string) => Api;
  readonly files: FileByteDeps;
  readonly clock: Clock;
  readonly streams: Streams;
  readonly isEnded: () => boolean;
}

/** The stream and every procedure, for the caller in `ctx.state.known`. */
export function apiRoutes(router: Router, { apiIn, files, clock, streams, isEnded }: RoutesOptions): void {
  fileByteRoutes(router, { ...files, clock });
  router.get(`${apiPrefix}/stream`, (ctx) => {
    if (isEnded()) throw refusal('SERVICE_UNAVAILABLE', said('control.stopping'));
    const known: Known = ctx.state.known;
    streams.open(ctx.req, ctx.res, {
      known,
      words: wordsIn(localeOf(ctx)),
      after: ctx.query.after?.toString(),
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
      const answer = apiIn(localeOf(ctx))[name] as (input: unknown) => Promise<unknown>;
      ctx.body = await known.answer(name, input, answer);
    });
  }
}

/** Every refusal as JSON, in the caller's language. */
export async function answerErrors(
  ctx: Context,
  next: Next,
  log: { error(details: object, message: string): void },
): Promise<void> {
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
export function refuseBadEscapes(path: string): void {
  try {
    decodeURIComponent(path);
  } catch {
    throw refusal('BAD_REQUEST', said('control.bad_escapes'));
  }
}

export function refuseUnknownRoute(ctx: Context): void {
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
