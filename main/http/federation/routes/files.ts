import { isFileHash } from '../../../../shared/protocol/events/file-forms.ts';
import { parseRoomId } from '../../../../shared/protocol/identifiers.ts';
import { limits } from '../../../../shared/protocol/limits.ts';
import { refusal } from '../../../../shared/words/refusal.ts';
import { said } from '../../../../shared/words/said.ts';
import type { RoomRegistry } from '../../../events/projection/room-registry.ts';
import type { Files } from '../../../rooms/files/files.ts';
import { partHeaders, partOf, readPart } from '../../file-answer.ts';
import { ByteShares } from '../byte-shares.ts';
import type { Callers } from '../callers.ts';
import {
  call,
  type FederationAnswer,
  type FederationRequest,
  type FederationRoute,
  notRead,
} from '../request.ts';

export interface FileDeps {
  readonly files: Pick<Files, 'sizeIn' | 'pathOf'>;
  readonly registry: Pick<RoomRegistry, 'get'>;
}

const retrySeconds = 5;

/** The bytes of a file, for servers with a member in a room where a message names it (our extension). */
export function fileRoutes({ files, registry }: FileDeps, callers: Callers): FederationRoute[] {
  const { total, perPeer: each } = limits.fileReads;
  const reads = new ByteShares({ total, each });
  return [
    call('GET', '/file', async (request) => {
      const { origin } = await callers.beyondDraft(request);
      const roomId = request.query.get('room_id') ?? '';
      const hash = request.query.get('content_hash') ?? '';
      parseRoomId(roomId);
      // Now, and not when the message was sent: a former member gets nothing.
      if (!registry.get(roomId)?.servers.has(origin)) throw notRead(origin, roomId);
      const size = isFileHash(hash) ? files.sizeIn(roomId, hash) : null;
      if (size === null) throw refusal('NOT_FOUND', said('file.not_here'));
      return sent(origin, reads, request, files.pathOf(hash), size);
    }),
  ];
}

function sent(
  origin: string,
  reads: ByteShares,
  request: FederationRequest,
  path: string,
  size: number,
): FederationAnswer {
  const [range] = request.header('range');
  const part = partOf(range, size);
  if (!reads.admits(origin))
    throw refusal('RATE_LIMITED', said('file.many_reads', { server: origin, seconds: retrySeconds }), {
      retryAfterSeconds: retrySeconds,
    });
  reads.take(origin, 1);
  return {
    status: part.isWhole ? 200 : 206,
    body: '',
    headers: { ...partHeaders(part, size), 'content-type': 'application/octet-stream' },
    ...(size === 0 ? {} : { bytes: () => readPart(path, part) }),
    sent: () => reads.free(origin, 1),
  };
}
