/** Long work in a terminal: one line that is drawn again; where the output is piped, a line for each tenth. */

export interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const barWidth = 24;

/** `[████────] 12 of 40`; `text` says the numbers in the reader's language. */
export function barOf(done: number, total: number, text: string, columns = 80): string {
  const filled = total === 0 ? barWidth : Math.round((barWidth * Math.min(done, total)) / total);
  return `[${'█'.repeat(filled)}${'─'.repeat(barWidth - filled)}] ${text}`.slice(
    0,
    Math.max(columns - 1, 10),
  );
}

/** Whether a tenth more is done now. */
export const isTenth = (done: number, total: number): boolean =>
  done >= total || Math.floor((done * 10) / total) > Math.floor(((done - 1) * 10) / total);

/** Draws steps of known length as a bar, others as lines. `end` leaves what follows on a line of its own. */
export class ProgressLine {
  readonly #terminal: Terminal;
  #isDrawn = false;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  step(text: string): void {
    this.end();
    this.#terminal.write(`${text}\n`);
  }

  count(done: number, total: number, text: string): void {
    if (this.#terminal.isTTY !== true) {
      if (isTenth(done, total)) this.#terminal.write(`${text}\n`);
      return;
    }
    this.#terminal.write(`\r\u001b[2K${barOf(done, total, text, this.#terminal.columns)}`);
    this.#isDrawn = true;
  }

  end(): void {
    if (this.#isDrawn) this.#terminal.write('\n');
    this.#isDrawn = false;
  }
}
