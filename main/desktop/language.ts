import { type LanguageChoice, localeFor, type Words, wordsIn } from '../../shared/words/words.ts';

/** The app's language: the one that the owner chose in the settings, or else the one that the system prefers. */
export class AppLanguage {
  readonly #system: () => readonly string[];
  #choice: LanguageChoice = 'system';

  /** `system`: the languages that the system prefers, best first. */
  constructor(system: () => readonly string[]) {
    this.#system = system;
  }

  get words(): Words {
    return wordsIn(localeFor(this.#choice, this.#system()));
  }

  /** Returns whether the app's language has changed. */
  choose(choice: LanguageChoice): boolean {
    const before = this.words.locale;
    this.#choice = choice;
    return this.words.locale !== before;
  }
}
