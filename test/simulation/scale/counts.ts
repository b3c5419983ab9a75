import type { HttpRequest } from '../../../main/client/http.ts';

/** The work of a server in some time. */
export interface Counts {
  sent: number;
  received: number;
  /** Signatures of requests and of events. */
  signed: number;
  verified: number;
  /** In requests and answers, both ways, without TLS. */
  bytes: number;
  /** Rows that were inserted, changed or removed. */
  rows: number;
}

export const kinds = ['sent', 'received', 'signed', 'verified', 'bytes', 'rows'] as const;

export const noCounts = (): Counts => ({ sent: 0, received: 0, signed: 0, verified: 0, bytes: 0, rows: 0 });

/** For each server, divided by `hours`. */
export function meanOf(all: readonly Counts[], hours: number): Counts {
  const mean = noCounts();
  for (const counts of all) for (const kind of kinds) mean[kind] += counts[kind];
  for (const kind of kinds) mean[kind] /= Math.max(all.length, 1) * hours;
  return mean;
}

/** The status line and the headers of an answer. */
const answerHeadBytes = 190;

/** As HTTP/1.1 writes it. */
export function requestBytes({ method, url, headers, body }: HttpRequest): number {
  let bytes = method.length + url.length + 40 + (body?.length ?? 0);
  for (const [name, value] of Object.entries(headers)) bytes += name.length + value.length + 4;
  return bytes;
}

export const answerBytes = (body: string): number => answerHeadBytes + body.length;

/** The call that a request makes: method and path, without what differs between two calls of a kind. */
export const callOf = (method: string, path: string): string =>
  `${method} ${path.replace(/^.*\/v1/, '').replace(/^\/event\/.*/, '/event/…')}`;
