const key = 'last room';

/** The room that a wide window shows beside the list when it opens. */
export const lastRoom = {
  get: (): string | null => localStorage.getItem(key),
  set: (roomId: string): void => localStorage.setItem(key, roomId),
  /** The room leaves the list. */
  forget: (): void => localStorage.removeItem(key),
};
