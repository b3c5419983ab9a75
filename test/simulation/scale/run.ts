/**
 * `npm run simulate:scale`: thousands of servers that federate by this program's own rules, on a virtual clock. Counts
 * what each sends, receives, signs, verifies and writes in an hour, as rooms and members grow. Takes about eight
 * minutes of one processor and 1.4 GB of memory. The same seed gives the same numbers.
 *
 *   npm run simulate:scale                   everything; redraws docs/many-servers.md and its plots
 *   npm run simulate:scale -- friends room   only these
 *   npm run simulate:scale -- nodes          only the comparison with whole nodes
 *   npm run simulate:scale -- --write        runs nothing; redraws the page from earlier results
 *
 * The results are in dist/scale/NAME.json.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Compared, compare } from './compare.ts';
import { type Results, writeScale } from './page.ts';
import { runScene, type SceneResult, scenes } from './scenes.ts';

type Name = keyof typeof scenes;

const folder = fileURLToPath(new URL('../../../dist/scale/', import.meta.url));
const names = Object.keys(scenes) as Name[];
const words = process.argv.slice(2);
const strange = words.filter((word) => !['--write', 'nodes', ...names].includes(word));
if (strange.length > 0) {
  console.error(`There is no plot ${strange.join(', ')}. There are: ${names.join(', ')}, nodes.`);
  process.exit(2);
}
const chosen = words.length === 0 ? names : names.filter((name) => words.includes(name));

mkdirSync(folder, { recursive: true });
for (const name of chosen) {
  const results: SceneResult[] = [];
  for (const scene of scenes[name]) {
    const result = await runScene(scene);
    results.push(result);
    const { servers, roomSize, rooms, down = 0 } = scene;
    const [idle, busy] = [result.idle.all, result.busy.all].map(({ sent, received }) => sent + received);
    console.log(
      `${name}: ${servers} servers, ${rooms} rooms of ${roomSize}, ${down * 100} % down: ` +
        `${idle?.toFixed(0)} requests an hour idle, ${busy?.toFixed(0)} busy ` +
        `(${result.cpuSeconds} s, ${result.memoryMb} MB)`,
    );
  }
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(results, null, 2)}\n`);
}
if (words.length === 0 || words.includes('nodes')) {
  const compared: Compared[] = [];
  for (const servers of [3, 8, 20]) {
    const after: (() => unknown)[] = [];
    compared.push(...(await compare({ after: (job) => after.push(job as () => unknown) }, servers)));
    for (const job of after.reverse()) await job();
  }
  writeFileSync(join(folder, 'nodes.json'), `${JSON.stringify(compared, null, 2)}\n`);
}
const files = [...names, 'nodes'].map((name) => [name, join(folder, `${name}.json`)] as const);
if (files.every(([, path]) => existsSync(path)))
  writeScale(
    Object.fromEntries(
      files.map(([name, path]) => [name, JSON.parse(readFileSync(path, 'utf8'))]),
    ) as Results,
  );
process.exit(0);
