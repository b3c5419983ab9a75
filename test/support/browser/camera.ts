/** The camera of a browser under test: a file of pictures that can change while the browser reads it. */
import { closeSync, existsSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import encodeQr from 'qr';

const width = 640;
const height = 480;
const framesOfFile = 5;

export interface FakeCamera {
  /** Adds the camera to `openConsole`. The browser still needs permission. */
  readonly args: readonly string[];
  /** Shows another code to it. */
  show(code: string): void;
}

let folder: string | undefined;

/** The tests of a file share the camera, so that they can also share the browser: a start of it costs 2 s of CPU. */
export function fakeCamera(code: string): FakeCamera {
  if (folder === undefined) {
    const made = mkdtempSync(join(tmpdir(), 'paracord-camera-'));
    process.once('exit', () => rmSync(made, { recursive: true, force: true }));
    folder = made;
  }
  const file = join(folder, 'camera.y4m');
  const show = (shown: string): void => {
    // In place, because the browser has the file open. The videos of all codes have the same length.
    const open = openSync(file, existsSync(file) ? 'r+' : 'w');
    writeSync(open, video(shown));
    closeSync(open);
  };
  show(code);
  return {
    args: ['--use-fake-device-for-media-stream', `--use-file-for-fake-video-capture=${file}`],
    show,
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
