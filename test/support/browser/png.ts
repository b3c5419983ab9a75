import { crc32, deflateSync } from 'node:zlib';
import type { Locator } from 'playwright';

/** A PNG of one color, with a text chunk if one is given. */
export function png(
  width: number,
  height: number,
  color: readonly [number, number, number],
  note?: string,
): Buffer {
  const chunk = (type: string, data: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const ends = Buffer.alloc(8);
    ends.writeUInt32BE(data.length, 0);
    ends.writeUInt32BE(crc32(body), 4);
    return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2], 8);
  const line = Buffer.concat([
    Buffer.of(0),
    Buffer.concat(Array.from({ length: width }, () => Buffer.from(color))),
  ]);
  const pixels = deflateSync(Buffer.concat(Array.from({ length: height }, () => line)));
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    ...(note === undefined ? [] : [chunk('tEXt', Buffer.from(`Comment\0${note}`, 'latin1'))]),
    chunk('IDAT', pixels),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** Whether a browser shows the small picture that it was given. */
export const isDrawn = (picture: Locator): Promise<boolean> =>
  picture.evaluate((image) => {
    const drawn = image as unknown as { decode(): Promise<void>; readonly naturalWidth: number };
    return drawn.decode().then(() => drawn.naturalWidth === 256);
  });
