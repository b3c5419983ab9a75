import { type LanguageChoice, localeFor, type Words, wordsIn } from '../../shared/words/words.ts';

/** The language of the app: what the owner chose in the settings, else what the system prefers. */
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

  /** Whether the app now speaks another language than before. */
  choose(choice: LanguageChoice): boolean {
    const before = this.words.locale;
    this.#choice = choice;
    return this.words.locale !== before;
  }
}
