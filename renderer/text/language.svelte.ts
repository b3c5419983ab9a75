/** The language of the page: from Settings, or the system's. */
import { type LanguageChoice, languageChoices, localeFor } from '../../shared/words/locale.ts';
import { speak, text } from './text.ts';

/** The last known choice, so that the page and its login start in the right language. */
const key = 'language';

class Language {
  /** The locale of `text`. Reactive, unlike `text` itself. */
  locale = $state.raw(text.locale);
  /** The name of the field that had the focus when all components were created again. */
  #focused: string | null = null;

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
    if (this.locale === text.locale) return;
    this.#focused = document.activeElement?.getAttribute('name') ?? null;
    this.locale = text.locale;
  }

  /** Lets a field survive a change of the language: `{@attach language.keepFocus}`. */
  readonly keepFocus = (field: HTMLElement): void => {
    if (this.#focused !== null && field.getAttribute('name') === this.#focused) field.focus();
    this.#focused = null;
  };
}

export const language = new Language();
