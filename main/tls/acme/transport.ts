import { SaidError } from '../../../shared/words/refusal.ts';
import { said } from '../../../shared/words/said.ts';
import { readUpTo } from '../../kernel/body.ts';
import type { Clock } from '../../kernel/ports.ts';
import '../../kernel/connecting.ts';

interface AcmeRequest {
  readonly method: 'GET' | 'HEAD' | 'POST';
  readonly url: string;
  /** JOSE JSON. */
  readonly body?: string;
  readonly signal: AbortSignal;
}

export interface AcmeAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

/** Carries one request to the authority; rejects with AcmeUnreachable, or the signal's reason. */
export type AcmeTransport = (request: AcmeRequest) => Promise<AcmeAnswer>;

/** The authority did not answer, so it is worth trying again. */
export class AcmeUnreachable extends SaidError {}

const timeoutMs = 30_000;
/** A certificate with its chain has about ten thousand bytes. */
const answerBytesMax = 131_072;

/** Over HTTPS with the system's trust; `plainHosts` (an authority on this computer, for tests) may use plain HTTP. */
export function fetchTransport(
  clock: Clock,
  userAgent: string,
  plainHosts: readonly string[],
): AcmeTransport {
  return async ({ method, url, body, signal }) => {
    const late = new AbortController();
    const stopWaiting = clock.after(timeoutMs, () => late.abort());
    try {
      const { protocol, host } = new URL(url);
      if (protocol !== 'https:' && !plainHosts.includes(host))
        throw new AcmeUnreachable(said('acme.why_not_https', { url }));
      const answer = await fetch(url, {
        method,
        headers: {
          'user-agent': userAgent,
          ...(body === undefined ? {} : { 'content-type': 'application/jose+json' }),
        },
        ...(body === undefined ? {} : { body }),
        // ACME has no redirects, and one could point anywhere.
        redirect: 'error',
        signal: AbortSignal.any([signal, late.signal]),
      });
      return { status: answer.status, headers: answer.headers, body: await textOf(answer) };
    } catch (error) {
      signal.throwIfAborted();
      const cause = (error as { cause?: Error }).cause ?? (error as Error);
      if (cause instanceof AcmeUnreachable) throw cause;
      const { host } = new URL(url);
      const detail = (cause as { code?: string }).code ?? cause.message;
      throw new AcmeUnreachable(
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
  if (body === null) throw new AcmeUnreachable(said('acme.why_too_large', { bytes: answerBytesMax }));
  return body.toString('utf8');
}
