import assert from 'node:assert/strict';
import { test } from 'node:test';
import { live } from '../support/sim/lives.ts';

const seeds = Number(process.env.SIM_SEEDS ?? 2);
const firstSeed = Number(process.env.SIM_FIRST_SEED ?? 1);

test(`three nodes in a row agree in the end, and the same seed is the same run, down to the last request (seed ${firstSeed})`, async (t) => {
  assert.equal(await live(t, firstSeed), await live(t, firstSeed));
});

/** 12: the users of a server have another domain, and the home removes one of them whose messages it never got. */
const kept = process.env.SIM_FIRST_SEED === undefined ? [12] : [];
const others = Array.from({ length: seeds - 1 }, (_, at) => firstSeed + 1 + at);
for (const seed of [...others, ...kept.filter((each) => !others.includes(each))])
  test(`three nodes in a row agree in the end, whatever happened (seed ${seed})`, async (t) => {
    await live(t, seed);
  });

for (let seed = firstSeed; seed < firstSeed + Math.ceil(seeds / 2); seed++)
  test(`three nodes in a row agree although a peer lies and clocks are wrong by up to an hour (seed ${seed})`, async (t) => {
    await live(t, seed, { hostile: true, leapMsMax: 3_600_000 });
  });
