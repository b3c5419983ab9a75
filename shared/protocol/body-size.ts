import { limits } from './limits.ts';

/** The bytes of a text in UTF-8. */
export function utf8Bytes(text: string): number {
  let bytes = 0;
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x1_0000 ? 3 : 4;
  }
  return bytes;
}

/**
 * Whether the existing server would refuse a body of its own users. From other servers the releases that were tested
 * (0.5.0, 0.8.5) take longer ones and show them whole.
 */
export const isLongForOthers = (body: string): boolean => utf8Bytes(body) > limits.otherBodyBytesMax;
