/** The camera of a browser under test: a file of pictures that can change while the browser reads it. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import encodeQr from 'qr';
import { tempDir } from '../temp.ts';

const width = 640;
const height = 480;
const framesOfFile = 5;

export interface FakeCamera {
  /** For `openConsole`: adds the camera. The browser still asks for permission. */
  readonly args: readonly string[];
  /** Shows another code to it. */
  show(code: string): void;
}

export function fakeCamera(t: TestContext, code: string): FakeCamera {
  const file = join(tempDir(t), 'camera.y4m');
  const show = (shown: string, flags: 'w' | 'r+'): void => {
    const open = openSync(file, flags);
    writeSync(open, video(shown));
    closeSync(open);
  };
  show(code, 'w');
  return {
    args: ['--use-fake-device-for-media-stream', `--use-file-for-fake-video-capture=${file}`],
    // In place, because the browser has the file open. The videos of all codes have the same length.
    show: (next) => show(next, 'r+'),
  };
}

/**
 * Y4M: a header line, then for each frame a line, its brightness, and two planes of color at a quarter of the size,
 * here without color.
 */
function video(code: string): Buffer {
  const frame = Buffer.concat([
    Buffer.from('FRAME\n'),
    brightness(code),
    Buffer.alloc((width * height) / 2, 128),
  ]);
  const head = Buffer.from(`YUV4MPEG2 W${width} H${height} F10:1 Ip A1:1 C420jpeg\n`);
  return Buffer.concat([head, ...Array<Buffer>(framesOfFile).fill(frame)]);
}

function brightness(code: string): Buffer {
  const cells = encodeQr(code, 'raw', { ecc: 'low', border: 4 });
  const scale = Math.floor(height / cells.length);
  const left = Math.floor((width - cells.length * scale) / 2);
  const top = Math.floor((height - cells.length * scale) / 2);
  const plane = Buffer.alloc(width * height, 200);
  for (let y = 0; y < cells.length * scale; y++)
    for (let x = 0; x < cells.length * scale; x++) {
      const dark = cells[Math.floor(y / scale)]?.[Math.floor(x / scale)];
      plane[(top + y) * width + left + x] = dark ? 16 : 235;
    }
  return plane;
}
