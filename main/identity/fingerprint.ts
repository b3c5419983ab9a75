import { hash } from 'node:crypto';

/** One syllable for every four bits, each easy to distinguish when read aloud. */
const syllables = [
  'ba',
  'be',
  'bi',
  'bo',
  'da',
  'de',
  'di',
  'do',
  'ka',
  'ke',
  'ki',
  'ko',
  'ma',
  'me',
  'mi',
  'mo',
];
const wordCount = 6;

/** A public key (hex) as six short words, 72 bits of its SHA-256: enough for two owners to compare on the phone. */
export function fingerprint(publicKey: string): string {
  const digits = hash('sha256', Buffer.from(publicKey, 'hex'), 'hex').slice(0, wordCount * 3);
  const words: string[] = [];
  for (let at = 0; at < digits.length; at += 3)
    words.push([...digits.slice(at, at + 3)].map((digit) => syllables[Number.parseInt(digit, 16)]).join(''));
  return words.join('-');
}
