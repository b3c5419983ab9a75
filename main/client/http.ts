import { plainText } from '../../shared/protocol/coding/plain-text.ts';
import { type Reason, reasonIn } from '../../shared/protocol/reasons.ts';
import { type Said, said, saidOf } from '../../shared/words/said.ts';
import { diskTroubleOf } from '../store/disk-watch.ts';

/** One outgoing request. A network problem is a value, not an exception. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  /** Sent instead of `body`. */
  readonly bytes?: Uint8Array;
  readonly policy: CallPolicy;
  readonly signal?: AbortSignal;
  readonly timeoutMs: number;
  readonly answerBytesMax: number;
  /**
   * Takes the body of an answer with status 200 or 206 piece by piece, up to `answerBytesMax`. The result then has an
   * empty one. Other answers are only read as far as a refusal needs.
   */
  readonly sink?: Sink;
}

/** Resolves once the next piece may come. Then the piece is no longer there. */
export type Sink = (piece: Uint8Array) => Promise<void>;

/** How far the address itself is trusted. */
export interface CallPolicy {
  /** The owner typed this address (or got it in an invite), so it may be private and plain http. */
  readonly byOwner: boolean;
  /** SHA-256 (hex) of the certificate's public key. Replaces the system's trust. */
  readonly tlsSha256: string | null;
}

export type HttpResult =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers: {
        readonly date?: string;
        /** Seconds since the response was stored, if it comes from a cache. */
        readonly age?: string;
        readonly retryAfter?: string;
        readonly contentType?: string;
      };
      readonly body: string;
    }
  | { readonly kind: 'network'; readonly error: Said; readonly code?: string }
  | { readonly kind: 'aborted' };

/** The `code` of a network result if the answer was larger than `answerBytesMax`. */
export const answerTooLarge = 'ANSWER_TOO_LARGE';
/** The `code` of a network result if the answer came too slowly. */
export const tooSlow = 'UND_ERR_BODY_TIMEOUT';
/** The `code` of a network result if nothing was sent, because of our own disk. That says nothing about the peer. */
export const notSent = 'NOT_SENT';

export interface Http {
  request(request: HttpRequest): Promise<HttpResult>;
  /** SHA-256 (hex) of the public key in the last certificate seen at an origin, if the system doesn't trust it. */
  seenCertificate(url: string): string | null;
  close(): Promise<void>;
}

/**
 * Sends nothing before everything that it may depend on is on disk: after a power cut, a peer would have what we lost.
 * `onDisk` returns null if there is nothing to wait for.
 */
export const afterWriting = (http: Http, onDisk: () => Promise<void> | null): Http => ({
  request: (request) => {
    const waits = onDisk();
    if (waits === null) return http.request(request);
    return waits.then(
      () => http.request(request),
      (error: unknown) => ({ kind: 'network', error: diskError(error), code: notSent }),
    );
  },
  seenCertificate: (url) => http.seenCertificate(url),
  close: () => http.close(),
});

function diskError(error: unknown): Said {
  const trouble = diskTroubleOf(error);
  return trouble === null ? said('disk.failed', { detail: saidOf(error) }) : said(`disk.${trouble}`);
}

/** Whether a web page came instead of an answer, for example from a proxy. */
export const isWebPage = ({
  headers,
  body,
}: {
  readonly headers: { readonly contentType?: string | undefined };
  readonly body: string;
}): boolean =>
  /^(text\/html|application\/xhtml)/i.test(headers.contentType?.trim() ?? '') ||
  /^\s*<(!doctype|html|head|body)/i.test(body);

/** Refusals by the existing server that come from the library that reads its bodies. */
const refusalText =
  /^Failed to (parse the request body as JSON|deserialize the JSON body|buffer the request body)/;

/**
 * Whether a refusal can be from a Paracord server. Otherwise another program answered in its place, such as a proxy, and
 * its answer says nothing about what was asked (docs/protocol/wire.md, "Errors").
 */
export function isRefusal(body: string): boolean {
  if (refusalText.test(body)) return true;
  try {
    const { code, message } = JSON.parse(body) as { code?: unknown; message?: unknown };
    return typeof code === 'string' && /^[A-Z][A-Z_]+$/.test(code) && typeof message === 'string';
  } catch {
    return false;
  }
}

/** Reads a field of an answer; undefined for anything but a JSON object. */
export function fieldIn(body: string, name: string): unknown {
  try {
    return (JSON.parse(body) as Readonly<Record<string, unknown>> | null)?.[name];
  } catch {
    return undefined;
  }
}

/** The `details.reason` of a refusal. Null without one, or one we don't know. */
export const reasonOfRefusal = (body: string): Reason | null => reasonIn(fieldIn(body, 'details'));

/** The message of a refusal, if it has one, made safe to show. */
export function messageIn(body: string): string | undefined {
  try {
    const { message, error } = JSON.parse(body) as { message?: unknown; error?: unknown };
    const text = [message, error].find((each) => typeof each === 'string');
    return (typeof text === 'string' && plainText(text)) || undefined;
  } catch {
    return undefined;
  }
}
