import { parseFileTokenRequest } from '../../../../shared/protocol/bodies.ts';
import { isFileHash } from '../../../../shared/protocol/events/file-forms.ts';
import { parseRoomId } from '../../../../shared/protocol/identifiers.ts';
import { limits } from '../../../../shared/protocol/limits.ts';
import { federationPrefix } from '../../../../shared/protocol/transport.ts';
import { refusal } from '../../../../shared/words/refusal.ts';
import { said } from '../../../../shared/words/said.ts';
import type { RoomRegistry } from '../../../events/projection/room-registry.ts';
import type { Files, ReadableFile } from '../../../rooms/files/files.ts';
import { type FileLinks, linkSeconds } from '../../../rooms/files/links.ts';
import { partHeaders, partOf } from '../../file-answer.ts';
import { ByteShares } from '../byte-shares.ts';
import type { Callers } from '../callers.ts';
import {
  answer,
  call,
  checkOrigin,
  type FederationAnswer,
  type FederationRequest,
  type FederationRoute,
  notRead,
} from '../request.ts';

export interface FileDeps {
  readonly files: Pick<Files, 'sizeIn' | 'pathOf' | 'uploadedFor'>;
  readonly links: FileLinks;
  readonly registry: Pick<RoomRegistry, 'get'>;
  readonly reach: { readonly publicUrl: string | null };
}

const retrySeconds = 5;

/**
 * The bytes of a file: by its hash for servers with a member in a room where a message names it (our extension), and by a
 * link for servers of another kind.
 */
export function fileRoutes({ files, links, registry, reach }: FileDeps, callers: Callers): FederationRoute[] {
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
      return sent(origin, reads, request, { path: files.pathOf(hash), size });
    }),
    call('POST', '/file/token', async (request) => {
      const by = await callers.of(request);
      const asked = parseFileTokenRequest(by.text);
      const [id, user, server] = [asked.attachment_id, asked.user_id, by.origin];
      checkOrigin(asked.origin_server, server);
      if (files.uploadedFor(id, user, server) === null) throw refusal('NOT_FOUND', said('file.not_yours'));
      const token = links.tokenFor({ id, user, server });
      const path = `${federationPrefix}/file/${encodeURIComponent(id)}?token=${token}`;
      // Release 0.8.5 appends a path to its endpoint, which then has the prefix twice.
      const download_url = `${reach.publicUrl ?? ''}${path}`;
      return answer(200, { token, download_url, expires_in_seconds: linkSeconds });
    }),
    call('GET', '/file/:id', async (request) => {
      const { origin } = await callers.of(request);
      const { id = '' } = request.params;
      const user = links.userOf(request.query.get('token') ?? '', id, origin);
      if (user === null) throw refusal('FORBIDDEN', said('file.no_link'));
      // The user may have left since.
      const file = files.uploadedFor(id, user, origin);
      if (file === null) throw refusal('NOT_FOUND', said('file.not_yours'));
      const { headers, ...rest } = sent(origin, reads, request, file);
      return { ...rest, headers: { ...headers, 'content-disposition': savedAs(file.name) } };
    }),
  ];
}

function sent(
  origin: string,
  reads: ByteShares,
  request: FederationRequest,
  { path, size }: Pick<ReadableFile, 'path' | 'size'>,
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
    file: { path, part },
    sent: () => reads.free(origin, 1),
  };
}

/** The caller shows this name to its users, and reads only plain ASCII in quotes. */
const savedAs = (name: string): string => `attachment; filename="${name.replaceAll(/[^ -~]|["\\]/g, '_')}"`;
