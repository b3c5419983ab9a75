/** The language of the page: from Settings, or the system's. */
import { type LanguageChoice, languageChoices, localeFor } from '../../shared/words/locale.ts';
import { speak, text } from './text.ts';

/** The last known choice, so that the page and its login start in the right language. */
const key = 'language';

class Language {
  /** The locale of `text`. Reactive, unlike `text` itself. */
  locale = $state.raw(text.locale);

  /** Call it before the first component is created. */
  start(): Promise<void> {
    const kept = localStorage.getItem(key);
    return this.choose(languageChoices.find((choice) => choice === kept) ?? 'system');
  }

  /** If the texts cannot be loaded, the page stays in its language. */
  async choose(choice: LanguageChoice): Promise<void> {
    localStorage.setItem(key, choice);
    const locale = localeFor(choice, navigator.languages);
    await speak(locale).catch(() => {});
    document.documentElement.lang = text.locale;
    this.locale = text.locale;
  }
}

export const language = new Language();
