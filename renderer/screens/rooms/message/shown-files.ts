import { fileBytesPath } from '../../../../shared/api/file-bytes.ts';
import type { FileView, TimelineItem } from '../../../../shared/api/views/room-views.ts';
import { type FileKind, kindOf as kindOfTypes } from '../../../../shared/protocol/file-type.ts';
import { visible } from '../../../../shared/unicode/visible.ts';
import { text } from '../../../text/text.ts';

/** A file of a message, and where its bytes are. */
export interface ShownFile {
  readonly file: FileView;
  readonly number: number;
  readonly name: string;
  readonly kind: FileKind;
  readonly path: string;
}

/** How it is shown. The sender may be wrong about the type: then the node sends bytes that no browser shows. */
export const kindOf = ({ content_type, place }: Pick<FileView, 'content_type' | 'place'>): FileKind =>
  place === 'named' ? 'other' : kindOfTypes([content_type]);

export const nameOf = ({ name }: Pick<FileView, 'name'>): string =>
  name === '' ? text.rooms.message.fileUnnamed : visible(name);

export const shownFiles = (roomId: string, { event_id, files }: TimelineItem): ShownFile[] =>
  files.map((file, number) => ({
    file,
    number,
    name: nameOf(file),
    kind: kindOf(file),
    path: fileBytesPath(roomId, event_id, number),
  }));

/** Beyond this, a file that isn't here yet comes only when somebody asks for it. */
const fetchedBytesMax = 10_000_000;

/** Whether it is loaded without being asked for. */
export const loadsItself = ({ file, kind }: ShownFile): boolean =>
  kind !== 'other' && (file.place === 'here' || (kind === 'picture' && (file.size ?? 0) <= fetchedBytesMax));
