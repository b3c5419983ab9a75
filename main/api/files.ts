import { plainFileName } from '../../shared/protocol/coding/plain-text.ts';
import { limits } from '../../shared/protocol/limits.ts';
import type { Files } from '../rooms/files/files.ts';
import type { Uploads } from '../rooms/files/uploads.ts';
import type { SaidApi } from './answer.ts';

export interface FileDeps {
  readonly files: Pick<Files, 'read' | 'sweep'>;
  readonly uploads: Pick<Uploads, 'start' | 'state' | 'cancel'>;
}

export function fileApi({ files, uploads }: FileDeps) {
  return {
    startUpload: (input) => {
      const { room_id, name, size, content_type, width = null, height = null, thumbhash = null, as } = input;
      const file = {
        name: plainFileName(name, limits.fileNameCharsMax),
        size,
        type: content_type ?? null,
        width,
        height,
        thumbhash,
      };
      return uploads.start(room_id, file, as);
    },
    async upload(input) {
      return uploads.state(input.room_id, input.upload_id, input.as);
    },
    async cancelUpload(input) {
      await uploads.cancel(input.room_id, input.upload_id, input.as);
      await files.sweep();
      return { done: true };
    },
    async fetchFile(input) {
      const { name, size } = await files.read(input.room_id, input.event_id, input.number);
      return { name, size };
    },
  } satisfies Partial<SaidApi>;
}
