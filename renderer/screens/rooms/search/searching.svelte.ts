/** Keeps what somebody searches for in Chats while they look at what was found. */
class Searching {
  query = $state('');
  /** Counts the times that somebody asked for the search from elsewhere. */
  asked = $state(0);

  ask(query: string): void {
    this.query = query;
    this.asked++;
  }
}

export const searching = new Searching();
