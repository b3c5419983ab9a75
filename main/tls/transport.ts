import { SaidError } from '../../shared/words/refusal.ts';
import { said } from '../../shared/words/said.ts';
import { readUpTo } from '../kernel/body.ts';
import type { Clock } from '../kernel/ports.ts';
import '../kernel/connecting.ts';

export interface Request {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PATCH';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal: AbortSignal;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

/** Carries one request; rejects with Unreachable, or the signal's reason. An error names the host, never the path. */
export type Transport = (request: Request) => Promise<Answer>;

/** A call that nobody answered, so it is worth trying again. */
export class Unreachable extends SaidError {}

const timeoutMs = 30_000;
/** A certificate with its chain has about ten thousand bytes. */
const answerBytesMax = 131_072;

/**
 * Fetches over HTTPS with the system's trust; `plainHosts` (servers on this computer, for tests) may use plain HTTP.
 */
export function fetchTransport(clock: Clock, userAgent: string, plainHosts: readonly string[]): Transport {
  return async ({ method, url, headers, body, signal }) => {
    const late = new AbortController();
    const stopWaiting = clock.after(timeoutMs, () => late.abort());
    try {
      const { protocol, host } = new URL(url);
      if (protocol !== 'https:' && !plainHosts.includes(host))
        throw new Unreachable(said('acme.why_not_https', { url }));
      const answer = await fetch(url, {
        method,
        headers: { 'user-agent': userAgent, ...headers },
        ...(body === undefined ? {} : { body }),
        // A redirect could point anywhere, and nobody we ask uses one.
        redirect: 'error',
        signal: AbortSignal.any([signal, late.signal]),
      });
      return { status: answer.status, headers: answer.headers, body: await textOf(answer) };
    } catch (error) {
      signal.throwIfAborted();
      const cause = (error as { cause?: Error }).cause ?? (error as Error);
      if (cause instanceof Unreachable) throw cause;
      const { host } = new URL(url);
      const detail = (cause as { code?: string }).code ?? cause.message;
      throw new Unreachable(
        late.signal.aborted
          ? said('acme.why_timeout', { host })
          : said('acme.why_unreachable', { host, detail }),
      );
    } finally {
      stopWaiting();
    }
  };
}

async function textOf(answer: Response): Promise<string> {
  const body = await readUpTo(answer.body ?? [], answerBytesMax);
  if (body === null) throw new Unreachable(said('acme.why_too_large', { bytes: answerBytesMax }));
  return body.toString('utf8');
}

const retryAfterMsMax = 7 * 86_400_000;

/** How long the server asks to wait: seconds or a date (RFC 9110, 10.2.3); `null` if it doesn't say. */
export function retryAfterMs({ headers }: Answer, clock: Pick<Clock, 'now'>): number | null {
  const text = headers.get('retry-after');
  if (text === null) return null;
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - clock.now();
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), retryAfterMsMax) : null;
}
