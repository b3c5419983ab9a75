const wordCount = 6;

/**
 * A public key as the six words that its owner sees under their own keys (`main/identity/fingerprint.ts`); null where
 * the browser keeps its cryptography for itself, on pages that came unencrypted from another computer.
 */
export async function fingerprintOf(publicKey: string): Promise<string | null> {
  const { subtle } = globalThis.crypto;
  if (subtle === undefined || !/^(?:[0-9a-f]{2})+$/i.test(publicKey)) return null;
  const bytes = Uint8Array.from(publicKey.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
  const digest = new Uint8Array(await subtle.digest('SHA-256', bytes));
  const syllables = [...digest].flatMap((byte) => [syllable(byte >> 4), syllable(byte & 15)]);
  return Array.from({ length: wordCount }, (_, word) =>
    syllables.slice(3 * word, 3 * word + 3).join(''),
  ).join('-');
}

const syllable = (half: number): string => 'bdkm'.charAt(half >> 2) + 'aeio'.charAt(half & 3);
