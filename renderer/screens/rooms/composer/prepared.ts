import { isContentType } from '../../../../shared/protocol/events/file-forms.ts';
import { withoutMetadata } from './without-metadata.ts';

/** A file as it is sent. */
export interface Prepared {
  readonly bytes: Blob;
  readonly type: string | null;
  /** The width of a picture, in pixels. */
  readonly width?: number;
  readonly height?: number;
}

const pictures: ReadonlySet<string> = new Set(['image/png', 'image/jpeg', 'image/webp', 'image/gif']);
/** A larger picture would have to be in memory as a whole. */
const cleanedBytesMax = 60_000_000;

export const isPicture = ({ type }: { readonly type: string }): boolean => pictures.has(type);

/** Removes what the camera wrote into a picture, and adds its size, so that its place is known before it is there. */
export async function prepared(file: File): Promise<Prepared> {
  const type = isContentType(file.type) ? file.type : null;
  if (!isPicture(file) || file.size > cleanedBytesMax) return { bytes: file, type };
  const bytes = new Blob([withoutMetadata(new Uint8Array(await file.arrayBuffer()))], { type: file.type });
  try {
    const picture = await createImageBitmap(bytes);
    const { width, height } = picture;
    picture.close();
    return { bytes, type, width, height };
  } catch {
    // A picture that this browser can't read is sent as it is.
    return { bytes: file, type };
  }
}
