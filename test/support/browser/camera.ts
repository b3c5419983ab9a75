/** What a browser under test has for a camera: a file of pictures, which may be changed while it is looked at. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import encodeQr from 'qr';
import { tempDir } from '../temp.ts';

const width = 640;
const height = 480;
const framesOfFile = 5;

export interface FakeCamera {
  /** For `openConsole`: the camera alone. Whether it may be used is the browser's to ask. */
  readonly args: readonly string[];
  /** Holds another code up to it. */
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
    // In place, because the browser has the file open; every code's video has the same length.
    show: (next) => show(next, 'r+'),
  };
}

/** Y4M: a line about all frames; each frame a line, its brightness, and two quarters of colour, here none. */
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
