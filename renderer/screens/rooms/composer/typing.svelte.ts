/** Whether this browser or window shows the others when somebody writes here. */
const key = 'typing';

class TypingChoice {
  isShown = $state(localStorage.getItem(key) !== 'off');

  choose(shown: boolean): void {
    localStorage.setItem(key, shown ? 'on' : 'off');
    this.isShown = shown;
  }
}

export const typingChoice = new TypingChoice();
