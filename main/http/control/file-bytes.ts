/** The bytes of uploads and files (shared/api/file-bytes.ts), in the API for people and programs. */
import { open } from 'node:fs/promises';
import type { Context } from 'koa';
import { apiPrefix } from '../../../shared/api/contract/procedure.ts';
import { contract } from '../../../shared/api/contract.ts';
import { headBytes, shownTypeOf } from '../../../shared/protocol/file-type.ts';
import { refusal } from '../../../shared/words/refusal.ts';
import { said } from '../../../shared/words/said.ts';
import type { Known } from '../../access/callers.ts';
import { discardRest, usedUp } from '../../kernel/body.ts';
import type { Clock } from '../../kernel/ports.ts';
import type { Files } from '../../rooms/files/files.ts';
import type { Pictures, ReadablePicture } from '../../rooms/files/pictures.ts';
import type { Uploads } from '../../rooms/files/uploads.ts';
import { partHeaders, partOf, sendPart } from '../file-answer.ts';
import type { Router } from '../router.ts';
import { procedureInput } from './procedure-input.ts';

export interface FileByteDeps {
  readonly files: Pick<Files, 'read'>;
  readonly pictures: Pick<Pictures, 'read' | 'readOfRoom'>;
  readonly uploads: Pick<Uploads, 'receive'>;
}

interface FileByteOptions extends FileByteDeps {
  readonly clock: Clock;
}

/** A day: what somebody no longer shows shouldn't stay in browsers for longer. */
const pictureSecondsMax = 86_400;
/** How much of a refused body is read, so that the sender gets to read the refusal. */
const discardedBytesMax = 4 * 1_048_576;

export function fileByteRoutes(router: Router, { files, pictures, uploads, clock }: FileByteOptions): void {
  router.put(`${apiPrefix}/rooms/:room_id/uploads/:upload_id/bytes`, async (ctx) => {
    const known: Known = ctx.state.known;
    known.require('upload');
    const offset = offsetIn(ctx);
    const input = procedureInput(contract.upload, {
      params: ctx.params,
      query: new URLSearchParams(ctx.querystring),
      body: {},
    });
    ctx.body = await known.answer('upload', input, async (decided) => {
      const {
        room_id: roomId,
        upload_id: id,
        as,
      } = decided as { room_id: string; upload_id: string; as?: string };
      try {
        // Left alone at the end, because the answer goes over the same connection.
        const bytes = usedUp(ctx.req.iterator({ destroyOnReturn: false }));
        return await uploads.receive({ roomId, id, as }, offset, bytes);
      } catch (error) {
        if (!ctx.req.complete) ctx.res.once('finish', () => discardRest(ctx.req, discardedBytesMax));
        throw error;
      }
    });
  });
  router.get(`${apiPrefix}/rooms/:room_id/messages/:event_id/files/:number/bytes`, async (ctx) => {
    const known: Known = ctx.state.known;
    known.require('fetchFile');
    const input = procedureInput(contract.fetchFile, {
      params: ctx.params,
      query: new URLSearchParams(),
      body: {},
    });
    await known.answer('fetchFile', input, async (decided) => {
      const { room_id, event_id, number } = decided as { room_id: string; event_id: string; number: number };
      await sendFile(ctx, await files.read(room_id, event_id, number), clock);
      return {};
    });
  });
  const pictureRoute = (
    path: string,
    name: 'fetchPicture' | 'fetchRoomPicture',
    read: (asked: AskedPicture) => Promise<ReadablePicture>,
  ): void => {
    router.get(`${apiPrefix}${path}/pictures/:hash/bytes`, async (ctx) => {
      const known: Known = ctx.state.known;
      known.require(name);
      const input = procedureInput(contract[name], {
        params: ctx.params,
        query: new URLSearchParams(ctx.querystring),
        body: {},
      });
      await known.answer(name, input, async (decided) => {
        sendPicture(ctx, await read(decided as AskedPicture));
        return {};
      });
    });
  };
  pictureRoute('/people/:person', 'fetchPicture', ({ as, person, hash }) => pictures.read(as, person, hash));
  pictureRoute('/rooms/:room_id', 'fetchRoomPicture', ({ as, room_id, hash }) =>
    pictures.readOfRoom(as, room_id, hash),
  );
}

interface AskedPicture {
  readonly as?: string;
  readonly person: string;
  readonly room_id: string;
  readonly hash: string;
}

/** Sends a picture to be shown as it is, because it is a small one, and to be kept, because it never changes. */
function sendPicture(ctx: Context, { bytes, type }: ReadablePicture): void {
  ctx.set({
    ...neverInterpreted,
    'content-type': type,
    'cache-control': `private, max-age=${pictureSecondsMax}, immutable`,
  });
  ctx.body = bytes;
}

function offsetIn(ctx: Context): number {
  const { offset = '0' } = ctx.query;
  if (typeof offset === 'string' && /^\d{1,15}$/.test(offset)) return Number(offset);
  throw refusal('BAD_REQUEST', said('input.field', { field: 'offset', message: said('what.whole_number') }));
}

const neverInterpreted = {
  'content-security-policy': "sandbox; default-src 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
};

/**
 * Sends a file. Nothing from a stranger is interpreted on our origin: the sandbox runs no scripts, the browser doesn't
 * guess another type, and everything that isn't a picture, a video or sound by its first bytes is saved
 * (docs/protocol/events.md, "Files").
 */
async function sendFile(
  ctx: Context,
  { path, size, name }: { readonly path: string; readonly size: number; readonly name: string },
  clock: Clock,
): Promise<void> {
  const part = partOf(ctx.get('range') || undefined, size);
  const shown = ctx.query.save === undefined ? shownTypeOf(await headOf(path)) : null;
  ctx.status = part.isWhole ? 200 : 206;
  ctx.set({
    ...partHeaders(part, size),
    'content-type': shown ?? 'application/octet-stream',
    'content-disposition': `${shown === null ? 'attachment' : 'inline'}; filename*=UTF-8''${encoded(name)}`,
    ...neverInterpreted,
  });
  sendPart(ctx, path, part, clock);
}

async function headOf(path: string): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(headBytes), 0, headBytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Writes a file name as RFC 8187 does. It has no slashes, because a browser may take what is before one for a folder. */
const encoded = (name: string): string =>
  encodeURIComponent(name.replaceAll(/[/\\]/g, '_')).replaceAll(
    /['()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16)}`,
  );
