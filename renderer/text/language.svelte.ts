/** The language of the page: as chosen in Settings, else as the system prefers. */
import { type LanguageChoice, languageChoices, localeFor } from '../../shared/words/locale.ts';
import { speak, text } from './text.ts';

/** The choice as it was last known, so that the page starts in the right language and logs in with it. */
const key = 'language';

class Language {
  /** Of the texts that `text` holds now. */
  locale = $state.raw(text.locale);

  /** Before the first component is made. */
  start(): Promise<void> {
    const kept = localStorage.getItem(key);
    return this.choose(languageChoices.find((choice) => choice === kept) ?? 'system');
  }

  /** A language whose texts cannot be fetched leaves the page in the one it has. */
  async choose(choice: LanguageChoice): Promise<void> {
    localStorage.setItem(key, choice);
    const locale = localeFor(choice, navigator.languages);
    await speak(locale).catch(() => {});
    document.documentElement.lang = text.locale;
    this.locale = text.locale;
  }
}

export const language = new Language();
