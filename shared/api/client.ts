/**
 * The contract over HTTP, for the command line, the console and programs: `createClient(…).rooms({})`. No code here is
 * specific to a procedure; everything comes from the contract.
 */

import { inEnglish, type WireSaid } from '../protocol/errors.ts';
import { said } from '../words/said.ts';
import { apiPrefix, pathParams, readsQuery, restFields } from './contract/procedure.ts';
import { type Api, contract, type Procedure, type ProcedureName, proceduresOf } from './contract.ts';

/** The part of `fetch` that the client needs. */
export type ClientFetch = (
  url: string,
  init: {
    method: string;
    headers: Record<string, string>;
    body?: string;
    /** The answer comes when long work has ended; `work` reports its progress. */
    isLong: boolean;
  },
) => Promise<{ readonly status: number; text(): Promise<string> }>;

interface ClientOptions {
  /** The node's address, as `control.json` holds it: `http://127.0.0.1:8449`. */
  readonly baseUrl: string;
  /** Left out if a cookie is used instead. */
  readonly token?: string;
  /** The language of sentences in answers, such as `de`; if left out, the node decides. */
  readonly language?: string;
  readonly fetch: ClientFetch;
}

/** The node refused, or something else answered. Errors thrown by `fetch` itself are passed on. */
export class ApiError extends Error {
  /** HTTP status; 0 when the call was refused before it was sent. */
  readonly status: number;
  readonly code: string;
  readonly details: Readonly<Record<string, unknown>> | null;

  /** The message for a reader of another language; absent if the node chose the language. */
  readonly said: WireSaid | undefined;

  constructor(
    status: number,
    code: string,
    message: string | WireSaid,
    details: Record<string, unknown> | null = null,
  ) {
    super(typeof message === 'string' ? message : inEnglish(message));
    this.said = typeof message === 'string' ? undefined : message;
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
    this.details = details;
  }
}

const longCalls: ReadonlySet<ProcedureName> = new Set(['backUp', 'restoreBackup', 'drill', 'fetchFile']);

type Fields = Readonly<Record<string, unknown>>;

/** Every procedure as a function, which rejects with ApiError for any answer other than 2xx. */
export function createClient(options: ClientOptions): Api {
  const base = options.baseUrl.replace(/\/+$/, '') + apiPrefix;
  return proceduresOf<Api>(contract, async (name, input) => {
    const procedure: Procedure = contract[name];
    const request = requestFor(procedure, { ...input });
    const headers: Record<string, string> = { accept: 'application/json' };
    if (options.token !== undefined) headers.authorization = `Bearer ${options.token}`;
    if (options.language !== undefined) headers['accept-language'] = options.language;
    if (request.body !== undefined) headers['content-type'] = 'application/json';
    const answer = await options.fetch(base + request.path, {
      method: procedure.method,
      headers,
      isLong: longCalls.has(name),
      ...(request.body === undefined ? {} : { body: request.body }),
    });
    return readAnswer(answer.status, await answer.text());
  });
}

/** Path (with its query) and body of a call, below the API's prefix. */
function requestFor(procedure: Procedure, input: Fields): { path: string; body: string | undefined } {
  let path = procedure.path;
  for (const name of pathParams(procedure.path)) path = path.replace(`{${name}}`, () => segment(name, input));
  const rest = restFields(procedure)
    .map((name) => [name, input[name]] as const)
    .filter(([, value]) => value !== undefined);
  if (!readsQuery(procedure)) return { path, body: JSON.stringify(Object.fromEntries(rest)) };
  const query = rest.map(([name, value]) => `${name}=${encode(String(value))}`).join('&');
  return { path: query === '' ? path : `${path}?${query}`, body: undefined };
}

/** Half a surrogate pair, which makes `encodeURIComponent` throw, can't be part of an ID. */
const encode = (value: string) => encodeURIComponent(value.toWellFormed());

function segment(name: string, input: Fields): string {
  const value = String(input[name] ?? '');
  // Every HTTP client removes `.` and `..` from a path, encoded or not, and would call another procedure.
  if (value === '' || value === '.' || value === '..') {
    const message = said('expected.in_path', { value });
    throw new ApiError(0, 'BAD_REQUEST', said('input.field', { field: name, message }));
  }
  return encode(value);
}

function readAnswer(status: number, text: string): unknown {
  const ok = status >= 200 && status <= 299;
  const answer = parse(text);
  if (ok && answer !== undefined) return answer;
  if (!ok && isObject(answer) && typeof answer.code === 'string' && typeof answer.message === 'string') {
    throw new ApiError(
      status,
      answer.code,
      answer.message,
      isObject(answer.details) ? { ...answer.details } : null,
    );
  }
  throw new ApiError(status, 'INTERNAL_ERROR', said('wire.no_json', { status }));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
