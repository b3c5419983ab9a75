import { limits } from './limits.ts';

export const fileKinds = ['picture', 'video', 'sound', 'other'] as const;
export type FileKind = (typeof fileKinds)[number];

const kinds: ReadonlyMap<string, FileKind> = new Map(
  Object.entries({
    'image/png': 'picture',
    'image/jpeg': 'picture',
    'image/webp': 'picture',
    'image/gif': 'picture',
    'video/mp4': 'video',
    'video/webm': 'video',
    'audio/ogg': 'sound',
    'audio/mpeg': 'sound',
    'audio/mp4': 'sound',
    'audio/x-m4a': 'sound',
  }),
);

/** Tells the kind of files by the types that their sender states; `other` if they aren't all of one kind. */
export function kindOf(types: readonly (string | null)[]): FileKind {
  const [kind, ...more] = new Set(types.map((type) => kinds.get(type ?? '') ?? 'other'));
  return more.length > 0 ? 'other' : (kind ?? 'other');
}

/** The types that a picture of a person or a room may have. */
export const pictureTypes: ReadonlySet<string> = new Set(['image/png', 'image/jpeg', 'image/webp']);

/** How many bytes of a file `shownTypeOf` needs. */
export const headBytes = 64;

/**
 * The type with which a browser may show a file, by its first bytes: never by its name, nor by what its sender says. Null
 * for everything that it may only save: HTML, SVG and PDF can carry programs (docs/protocol/events.md, "Files").
 */
export function shownTypeOf(head: Uint8Array): string | null {
  const text = String.fromCharCode(...head.subarray(0, headBytes));
  if (text.startsWith('\x89PNG\r\n\x1a\n')) return 'image/png';
  if (text.startsWith('\xff\xd8\xff')) return 'image/jpeg';
  if (/^GIF8[79]a/.test(text)) return 'image/gif';
  if (/^RIFF.{4}WEBP/s.test(text)) return 'image/webp';
  if (/^.{4}ftypM4[AB] /s.test(text)) return 'audio/mp4';
  if (/^.{4}ftyp(?:isom|iso[2-9]|mp4[12]|avc1|M4V |dash)/s.test(text)) return 'video/mp4';
  if (text.startsWith('\x1a\x45\xdf\xa3') && text.includes('webm')) return 'video/webm';
  if (text.startsWith('OggS\0')) return 'audio/ogg';
  if (text.startsWith('ID3') || /^\xff[\xfa\xfb\xf2\xf3]/.test(text)) return 'audio/mpeg';
  return null;
}

/**
 * The type of a small picture; null for anything else, and if its header states more pixels than such a picture needs: a
 * few bytes can make a browser fill gigabytes.
 */
export function pictureTypeOf(bytes: Uint8Array): string | null {
  const type = shownTypeOf(bytes);
  if (type === null || !pictureTypes.has(type)) return null;
  const sides = sidesOf(type, new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  return sides?.every((side) => side > 0 && side <= limits.picturePixelsMax) ? type : null;
}

/** Width and height by the header; null if it doesn't say. */
function sidesOf(type: string, view: DataView): readonly [number, number] | null {
  try {
    if (type === 'image/png') return [view.getUint32(16), view.getUint32(20)];
    return type === 'image/webp' ? sidesOfWebp(view) : sidesOfJpeg(view);
  } catch {
    return null;
  }
}

function sidesOfWebp(view: DataView): readonly [number, number] | null {
  switch (view.getUint32(12)) {
    // “VP8X”: the canvas, in which all frames lie.
    case 0x56503858:
      return [1 + (view.getUint32(23, true) >>> 8), 1 + (view.getUint32(26, true) >>> 8)];
    // “VP8L”
    case 0x5650384c: {
      const bits = view.getUint32(21, true);
      return [1 + (bits & 0x3fff), 1 + ((bits >>> 14) & 0x3fff)];
    }
    // “VP8 ”
    case 0x56503820:
      return [view.getUint16(26, true) & 0x3fff, view.getUint16(28, true) & 0x3fff];
    default:
      return null;
  }
}

/** Goes from segment to segment, each of which states its length, to the one with the size. */
function sidesOfJpeg(view: DataView): readonly [number, number] | null {
  for (let at = 2; view.getUint8(at) === 0xff; at += 2 + view.getUint16(at + 2)) {
    const marker = view.getUint8(at + 1);
    const isSize = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isSize) return [view.getUint16(at + 7), view.getUint16(at + 5)];
    if (marker === 0xda) return null;
  }
  return null;
}
