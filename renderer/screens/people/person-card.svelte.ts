/** The user whose card is open, on whichever page somebody clicked them. */
let shown: string | null = $state(null);

export const personCard = {
  get of(): string | null {
    return shown;
  },
  open(userId: string): void {
    shown = userId;
  },
  close(): void {
    shown = null;
  },
};
