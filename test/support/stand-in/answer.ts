/** A call as the stand-in receives it, and what it answers. */
export interface Call {
  readonly method: string;
  /** The target as on the request line. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
}

export interface Answer {
  readonly status: number;
  readonly type: string | null;
  readonly body: string | Buffer;
}

/** Thrown to answer with it. */
export class Refused extends Error {
  readonly answer: Answer;
  constructor(answer: Answer) {
    super(`${answer.status}`);
    this.answer = answer;
  }
}

export const json = (status: number, body: unknown): Answer => ({
  status,
  type: 'application/json',
  body: JSON.stringify(body),
});
export const text = (status: number, body: string): Answer => ({
  status,
  type: 'text/plain; charset=utf-8',
  body,
});

const refusal = (status: number, code: string, message: string) =>
  new Refused(json(status, { code, details: null, error: message, message }));

export const unauthorized = refusal(401, 'UNAUTHORIZED', 'unauthorized');
export const forbidden = refusal(403, 'FORBIDDEN', 'forbidden');
export const notFound = refusal(404, 'NOT_FOUND', 'not found');
export const rateLimited = refusal(429, 'RATE_LIMITED', 'rate limited');
export const internalError = refusal(500, 'INTERNAL_ERROR', 'internal server error');
export const badRequest = (why: string) => refusal(400, 'BAD_REQUEST', `bad request: ${why}`);
export const conflict = (why: string) => refusal(409, 'CONFLICT', `conflict: ${why}`);
export const upgradeRequired = (why: string) => refusal(426, 'UPGRADE_REQUIRED', `upgrade required: ${why}`);

export const nothing: Answer = { status: 404, type: null, body: '' };
export const wrongMethod: Answer = { status: 405, type: null, body: '' };
export const page: Answer = {
  status: 200,
  type: 'text/html',
  body: '<!doctype html><html><head><title>Paracord</title></head><body><div id="root"></div></body></html>\n',
};
