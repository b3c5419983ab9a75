/** Files of messages. Their bytes have calls of their own (shared/api/file-bytes.ts). */
import * as v from 'valibot';
import { isContentType, isThumbhash } from '../../protocol/events/file-forms.ts';
import { limits } from '../../protocol/limits.ts';
import { expectedWhat } from '../../words/expected.ts';
import { by } from '../roles.ts';
import { UploadView } from '../views/room-views.ts';
import { done, eventId, fileName, fileNumber, inRoom, roomId, uploadId, wholeNumber } from './fields.ts';
import { procedure } from './procedure.ts';

const like = (what: 'content_type' | 'thumbhash', isLike: (text: string) => boolean) =>
  v.optional(v.pipe(v.string(expectedWhat(what)), v.check(isLike, expectedWhat(what))));
const pixels = v.optional(wholeNumber(1, limits.filePixelsMax));

export const filesContract = {
  startUpload: procedure(
    'POST',
    '/rooms/{room_id}/uploads',
    'Begin to upload a file, to send it with a message; refused at once if there is no room for it',
    by('guest', 'room', 'bots'),
    v.object({
      ...inRoom,
      name: fileName,
      size: wholeNumber(0, Number.MAX_SAFE_INTEGER),
      content_type: like('content_type', isContentType),
      width: pixels,
      height: pixels,
      thumbhash: like('thumbhash', isThumbhash),
    }),
    UploadView,
  ),
  upload: procedure(
    'GET',
    '/rooms/{room_id}/uploads/{upload_id}',
    'How much of an upload is here',
    by('guest', 'room', 'bots'),
    v.object({ ...inRoom, upload_id: uploadId }),
    UploadView,
  ),
  cancelUpload: procedure(
    'DELETE',
    '/rooms/{room_id}/uploads/{upload_id}',
    'Drop a file that was not sent',
    by('guest', 'room', 'bots'),
    v.object({ ...inRoom, upload_id: uploadId }),
    done,
  ),
  fetchFile: procedure(
    'POST',
    '/rooms/{room_id}/messages/{event_id}/files/{number}/fetch',
    'Bring a file of a message to this server, if it is not here',
    by('guest', 'room', 'bots'),
    v.object({ room_id: roomId, event_id: eventId, number: fileNumber }),
    v.object({ name: v.string(), size: v.number() }),
  ),
} as const;
