/** Whether someone looks at this page: only then is what it shows read. */
import type { Spot } from '../list/room-reading.ts';

class Attention {
  isHere = $state(looks());
  /** Names the channel at whose end somebody looks: what arrives there is marked as read. */
  at: Spot | null = null;

  constructor() {
    const look = (): void => {
      this.isHere = looks();
    };
    document.addEventListener('visibilitychange', look);
    window.addEventListener('focus', look);
    window.addEventListener('blur', look);
  }
}

const looks = (): boolean => document.visibilityState === 'visible' && document.hasFocus();

export const attention = new Attention();
