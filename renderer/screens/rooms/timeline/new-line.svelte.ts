/**
 * Keeps the line above new messages in one channel: above those that were unread when the channel was opened. It stays
 * there while they are read, and moves only if more arrived while nobody looked.
 */
export class NewLine {
  /** The message below the line. */
  above: string | null = $state(null);
  #wasRead = false;

  /** `first`: the unread message that stands first; `reads`: someone looks at the end of the timeline. */
  follow(first: string | null, reads: boolean): void {
    if (first === null || reads) {
      this.#wasRead = reads || this.#wasRead;
      return;
    }
    if (this.above === null || this.#wasRead) this.above = first;
    this.#wasRead = false;
  }
}
