import { type Words, wordsIn } from '../../shared/words/words.ts';

/**
 * The words for a terminal. As POSIX has it, the first of these variables that is set decides alone; `C` and `POSIX`
 * mean English, and so does a language there are no words for.
 */
export function terminalWords(env: NodeJS.ProcessEnv): Words {
  return wordsIn(env.LC_ALL || env.LC_MESSAGES || env.LANG || 'en');
}
