/** A longer list of what is in a video would have to be in memory as a whole. */
const moovBytesMax = 60_000_000;
/** Boxes that hold other boxes, down to those of each track. */
const parents: ReadonlySet<string> = new Set(['moov', 'trak', 'mdia', 'minf', 'stbl', 'edts']);
/** Notes of a camera beside the pictures, such as where and when. `uuid`: a form of one program, such as XMP. */
const notes: ReadonlySet<string> = new Set(['udta', 'meta', 'uuid']);
const free = [...'free'].map((sign) => sign.charCodeAt(0));

interface Box {
  readonly name: string;
  readonly at: number;
  readonly head: number;
  readonly end: number;
}

/** The box that begins at `at`; null if it isn't whole. `end`: of what it is in. */
function boxAt(bytes: Uint8Array, at: number, end: number, base = 0): Box | null {
  if (at + 8 > bytes.length) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, bytes.length - at);
  const short = view.getUint32(0);
  const head = short === 1 ? 16 : 8;
  if (at + head > bytes.length) return null;
  const size = short === 0 ? end - base - at : short === 1 ? Number(view.getBigUint64(8)) : short;
  const name = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
  return size < head || base + at + size > end ? null : { name, at: base + at, head, end: base + at + size };
}

/** Blanks the notes in a list of boxes. Nothing moves, because tables in the file say where its pictures are. */
function blank(bytes: Uint8Array, from: number, end: number): void {
  for (let at = from; at < end; ) {
    const box = boxAt(bytes, at, end);
    if (!box) return;
    if (notes.has(box.name)) {
      bytes.set(free, box.at + 4);
      bytes.fill(0, box.at + box.head, box.end);
    } else if (parents.has(box.name)) blank(bytes, box.at + box.head, box.end);
    at = box.end;
  }
}

/**
 * An MP4 or QuickTime video without what its camera noted beside it, such as the place. Only the list of what is in it is
 * read, so that the video need not fit into memory. What isn't such a video stays as it is.
 */
export async function videoWithoutNotes(video: Blob): Promise<Blob> {
  const parts: Blob[] = [];
  for (let at = 0; at < video.size; ) {
    const start = new Uint8Array(await video.slice(at, at + 16).arrayBuffer());
    const box = boxAt(start, 0, video.size, at);
    if (!box || (at === 0 && !['ftyp', 'moov', 'wide', 'mdat', 'free', 'skip'].includes(box.name)))
      return video;
    const whole = video.slice(at, box.end);
    if (box.name === 'moov' || notes.has(box.name)) {
      if (whole.size > moovBytesMax) return video;
      const bytes = new Uint8Array(await whole.arrayBuffer());
      blank(bytes, 0, bytes.length);
      parts.push(new Blob([bytes]));
    } else parts.push(whole);
    at = box.end;
  }
  return new Blob(parts, { type: video.type });
}
