/** Light or dark: the owner's choice for this browser or window, otherwise the system's. */
import { MediaQuery } from 'svelte/reactivity';

export const themes = ['system', 'light', 'dark'] as const;
export type ThemeChoice = (typeof themes)[number];

const key = 'theme';

class Theme {
  #choice = $state<ThemeChoice>('system');
  readonly #systemIsDark = new MediaQuery('(prefers-color-scheme: dark)');

  get choice(): ThemeChoice {
    return this.#choice;
  }

  /** Says what is shown. Reactive, for what is drawn with colors that were read once. */
  get isDark(): boolean {
    return this.#choice === 'system' ? this.#systemIsDark.current : this.#choice === 'dark';
  }

  /** Call it before the first component is created. Another window of this browser follows by itself. */
  start(): void {
    const read = () => this.#show(themes.find((one) => one === localStorage.getItem(key)) ?? 'system');
    read();
    window.addEventListener('storage', (event) => {
      if (event.key === key) read();
    });
  }

  choose(choice: ThemeChoice): void {
    localStorage.setItem(key, choice);
    this.#show(choice);
  }

  /** style/tokens.css has the colors of both. */
  #show(choice: ThemeChoice): void {
    this.#choice = choice;
    if (choice === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = choice;
  }
}

export const theme = new Theme();
