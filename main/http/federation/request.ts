import { badRequest } from '../../../shared/protocol/errors.ts';
import { limits } from '../../../shared/protocol/limits.ts';
import { type Said, said } from '../../../shared/words/said.ts';

/** One request to the federation listener, whatever carried it: Koa in life, a function call in the simulation. */
export interface FederationRequest {
  readonly method: string;
  /** The request target exactly as on the request line. */
  readonly target: string;
  /** Every value a header came with; an empty list if it is missing. Names in lower case. */
  readonly header: (name: string) => readonly string[];
  /** The address at the other end of the connection: the proxy's, where one is in front of this server. */
  readonly from: string;
  /** Path parameters, percent-decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** The raw body, read when asked for and not before. Throws ProtocolError (413) past the limit. */
  readonly body: () => Promise<Buffer>;
}

export interface FederationAnswer {
  readonly status: number;
  /** JSON text. */
  readonly body: string;
}

export interface FederationRoute {
  readonly method: 'GET' | 'POST';
  /** With `:name` for a parameter. */
  readonly path: string;
  readonly handle: (request: FederationRequest) => Promise<FederationAnswer>;
}

export const answer = (status: number, body: unknown): FederationAnswer => ({
  status,
  body: JSON.stringify(body),
});

export function readLimit(text: string | null): number {
  if (text === null) return limits.eventsPageDefault;
  const number = /^[0-9]{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (!(number >= 1 && number <= limits.eventsPageMax))
    throw wrong('limit', said('expected.range', { min: 1, max: limits.eventsPageMax }));
  return number;
}

export function readAfter(text: string | null): number {
  if (text === null) return 0;
  if (!/^[0-9]{1,15}$/.test(text)) throw wrong('after', said('expected.what', { what: said('what.cursor') }));
  return Number(text);
}

export function readDepth(text: string | null): number {
  if (text === null) return -1;
  if (!/^-?[0-9]{1,16}$/.test(text))
    throw wrong('since_depth', said('expected.what', { what: said('what.whole_number') }));
  return Number(text);
}

const wrong = (name: string, message: Said) => badRequest(said('wire.parameter', { name, message }));
