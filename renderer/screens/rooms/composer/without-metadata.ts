/**
 * Removes the notes of a camera from a picture, such as where it was taken. Only the turn of a JPEG is kept, because it
 * would lie on its side without it. The pixels aren't touched, so nothing gets worse. Null for anything but a whole
 * PNG, JPEG, WebP or GIF.
 */
export function withoutMetadata(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> | null {
  if (startsWith(bytes, [0xff, 0xd8, 0xff])) return cleanJpeg(bytes);
  if (startsWith(bytes, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])) return cleanPng(bytes);
  if (startsWith(bytes, asciiOf('RIFF')) && startsWith(bytes.subarray(8), asciiOf('WEBP')))
    return cleanWebp(bytes);
  if (startsWith(bytes, asciiOf('GIF87a')) || startsWith(bytes, asciiOf('GIF89a'))) return cleanGif(bytes);
  return null;
}

const asciiOf = (text: string): number[] => [...text].map((sign) => sign.charCodeAt(0));

const startsWith = (bytes: Uint8Array, start: readonly number[]): boolean =>
  start.every((byte, at) => bytes[at] === byte);

const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array): DataView =>
  new DataView(buffer, byteOffset, byteLength);

const joined = (parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> => {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
};

/** Application data that decides how the colors look: JFIF, color profiles, Adobe's transform. */
const keptMarkers: ReadonlySet<number> = new Set([0xe0, 0xe2, 0xee]);
const isMetadata = (marker: number): boolean =>
  (marker >= 0xe0 && marker <= 0xef && !keptMarkers.has(marker)) || marker === 0xfe;

function cleanJpeg(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> | null {
  const view = viewOf(bytes);
  const parts: Uint8Array[] = [bytes.subarray(0, 2)];
  let orientation = 1;
  let at = 2;
  while (at + 4 <= bytes.length && bytes[at] === 0xff) {
    const marker = bytes[at + 1] ?? 0;
    // The pixels begin, and with them no more segments.
    if (marker === 0xda) break;
    if (marker === 0xff) {
      at++;
      continue;
    }
    const end = at + 2 + view.getUint16(at + 2);
    if (end > bytes.length) return null;
    const segment = bytes.subarray(at, end);
    if (marker === 0xe1) orientation = orientationIn(segment) ?? orientation;
    if (!isMetadata(marker)) parts.push(segment);
    at = end;
  }
  if (orientation !== 1) parts.splice(1, 0, orientationSegment(orientation));
  return joined([...parts, bytes.subarray(at, endOfPixels(bytes, at))]);
}

/** Finds where a picture ends. Phones append short videos and more pictures, which have notes of their own. */
function endOfPixels(bytes: Uint8Array, from: number): number {
  for (let at = from; at + 2 <= bytes.length; ) {
    const marker = bytes[at] === 0xff ? (bytes[at + 1] ?? 0) : 0;
    if (marker === 0xd9) return at + 2;
    const isSegment = marker >= 0xc0 && marker < 0xff && !(marker >= 0xd0 && marker <= 0xd7);
    at += isSegment ? 2 + 256 * (bytes[at + 2] ?? 0) + (bytes[at + 3] ?? 0) : 1;
  }
  return bytes.length;
}

const exif = [...asciiOf('Exif'), 0, 0];

/** The turn and mirroring that EXIF asks for, from 1 to 8; null if it says nothing. */
function orientationIn(segment: Uint8Array): number | null {
  if (!startsWith(segment.subarray(4), exif)) return null;
  const tiff = segment.subarray(10);
  if (tiff.length < 14) return null;
  const view = viewOf(tiff);
  const isLittle = tiff[0] === 0x49;
  const directory = view.getUint32(4, isLittle);
  if (directory + 2 > tiff.length) return null;
  const count = view.getUint16(directory, isLittle);
  for (let n = 0; n < count; n++) {
    const entry = directory + 2 + n * 12;
    if (entry + 12 > tiff.length) return null;
    if (view.getUint16(entry, isLittle) !== 0x0112) continue;
    const value = view.getUint16(entry + 8, isLittle);
    return value >= 1 && value <= 8 ? value : null;
  }
  return null;
}

/** EXIF with nothing but the turn. */
const orientationSegment = (orientation: number): Uint8Array =>
  new Uint8Array([
    ...[0xff, 0xe1, 0, 34, ...exif],
    // Big-endian, one entry: 0x0112, a short, once.
    ...[0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0],
  ]);

const pngMetadata: ReadonlySet<string> = new Set(['tEXt', 'zTXt', 'iTXt', 'eXIf', 'tIME']);

function cleanPng(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> | null {
  const view = viewOf(bytes);
  const parts: Uint8Array[] = [bytes.subarray(0, 8)];
  let at = 8;
  while (at + 12 <= bytes.length) {
    const end = at + 12 + view.getUint32(at);
    if (end > bytes.length) return null;
    const name = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (!pngMetadata.has(name)) parts.push(bytes.subarray(at, end));
    if (name === 'IEND') return joined(parts);
    at = end;
  }
  return null;
}

const webpMetadata: ReadonlySet<string> = new Set(['EXIF', 'XMP ']);
/** In the header of an extended WebP: it has EXIF, it has XMP. */
const webpFlags = 0x08 | 0x04;

function cleanWebp(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> | null {
  const view = viewOf(bytes);
  const parts: Uint8Array[] = [bytes.slice(0, 12)];
  const whole = Math.min(8 + view.getUint32(4, true), bytes.length);
  let at = 12;
  while (at + 8 <= whole) {
    const size = view.getUint32(at + 4, true);
    const end = at + 8 + size + (size % 2);
    if (at + 8 + size > bytes.length) return null;
    const name = String.fromCharCode(...bytes.subarray(at, at + 4));
    const chunk = bytes.slice(at, end);
    if (name === 'VP8X') chunk[8] = (chunk[8] ?? 0) & ~webpFlags;
    if (!webpMetadata.has(name)) parts.push(chunk);
    at = end;
  }
  const clean = joined(parts);
  viewOf(clean).setUint32(4, clean.length - 8, true);
  return clean;
}

/** Extensions of a GIF that decide how it moves and looks: repeats and colors. Others hold notes, such as XMP. */
const keptExtensions: ReadonlySet<string> = new Set(['NETSCAPE2.0', 'ANIMEXTS1.0', 'ICCRGBG1012']);

function cleanGif(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> | null {
  /** Finds the end of a row of blocks, each after its length; the last has none. */
  const endOfBlocks = (from: number): number => {
    let end = from;
    while ((bytes[end] ?? 0) > 0) end += 1 + (bytes[end] ?? 0);
    return end + 1;
  };
  const colors = (flags = 0): number => (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);
  const start = 13 + colors(bytes[10]);
  const parts: Uint8Array[] = [bytes.subarray(0, start)];
  for (let at = start; at < bytes.length; ) {
    const [kind, label = 0] = bytes.subarray(at, at + 2);
    // The end. What follows isn't part of the picture.
    if (kind === 0x3b) return joined([...parts, bytes.subarray(at, at + 1)]);
    if (kind !== 0x21 && kind !== 0x2c) return null;
    const end = endOfBlocks(kind === 0x21 ? at + 2 : at + 11 + colors(bytes[at + 9]));
    const name = String.fromCharCode(...bytes.subarray(at + 3, at + 14));
    const isNote = kind === 0x21 && (label === 0xfe || (label === 0xff && !keptExtensions.has(name)));
    if (!isNote) parts.push(bytes.subarray(at, end));
    at = end;
  }
  return null;
}
