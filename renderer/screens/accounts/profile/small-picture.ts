import { limits } from '../../../../shared/protocol/limits.ts';
import { type Crop, squareOf } from './crop.ts';

/** Is twice the largest size in which a picture is shown. */
const sidePixels = 256;
const qualities = [0.9, 0.75, 0.5];

/** Draws the square onto the canvas, whatever its size. */
export function draw(canvas: HTMLCanvasElement, picture: ImageBitmap, crop: Crop): void {
  const { left, top, side } = squareOf(picture, crop);
  const context = canvas.getContext('2d');
  if (!context) return;
  context.imageSmoothingQuality = 'high';
  context.clearRect(0, 0, canvas.width, canvas.height);
  context.drawImage(picture, left, top, side, side, 0, 0, canvas.width, canvas.height);
}

/**
 * The square as a small picture, in Base64. It is drawn again, so nothing of what a camera noted is in it. A browser that
 * writes no WebP writes JPEG.
 */
export async function smallPicture(picture: ImageBitmap, crop: Crop): Promise<string> {
  const canvas = document.createElement('canvas');
  canvas.width = sidePixels;
  canvas.height = sidePixels;
  draw(canvas, picture, crop);
  for (const type of ['image/webp', 'image/jpeg'])
    for (const quality of qualities) {
      const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, type, quality));
      if (blob === null || blob.type !== type || blob.size > limits.pictureBytesMax) continue;
      const bytes = new Uint8Array(await blob.arrayBuffer());
      return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
    }
  throw new Error('this browser draws nothing');
}
