/** Sending the bytes of a file, whole or in part. */
import { createReadStream } from 'node:fs';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { refusal } from '../../shared/words/refusal.ts';
import { said } from '../../shared/words/said.ts';
import type { Clock } from '../kernel/ports.ts';
import { cutOffIfSlow } from '../kernel/progress.ts';

/** How much of a file is read at once. */
const pieceBytes = 262_144;
/** A reader that accepts nothing for so long, or only a little at a time, is cut off; a player that was paused asks again. */
const stalledMsMax = 60_000;

/** The first and last byte of an answer. */
export interface Part {
  readonly from: number;
  readonly to: number;
  readonly isWhole: boolean;
}

/**
 * Reads a Range header. More than one range, and other units, get the whole file (RFC 9110, 14.2). BAD_REQUEST
 * with status 416 for a range beyond the end.
 */
export function partOf(range: string | undefined, size: number): Part {
  const whole = { from: 0, to: size - 1, isWhole: true };
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(range?.trim() ?? '') ?? [];
  if (first === '' && last === '') return whole;
  const from = first === '' ? Math.max(size - Number(last), 0) : Number(first);
  const to = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (first !== '' && last !== '' && Number(last) < Number(first)) return whole;
  if (from >= size || from > to)
    throw refusal('BAD_REQUEST', said('file.bad_range', { size }), { status: 416 });
  return { from, to, isWhole: false };
}

export const partHeaders = ({ from, to, isWhole }: Part, size: number): Record<string, string> => ({
  'accept-ranges': 'bytes',
  'content-length': String(to - from + 1),
  ...(isWhole ? {} : { 'content-range': `bytes ${from}-${to}/${size}` }),
});

export const readPart = (path: string, { from, to }: Part): Readable =>
  createReadStream(path, { start: from, end: Math.max(to, 0), highWaterMark: pieceBytes });

interface Paced {
  readonly req: { readonly socket: Pick<Socket, 'setTimeout' | 'bytesWritten' | 'destroy'> };
  readonly res: Pick<ServerResponse, 'once' | 'setMaxListeners'>;
}

/** Cuts off a slow reader, because nothing else limits how long one takes for an answer that isn't in memory. */
export function readerPaced({ req: { socket }, res }: Paced, bytes: Readable, clock: Clock): Readable {
  socket.setTimeout(stalledMsMax);
  const before = socket.bytesWritten;
  const stop = cutOffIfSlow(
    clock,
    stalledMsMax,
    () => socket.bytesWritten - before,
    () => void socket.destroy(),
  );
  res.once('close', stop);
  // Sending a stream adds some to those that watch every answer.
  res.setMaxListeners(20);
  return bytes;
}
