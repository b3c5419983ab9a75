/**
 * Decides who may use the control API at all. A page in the owner's browser can reach loopback addresses, so the Host
 * header has to name us (DNS rebinding) and an Origin has to be ours, before the token is checked.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { refusal } from '../../../shared/words/refusal.ts';
import { said } from '../../../shared/words/said.ts';
import { addressKind } from '../../kernel/ip.ts';

export interface CallerCheck {
  /** The port the connection came in on. */
  readonly port: number;
  readonly secure: boolean;
  /** The address at the other end of the connection. */
  readonly address: string;
  /** Host names under which a proxy is reached: `console.example`, with `:port` if only that port counts. */
  readonly allowedHosts: readonly string[];
}

const loopbackNames = ['localhost', '127.0.0.1', '[::1]'];

/** Throws FORBIDDEN for a request that a page of another origin made, or that was not addressed to us. */
export function refuseForeign(headers: IncomingHttpHeaders, method: string, caller: CallerCheck): void {
  const host = headers.host?.toLowerCase() ?? '';
  const loopback = isLocal(headers, caller);
  if (!loopback && !isAllowed(host, caller.allowedHosts)) {
    throw refusal('FORBIDDEN', said('control.bad_host', { host, port: caller.port }), {
      details: {
        expected: [...loopbackNames.map((name) => `${name}:${caller.port}`), ...caller.allowedHosts],
      },
    });
  }
  const own = `${caller.secure ? 'https' : 'http'}://${host}`;
  const origin = headers.origin?.toLowerCase();
  // A declared proxy may end TLS in front of a plain listener.
  const ours = origin === undefined || origin === own || (!loopback && origin === `https://${host}`);
  if (!ours) throw refusal('FORBIDDEN', said('control.other_origin'), { details: { expected: own } });
  const site = headers['sec-fetch-site'];
  if (method !== 'GET' && method !== 'HEAD' && (site === 'cross-site' || site === 'same-site')) {
    throw refusal('FORBIDDEN', said('control.other_site'), { details: { expected: own } });
  }
}

/** A proxy adds one of them. Some proxies put their own idea of our address into the Host header. */
const forwarding = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip'];

/**
 * Whether a request was addressed to this computer itself, and comes from it. Otherwise it came through the declared
 * proxy, which ends TLS. A Host header alone proves nothing, because anyone can send any.
 */
export function isLocal(headers: IncomingHttpHeaders, { address }: CallerCheck): boolean {
  if (addressKind(address) !== 'loopback' || forwarding.some((name) => headers[name] !== undefined))
    return false;
  // Any port: a program may forward another one to ours (ssh -L). No web page can name this computer in its address.
  const host = headers.host?.toLowerCase().replace(/:\d+$/, '') ?? '';
  return loopbackNames.includes(host);
}

function isAllowed(host: string, allowed: readonly string[]): boolean {
  const name = host.replace(/:\d+$/, '');
  return allowed.some((one) => one.toLowerCase() === host || one.toLowerCase() === name);
}

/**
 * Returns the check of an Authorization header against `token`. The check throws UNAUTHORIZED, and takes the same time
 * however wrong the header is.
 */
export function tokenGuard(token: string): (authorization: string | undefined) => void {
  const expected = digest(token);
  return (authorization) => {
    const given = /^bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
    if (given !== undefined && timingSafeEqual(digest(given), expected)) return;
    throw refusal(
      'UNAUTHORIZED',
      given === undefined ? said('control.no_token') : said('control.wrong_token'),
    );
  };
}

const digest = (text: string) => createHash('sha256').update(text).digest();
