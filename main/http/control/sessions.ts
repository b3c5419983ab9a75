/** The console's cookie: `POST /login`, `POST /logout`, and the check that our own page sent the request. */
import type { Context } from 'koa';
import { refusal } from '../../../shared/words/refusal.ts';
import { said } from '../../../shared/words/said.ts';
import { type Logins, sessionMsMax } from '../../access/logins.ts';
import { readJsonObject } from './json-body.ts';
import { isOwnUser } from './own-user.ts';

/**
 * Cookies belong to a host, not a port, so two nodes on one computer need different names. With forwarded ports, nodes of
 * other computers are on this one, too, and only the port in the browser's address differs.
 */
const cookieName = (ctx: Context): string =>
  `paracord_console_${/:(\d+)$/.exec(ctx.host)?.[1] ?? ctx.socket.localPort ?? 0}`;

/** `secure`: the browser reached us over TLS, so the cookie may never be sent without it. */
export async function logIn(ctx: Context, logins: Logins, secure: boolean): Promise<void> {
  const { code } = await readJsonObject(ctx.req, ctx.res);
  if (typeof code !== 'string' || code === '')
    throw refusal('BAD_REQUEST', said('login.code'), {
      details: { fields: [{ field: 'code', message: said('login.code') }] },
    });
  const secret = await logins.redeem(code, () => isOwnUser(ctx.socket), ctx.get('user-agent'));
  giveCookie(ctx, secret, sessionMsMax / 1000, secure);
  ctx.body = { done: true };
}

/** The ID of the browser that asks, if it is logged in. */
export function browserOf(ctx: Context, logins: Logins): string | null {
  const secret = ctx.cookies.get(cookieName(ctx));
  return secret === undefined || logins.check(secret) === 'none' ? null : logins.idOf(secret);
}

export async function logOut(ctx: Context, logins: Logins, secure: boolean): Promise<void> {
  const secret = ctx.cookies.get(cookieName(ctx));
  if (secret !== undefined) await logins.logOut(secret);
  giveCookie(ctx, '', 0, secure);
  ctx.body = { done: true };
}

/**
 * The cookie of a logged-in browser; `null` for any other. FORBIDDEN if another page caused the request: browsers that
 * name the requesting page (all current ones) must name ours.
 */
export function sessionOf(ctx: Context, logins: Logins, secure: boolean): string | null {
  const secret = ctx.cookies.get(cookieName(ctx));
  if (secret === undefined) return null;
  const verdict = logins.check(secret);
  if (verdict === 'none') return null;
  const site = ctx.headers['sec-fetch-site'];
  // Our Origin was compared before. If it is missing, that proves nothing for a write.
  const isOurs =
    site === undefined ? ctx.method === 'GET' || ctx.headers.origin !== undefined : site === 'same-origin';
  if (!isOurs) throw refusal('FORBIDDEN', said('control.own_page'));
  if (verdict === 'renew') giveCookie(ctx, secret, sessionMsMax / 1000, secure);
  return secret;
}

function giveCookie(ctx: Context, secret: string, maxAgeSeconds: number, secure: boolean): void {
  ctx.append(
    'set-cookie',
    `${cookieName(ctx)}=${secret}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${maxAgeSeconds}${secure ? '; Secure' : ''}`,
  );
}
