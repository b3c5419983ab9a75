/** Whose card is open, on whichever page somebody was clicked. */
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
