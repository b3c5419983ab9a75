/** A camera's picture is far larger than needed. Searching all of it would block the window. */
const sideMax = 1500;

/**
 * Finds the text of a code in a picture that someone chose, or in what a camera shows now; `null` without one.
 * The reader is loaded when needed. `signal` ends it between two steps.
 */
export async function readCode(
  picture: Blob | HTMLVideoElement,
  signal?: AbortSignal,
): Promise<string | null> {
  const bitmap = await smaller(await createImageBitmap(picture));
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) return null;
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  const { default: decodeQr } = await import('qr/decode.js');
  signal?.throwIfAborted();
  try {
    return decodeQr(context.getImageData(0, 0, canvas.width, canvas.height));
  } catch {
    return null;
  }
}

async function smaller(bitmap: ImageBitmap): Promise<ImageBitmap> {
  const scale = sideMax / Math.max(bitmap.width, bitmap.height);
  if (scale >= 1) return bitmap;
  const resized = await createImageBitmap(bitmap, {
    resizeWidth: Math.max(1, Math.round(bitmap.width * scale)),
    resizeHeight: Math.max(1, Math.round(bitmap.height * scale)),
    resizeQuality: 'medium',
  });
  bitmap.close();
  return resized;
}
