import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Line, linePlot } from '../../bench/report/lines.ts';
import type { Compared } from './compare.ts';
import type { Counts } from './counts.ts';
import type { Rates, SceneResult, scenes } from './scenes.ts';

type Plotted = Readonly<Record<keyof typeof scenes, readonly SceneResult[]>>;
export type Results = Plotted & { readonly nodes: readonly Compared[] };

const docs = fileURLToPath(new URL('../../../docs/', import.meta.url));
const marker = '<!-- `npm run simulate:scale` writes everything below this line. -->';

/** Replaces the part of docs/many-servers.md below its marker, and the plots that it shows. */
export function writeScale(results: Results): void {
  const path = join(docs, 'many-servers.md');
  const [head = ''] = readFileSync(path, 'utf8').split(marker);
  mkdirSync(join(docs, 'scale'), { recursive: true });
  for (const [name, plot] of Object.entries(plotsOf(results)))
    writeFileSync(join(docs, 'scale', `${name}.svg`), plot);
  writeFileSync(path, `${head}${marker}\n\n${scaleText(results)}`);
}

const requests = (counts: Counts): number => counts.sent + counts.received;

/** One line when idle, and one when busy. */
function pair(
  name: string,
  color: number,
  results: readonly SceneResult[],
  x: (result: SceneResult) => number,
  of: (rates: Rates) => Counts | null,
): Line[] {
  return (['busy', 'idle'] as const).map((when) => ({
    name: `${name}, ${when}`,
    color,
    isDashed: when === 'idle',
    points: results.flatMap((result) => {
      const counts = of(result[when]);
      return counts ? [[x(result), requests(counts)] as const] : [];
    }),
  }));
}

export function plotsOf({ servers, room, friends }: Plotted): Record<'servers' | 'room' | 'friends', string> {
  const sizes = [...new Set(servers.map(({ scene }) => scene.roomSize))];
  const y = 'requests per hour, sent and received';
  return {
    servers: linePlot(
      { x: 'servers in the federation', y: `${y}, of an average server` },
      sizes.flatMap((size, color) => {
        const some = servers.filter(({ scene }) => scene.roomSize === size);
        return pair(
          `rooms of ${size}`,
          color,
          some,
          ({ scene }) => scene.servers,
          ({ all }) => all,
        );
      }),
    ),
    room: linePlot({ x: 'servers in the room', y }, [
      ...pair(
        'home',
        0,
        room,
        ({ scene }) => scene.roomSize,
        ({ homes }) => homes,
      ),
      ...pair(
        'member',
        1,
        room,
        ({ scene }) => scene.roomSize,
        ({ members }) => members,
      ),
    ]),
    friends: linePlot(
      { x: 'rooms that ten servers share', y: `${y}, of each of them` },
      pair(
        'each',
        0,
        friends,
        ({ scene }) => scene.rooms,
        ({ all }) => all,
      ),
    ),
  };
}

const row = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
const whole = (value: number): string => Math.round(value).toLocaleString('en');
const mb = (bytes: number): string => (bytes / 1e6).toFixed(bytes < 1e6 ? 2 : 1);

const heads = ['sent', 'received', 'signed', 'verified', 'MB', 'rows'];
const cells = ({ sent, received, signed, verified, bytes, rows }: Counts): string[] => [
  ...[sent, received, signed, verified].map(whole),
  ...[mb(bytes), whole(rows)],
];

function table(title: string, entries: readonly (readonly [string, string, Counts])[]): string {
  return [
    row([title, '', ...heads]),
    `|${'---|'.repeat(heads.length + 2)}`,
    ...entries.map(([name, when, counts]) => row([name, when, ...cells(counts)])),
  ].join('\n');
}

/** `12 / 14` for each kind. */
function compared(simulated: Counts, real: Counts): string[] {
  const [ours, theirs] = [cells(simulated), cells(real)];
  return ours.map((cell, i) => `${cell} / ${theirs[i]}`);
}

const both = (name: string, result: SceneResult, of: (rates: Rates) => Counts | null = ({ all }) => all) =>
  (['idle', 'busy'] as const).flatMap((when) => {
    const counts = of(result[when]);
    return counts ? [[name, when, counts] as const] : [];
  });

export function scaleText(results: Results): string {
  const { servers, room, friends, down, nodes } = results;
  const all = [servers, room, friends, down].flat();
  const seconds = all.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0);
  const memory = Math.max(...all.map(({ memoryMb }) => memoryMb));
  return `## The numbers

For each server and hour. *Busy*: 60 messages per hour in each room, from all its servers. *MB*: requests and answers,
without TLS. *Rows*: inserted, changed or removed. ${Math.round(seconds)} s on one processor, up to ${memory} MB.

### More servers

![Requests of an average server, by the number of servers](scale/servers.svg)

Each server is in one room. The members of a room are peers of its home only.

${table(
  'servers',
  servers.flatMap((result) =>
    both(`${whole(result.scene.servers)}, rooms of ${result.scene.roomSize}`, result),
  ),
)}

### One large room

![Requests of a home and of a member, by the size of the room](scale/room.svg)

${table(
  'room of',
  room.flatMap((result) => [
    ...both(`${whole(result.scene.roomSize)}, home`, result, ({ homes }) => homes),
    ...both(`${whole(result.scene.roomSize)}, member`, result, ({ members }) => members),
  ]),
)}

### Many rooms with the same friends

![Requests of each of ten servers, by the number of rooms that they share](scale/friends.svg)

Ten servers are peers of each other, and all are in every room.

${table(
  'rooms',
  friends.flatMap((result) => both(whole(result.scene.rooms), result)),
)}

### Servers that don't answer

1,000 servers in rooms of 30, of which some are down. These are the numbers of those that are up.

${table(
  'down',
  down.flatMap((result) => both(`${Math.round((result.scene.down ?? 0) * 100)} %`, result)),
)}

### Compared with whole nodes

The same room, once simulated and once with whole nodes: with their databases and signatures, on the same clock. Per
server and hour, simulated / real. [test](../test/simulation/scale/scale.test.ts)

| servers | | ${heads.join(' | ')} |
|${'---|'.repeat(heads.length + 2)}
${nodes.map(({ servers, when, simulated, real }) => row([servers, when, ...compared(simulated, real)])).join('\n')}
`;
}
