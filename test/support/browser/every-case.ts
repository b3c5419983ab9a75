import { test } from 'node:test';

/** Whether the runner was started with `--every`: by `npm run test:looks` or `npm run test:home`. */
export const everyCase = process.env.EVERY_CASE === '1';

/** A test of a variant, which `npm test` leaves to those scripts. */
export const testIfEvery = everyCase ? test : ((() => {}) as unknown as typeof test);
