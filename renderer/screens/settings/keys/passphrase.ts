import { passphraseCharactersMin } from '../../../../shared/api/contract/access.ts';

/** How hard a passphrase is to guess for someone who has the file and plenty of time. Only `short` is rejected. */
export type Strength = 'short' | 'weak' | 'fair' | 'strong';

/** What people take first, and what programs try first. */
const known = /password|passwor[dt]|passphrase|qwert[yz]|asdf|letmein|welcome|paracord|iloveyou|secret/gi;
const bitsOfWord = 11;
const fairBits = 44;
const strongBits = 64;

export function strengthOf(passphrase: string): Strength {
  if (passphrase.length < passphraseCharactersMin) return 'short';
  const bits = Math.min(bitsOfCharacters(passphrase), bitsOfWords(passphrase));
  if (bits < fairBits) return 'weak';
  return bits < strongBits ? 'fair' : 'strong';
}

/** Characters that go on from the one before (`aaa`, `abc`, `321`) add hardly anything. */
function bitsOfCharacters(passphrase: string): number {
  const text = passphrase.replace(known, '*');
  const kinds = [
    [/[a-z]/, 26],
    [/[A-Z]/, 26],
    [/[0-9]/, 10],
    [/[^a-zA-Z0-9]/, 32],
  ] as const;
  const alphabet = kinds.reduce((sum, [kind, size]) => sum + (kind.test(text) ? size : 0), 0);
  const characters = [...text];
  const telling = characters.filter((character, at) => {
    const step = at === 0 ? 99 : (character.codePointAt(0) ?? 0) - (characters[at - 1]?.codePointAt(0) ?? 0);
    return Math.abs(step) > 1;
  });
  const seen = new Set(telling.map((character) => character.toLowerCase())).size;
  return Math.min(telling.length, seen * 2) * Math.log2(Math.max(alphabet, 2));
}

/** A text of words is as hard to guess as its words are many, however long they are. */
function bitsOfWords(passphrase: string): number {
  const words = passphrase
    .toLowerCase()
    .replace(known, '')
    .split(/[\s._-]+/)
    .filter((word) => word !== '');
  const plain = words.length > 1 && words.every((word) => /^\p{L}+$/u.test(word));
  return plain ? new Set(words).size * bitsOfWord : Number.POSITIVE_INFINITY;
}
