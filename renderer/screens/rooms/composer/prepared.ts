import { isContentType } from '../../../../shared/protocol/events/file-forms.ts';
import { hashedPixelsMax, type Pixels, thumbHashOf } from '../message/thumb-hash.ts';
import { videoWithoutNotes } from './video-without-notes.ts';
import { withoutMetadata } from './without-metadata.ts';

/** A file as it is sent. */
export interface Prepared {
  readonly bytes: Blob;
  readonly type: string | null;
  /** It is a picture or a video that perhaps still says where it was taken. */
  readonly mayTellPlace: boolean;
  readonly shown: {
    /** The width of a picture, in pixels. */
    readonly width?: number;
    readonly height?: number;
    readonly thumbhash?: string;
  };
}

const pictures: ReadonlySet<string> = new Set(['image/png', 'image/jpeg', 'image/webp', 'image/gif']);
const videos: ReadonlySet<string> = new Set(['video/mp4', 'video/quicktime']);
/** A larger picture would have to be in memory as a whole. */
const cleanedBytesMax = 60_000_000;

export const isPicture = ({ type }: { readonly type: string }): boolean => pictures.has(type);

/** Removes what the camera wrote into a file, and adds the size and colors of a picture, which are shown before it is there. */
export async function prepared(file: File): Promise<Prepared> {
  const type = isContentType(file.type) ? file.type : null;
  const isTaken = /^(image|video)\//.test(file.type) && file.type !== 'image/svg+xml';
  const asItIs = { bytes: file, type, mayTellPlace: isTaken, shown: {} };
  if (videos.has(file.type)) {
    const bytes = await videoWithoutNotes(file);
    return { ...asItIs, bytes, mayTellPlace: bytes === file };
  }
  if (!isPicture(file) || file.size > cleanedBytesMax) return asItIs;
  const clean = withoutMetadata(new Uint8Array(await file.arrayBuffer()));
  const bytes = clean === null ? file : new Blob([clean], { type: file.type });
  const sent = { bytes, type, mayTellPlace: clean === null };
  try {
    const picture = await createImageBitmap(bytes);
    const { width, height } = picture;
    const thumbhash = hashOf(picture);
    picture.close();
    return { ...sent, shown: { width, height, thumbhash } };
  } catch {
    // A picture that this browser can't draw is sent all the same.
    return { ...sent, shown: {} };
  }
}

function hashOf(picture: ImageBitmap): string {
  const scale = Math.min(1, hashedPixelsMax / Math.max(picture.width, picture.height));
  const [width, height] = [picture.width, picture.height].map((side) =>
    Math.max(1, Math.round(side * scale)),
  );
  const canvas = new OffscreenCanvas(width ?? 1, height ?? 1);
  const context = canvas.getContext('2d');
  if (!context) throw new Error('this browser draws nothing');
  context.fillStyle = 'white';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return thumbHashOf(context.getImageData(0, 0, canvas.width, canvas.height) as Pixels);
}
