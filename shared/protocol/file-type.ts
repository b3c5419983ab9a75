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
