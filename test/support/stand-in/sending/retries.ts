/** When the existing server sends again what a peer refused or never got, and when it drops it. */
const firstMs = 5_000;
const mostMs = 1_280_000;
const attemptsMax = 12;
const ageMsMax = 86_400_000;

export const delayAfter = (failures: number): number => Math.min(firstMs * 2 ** (failures - 1), mostMs);

export const isDropped = (failures: number, ageMs: number): boolean =>
  failures >= attemptsMax || ageMs >= ageMsMax;
