/** Whether someone looks at this page: only then is what it shows read. */
class Attention {
  isHere = $state(looks());

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
