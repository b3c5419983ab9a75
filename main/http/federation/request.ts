import { errorBody, forbidden, type ProtocolError } from '../../../shared/protocol/errors.ts';
import { federationPrefix } from '../../../shared/protocol/transport.ts';
import { said } from '../../../shared/words/said.ts';
import type { Part } from '../file-answer.ts';

/** One request to the federation listener, however it arrived: through Koa, or as a function call in the simulation. */
export interface FederationRequest {
  readonly method: string;
  /** The request target exactly as on the request line. */
  readonly target: string;
  /** Every value of a header; an empty list if it is missing. Names are lower case. */
  readonly header: (name: string) => readonly string[];
  /** The other end of the connection, which may be a proxy: its IPv4 address, or the /64 of its IPv6 address. */
  readonly from: string;
  /** Path parameters, percent-decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /**
   * The raw body, read when it is asked for and not before. Rejects with ProtocolError: 413 if it exceeds the limit,
   * 400 if it is compressed or cut short.
   */
  readonly body: () => Promise<Buffer>;
  /** The sender is verified, so neither the body nor the connection counts as a stranger's. */
  readonly proven?: () => void;
}

export interface FederationAnswer {
  readonly status: number;
  /** JSON text, unless `headers` say otherwise. */
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Instead of the body, read when it is sent; `headers` name its length. */
  readonly file?: { readonly path: string; readonly part: Part };
  /** Called when the answer has been sent, or its connection is gone. */
  readonly sent?: () => void;
}

export interface FederationRoute {
  readonly method: 'GET' | 'POST';
  /** Contains `:name` for a parameter. */
  readonly path: string;
  readonly handle: (request: FederationRequest) => Promise<FederationAnswer>;
}

/** A call of the protocol; `path` is below the federation prefix. */
export const call = (
  method: FederationRoute['method'],
  path: string,
  handle: FederationRoute['handle'],
): FederationRoute => ({ method, path: federationPrefix + path, handle });

export const answer = (status: number, body: unknown): FederationAnswer => ({
  status,
  body: JSON.stringify(body),
});

/** Makes the answer that the caller reads of an error. */
export function refusalAnswer(error: unknown): FederationAnswer {
  const { status, body } = errorBody(error);
  const { retryAfterSeconds } = error as Partial<ProtocolError>;
  const headers = retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) };
  return { status, body: JSON.stringify(body), headers };
}

export const notRead = (origin: string, roomId: string): ProtocolError =>
  forbidden(said('wire.no_member', { server: origin, room: roomId }), { reason: 'room_closed' });

export function checkOrigin(inBody: string, inHeader: string): void {
  if (inBody !== inHeader) throw forbidden(said('wire.other_origin', { named: inBody, signer: inHeader }));
}
