import { limits } from '../limits.ts';

/** The bytes of a text in UTF-8. */
export function utf8Bytes(text: string): number {
  let bytes = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) bytes += 1;
    else if (unit < 0x800) bytes += 2;
    else if (unit >= 0xd800 && unit < 0xdc00) {
      bytes += 4;
      i++;
    } else bytes += 3;
  }
  return bytes;
}

/**
 * Whether the existing server would refuse a body of its own users. From other servers the releases that were tested
 * (0.5.0, 0.8.5) take longer ones and show them whole.
 */
export const isLongForOthers = (body: string): boolean => utf8Bytes(body) > limits.otherBodyBytesMax;
