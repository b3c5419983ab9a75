/** Base64url of ASCII text (RFC 4648 §5, no padding): what a link can carry without escapes. */

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const values = new Map([...alphabet].map((letter, value) => [letter, value]));

/** Throws RangeError for anything but ASCII. */
export function base64urlFromAscii(text: string): string {
  let out = '';
  for (let at = 0; at < text.length; at += 3) {
    const bytes = [0, 1, 2].map((i) => text.charCodeAt(at + i));
    if (bytes.some((byte) => byte > 0x7f)) throw new RangeError('expected ASCII');
    const [a = 0, b = 0, c = 0] = bytes.map((byte) => (Number.isNaN(byte) ? 0 : byte));
    const letters = [a >> 2, ((a & 3) << 4) | (b >> 4), ((b & 15) << 2) | (c >> 6), c & 63];
    const used = Math.min(text.length - at, 3) + 1;
    for (const letter of letters.slice(0, used)) out += alphabet[letter];
  }
  return out;
}

/** `null` for what is no base64url, was cut, is not written the one way there is, or holds more than ASCII. */
export function asciiFromBase64url(encoded: string): string | null {
  if (encoded.length % 4 === 1) return null;
  let text = '';
  let bits = 0;
  let held = 0;
  for (const letter of encoded) {
    const value = values.get(letter);
    if (value === undefined) return null;
    held = (held << 6) | value;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    const byte = held >> bits;
    if (byte > 0x7f) return null;
    text += String.fromCharCode(byte);
    held &= (1 << bits) - 1;
  }
  return held === 0 ? text : null;
}
