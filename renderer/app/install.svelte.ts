/** The browser's offer to install the app, which Chromium makes. */
interface Offer extends Event {
  prompt(): Promise<unknown>;
}

/** iPhones and iPads install, and then notify, only from the menu of Safari. */
export const isApple =
  /\b(?:iPhone|iPad|iPod)\b/.test(navigator.userAgent) ||
  (/\bMacintosh\b/.test(navigator.userAgent) && navigator.maxTouchPoints > 1);

class Installing {
  offer: Offer | null = $state.raw(null);
  /** This page is the installed app. */
  readonly isInstalled = matchMedia('(display-mode: standalone)').matches;

  constructor() {
    addEventListener('beforeinstallprompt', (event) => (this.offer = event as Offer));
    addEventListener('appinstalled', () => (this.offer = null));
  }
}

export const installing = new Installing();
