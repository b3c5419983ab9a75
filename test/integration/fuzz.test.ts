import { test } from 'node:test';
import { feedMany, type TargetName, targets } from '../support/fuzz/targets.ts';

const seed = Number(process.env.FUZZ_SEED ?? 20_260_101);

/** `npm run fuzz` feeds a million. */
const counts: Readonly<Record<TargetName, number>> = {
  parser: 2000,
  links: 2000,
  ipc: 2000,
  listener: 300,
  control: 300,
};

for (const name of Object.keys(targets) as TargetName[])
  test(`${name}: every input is accepted or properly refused (seed ${seed})`, async (t) => {
    await feedMany(name, await targets[name](t), { seed, count: counts[name] });
  });
