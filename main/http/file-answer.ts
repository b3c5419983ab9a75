/** Sending the bytes of a file, whole or in part. */
import { open } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Context } from 'koa';
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

interface Paced {
  readonly req: { readonly socket: Pick<Socket, 'setTimeout' | 'bytesWritten' | 'destroy'> };
  readonly res: Pick<ServerResponse, 'once'>;
}

/** Cuts off a slow reader, because nothing else limits how long one takes for an answer that isn't in memory. */
export function paceReader({ req: { socket }, res }: Paced, clock: Clock): void {
  socket.setTimeout(stalledMsMax);
  const before = socket.bytesWritten;
  const stop = cutOffIfSlow(
    clock,
    stalledMsMax,
    () => socket.bytesWritten - before,
    () => void socket.destroy(),
  );
  res.once('close', stop);
}

/** Sends it without Koa, which knows nothing about when a piece has left. The status and the headers are set before. */
export function sendPart(ctx: Context, path: string, part: Part, clock: Clock): void {
  ctx.respond = false;
  if (ctx.method === 'HEAD') {
    ctx.res.end();
    return;
  }
  paceReader(ctx, clock);
  // The headers are on their way, so a broken answer is all that can say that something failed.
  copyPart(path, part, ctx.res).catch(() => ctx.res.destroy());
}

/** One piece is read while the one before is sent. The two are used again, so that a large file needs no more memory. */
async function copyPart(path: string, { from, to }: Part, res: ServerResponse): Promise<void> {
  const file = await open(path, 'r');
  try {
    const length = Math.min(pieceBytes, to - from + 1);
    let [piece, next] = [Buffer.allocUnsafeSlow(length), Buffer.allocUnsafeSlow(length)];
    let sending = Promise.resolve();
    for (let at = from; at <= to; ) {
      const { bytesRead } = await file.read(piece, 0, Math.min(length, to - at + 1), at);
      if (bytesRead === 0) throw new Error('the file has become shorter');
      await sending;
      sending = written(res, piece.subarray(0, bytesRead));
      // The next piece, or the end, notices a failure.
      sending.catch(() => {});
      at += bytesRead;
      [piece, next] = [next, piece];
    }
    await sending;
    res.end();
  } finally {
    await file.close();
  }
}

const written = (res: ServerResponse, piece: Uint8Array): Promise<void> =>
  new Promise((resolve, reject) => {
    const gone = () => reject(new Error('the reader is gone'));
    if (res.destroyed) gone();
    res.once('close', gone);
    res.write(piece, (error) => {
      res.off('close', gone);
      if (error) reject(error);
      else resolve();
    });
  });
