import { passphraseCharactersMin } from '../../../../shared/api/contract/access.ts';
import { passwordCharactersMin } from '../../../../shared/api/contract/people.ts';
import type { KeyView } from '../../../../shared/api/views/node-views.ts';

/** How hard a passphrase is to guess for someone who has the file and plenty of time. Only `short` is rejected. */
export type Strength = 'short' | 'weak' | 'fair' | 'strong';

export const isShort = (passphrase: string): boolean => passphrase.length < passphraseCharactersMin;

interface Scale {
  /** Below so many characters. */
  readonly short: number;
  /** The number of guesses from which on it is fair, as a power of ten. */
  readonly fair: number;
  readonly strong: number;
}

/**
 * The file's own key derivation makes each guess slow. Strong is more than what zxcvbn calls so, because it can't know
 * whether words were chosen at random.
 */
const passphraseScale: Scale = { short: passphraseCharactersMin, fair: 10, strong: 18 };

/** Guesses at the entrance are ten a minute; only somebody who has the database makes more. */
export const passwordScale: Scale = { short: passwordCharactersMin, fair: 8, strong: 12 };

/**
 * Loads the library that rates passphrases. It includes dictionaries, keyboards, dates and common passwords, and is so
 * large that only the form that needs it loads it.
 */
export async function loadRating({
  short,
  fair,
  strong,
}: Scale = passphraseScale): Promise<(passphrase: string, known?: readonly string[]) => Strength> {
  const [{ ZxcvbnFactory }, common, english] = await Promise.all([
    import('@zxcvbn-ts/core'),
    import('@zxcvbn-ts/language-common'),
    import('@zxcvbn-ts/language-en'),
  ]);
  const rating = new ZxcvbnFactory({
    dictionary: { ...common.dictionary, ...english.dictionary },
    graphs: common.adjacencyGraphs,
  });
  return (passphrase, known = []) => {
    if (passphrase.length < short) return 'short';
    const { guessesLog10 } = rating.check(passphrase, ['paracord', 'node', ...known]);
    if (guessesLog10 < fair) return 'weak';
    return guessesLog10 < strong ? 'fair' : 'strong';
  };
}

export type KeyState = 'active' | 'announced' | 'retired';

/** A key newer than the one that signs waits for its turn; an older one has had it. */
export function keyState(key: KeyView, all: readonly KeyView[]): KeyState {
  if (key.active) return 'active';
  const active = all.find((one) => one.active);
  return active && key.created_at > active.created_at ? 'announced' : 'retired';
}
