/** `npm run test:looks`: every screen in both color schemes and both widths, which `npm test` takes in two pairs only. */
process.env.EVERY_LOOK = '1';
process.argv.push('e2e/console');
await import('./run.ts');
