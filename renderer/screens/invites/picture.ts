/** Finds the text of a code in a picture that somebody chose; `null` if there is none. The reader is loaded when needed. */
export async function readCode(file: Blob): Promise<string | null> {
  const bitmap = await createImageBitmap(file);
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext('2d');
  if (!context) return null;
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  const { default: decodeQr } = await import('qr/decode.js');
  try {
    return decodeQr(context.getImageData(0, 0, canvas.width, canvas.height));
  } catch {
    return null;
  }
}
