import { passphraseCharactersMin } from '../../../../shared/api/contract/access.ts';
import type { KeyView } from '../../../../shared/api/views/node-views.ts';

/** How hard a passphrase is to guess for someone who has the file and plenty of time. Only `short` is rejected. */
export type Strength = 'short' | 'weak' | 'fair' | 'strong';

export const isShort = (passphrase: string): boolean => passphrase.length < passphraseCharactersMin;

/** Guesses as a power of ten. The file's own key derivation makes each one slow. */
const fairFrom = 10;
/** More than zxcvbn calls strong, because it can't know whether words were chosen at random. */
const strongFrom = 18;

/**
 * Loads the library that rates passphrases. It includes dictionaries, keyboards, dates and common passwords, and is so
 * large that only the form that needs it loads it.
 */
export async function loadRating(): Promise<(passphrase: string) => Strength> {
  const [{ ZxcvbnFactory }, common, english] = await Promise.all([
    import('@zxcvbn-ts/core'),
    import('@zxcvbn-ts/language-common'),
    import('@zxcvbn-ts/language-en'),
  ]);
  const rating = new ZxcvbnFactory({
    dictionary: { ...common.dictionary, ...english.dictionary },
    graphs: common.adjacencyGraphs,
  });
  return (passphrase) => {
    if (isShort(passphrase)) return 'short';
    const { guessesLog10 } = rating.check(passphrase, ['paracord', 'node']);
    if (guessesLog10 < fairFrom) return 'weak';
    return guessesLog10 < strongFrom ? 'fair' : 'strong';
  };
}

export type KeyState = 'active' | 'announced' | 'retired';

/** A key newer than the one that signs waits for its turn; an older one has had it. */
export function keyState(key: KeyView, all: readonly KeyView[]): KeyState {
  if (key.active) return 'active';
  const active = all.find((one) => one.active);
  return active && key.created_at > active.created_at ? 'announced' : 'retired';
}
