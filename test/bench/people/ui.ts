import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Browser, Page } from 'playwright';
import { closeBrowser, launchBrowser, noBrowser, roomPath } from '../../support/browser/browser.ts';
import { png } from '../../support/browser/png.ts';
import { buildScreens, seeToBrowser } from '../../support/browser/screens.ts';
import { type ChildNode, startChildNode } from '../../support/nodes/child-node.ts';
import { postFile } from '../../support/nodes/files.ts';
import { pagesDir } from '../../support/nodes/local-node.ts';
import { type Ground, type Measure, quantile, type Result } from '../report/result.ts';
import { copyStore, kept, make } from '../size/fill.ts';

/** Counts changes to how the room is filled. */
const madeLike = 1;
const people = ['anna', 'ben', 'cleo', 'dora', 'emil', 'frida'] as const;
const wantedFrame = { atMost: 50 } as const;
const perSecond = 20;

/** Texts like people's: plain, long, formatted, with code, links, names and emoji. */
const bodies = [
  'Who brings what on Saturday?',
  'Bread and the big kettle. And the dog, if nobody minds.',
  'I have a table, **far too many** courgettes, and a recipe: https://anna.example/soup',
  'My provider had the line down all night, so I read all of this only now. It was a good read, though, with the coffee, and the rain outside. What did you decide about the tent? I could ask my sister, who has one that is large enough for all of us, unless she needs it herself.',
  '@ben could you look at this?\n\n```sh\nsystemctl status paracord-node\njournalctl -u paracord-node --since today\n```\n\nIt says *active*.',
  'Three things:\n- the router\n- the cupboard, which is `too warm`\n- the cat',
  '> Rain from noon on Saturday\n\nThen let us start at ten.',
  '👍',
  'Ten is fine 🙂',
] as const;
const newestText = 'The newest of all messages';

/**
 * Measures the cost of the screens for a browser: their script, the first paint, and a large room, which is opened,
 * scrolled, and written in.
 */
export async function benchUi({ dir, isShort }: Ground): Promise<Result | { readonly skipped: string }> {
  seeToBrowser();
  if (noBrowser) return { skipped: noBrowser };
  buildScreens();
  const messages = isShort ? 2_000 : 100_000;
  const rounds = isShort ? 3 : 9;
  const store = join(kept(), `a-room-of-${messages}-${madeLike}`);
  await make(store, (making) => fillRoom(making, messages));
  const dataDir = join(dir, 'node');
  copyStore(store, dataDir);
  const node = await startChildNode({ name: 'bench.test', dataDir });
  const browser = await launchBrowser([], true);
  try {
    const paints = await firstPaints(browser, node, isShort ? 3 : 7);
    const page = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
    page.setDefaultTimeout(60_000);
    await page.goto((await node.api.makeLoginLink({})).url);
    const rooms = (await node.api.rooms({})).items;
    const idOf = (name: string) => rooms.find((room) => room.name === name)?.room_id ?? '';
    await page.getByRole('navigation').first().waitFor();
    await page.goto(`${node.control}/${roomPath(idOf('Small'))}`);
    await page.getByText('Large').waitFor();
    const opened: number[] = [];
    for (let round = 0; round <= rounds; round++) {
      await open(page, idOf('Small'), 'A small room');
      opened.push(await open(page, idOf('Large'), newestText));
    }
    const back: Frames[] = [];
    const on: Frames[] = [];
    for (let round = 0; round < (isShort ? 1 : 3); round++) {
      back.push(await scroll(page, -1, isShort ? 2 : 8));
      on.push(await scroll(page, 1, isShort ? 2 : 8));
    }
    await open(page, idOf('Small'), 'A small room');
    await open(page, idOf('Large'), newestText);
    const arriving = await whileArriving(page, node, idOf('Large'), isShort ? 2 : 8);
    const memory = await heapMb(page);
    const count = messages.toLocaleString('en');
    return {
      measures: [
        { what: 'script that the first screen loads, compressed', unit: 'KB', values: [scriptKb()] },
        { what: 'first paint, cold cache', unit: 'ms', values: paints, wanted: { atMost: 1000 } },
        {
          what: `a room of ${count} messages: from the click until it is drawn`,
          unit: 'ms',
          // The first compiles the code.
          values: opened.slice(1),
          wanted: { atMost: 300 },
        },
        slowest('slowest frame while scrolling back', back),
        slowest('slowest frame while scrolling on', on),
        {
          what: 'times that a message is drawn while it is scrolled past',
          unit: 'ratio',
          values: back.map(({ drawn }) => drawn),
          wanted: { atMost: 1.2 },
        },
        slowest(`slowest frame while ${perSecond} messages a second arrive`, [arriving]),
        { what: 'memory of the page’s programs', unit: 'MB', values: [memory], wanted: { atMost: 200 } },
      ],
      boundedBy: 'drawing the messages that come into view, and measuring how high each is',
      notes: [
        'A window of 1280 × 800 in a real Chromium without a graphics card, on the cores that the node uses too. Every eighth message has reactions, every tenth answers another, every fortieth has a picture; others are long, formatted, or code.',
        `Scrolling goes 300 px in each frame, which is more than a screen in three frames. It passed ${counted(back)} frames back and ${counted(on)} on, ${rateOf([...back, ...on])} a second.`,
        `The first opening after the start took ${Math.round(opened[0] ?? 0)} ms.`,
      ],
    };
  } finally {
    await closeBrowser();
    await node.kill();
  }
}

/** Compressed, as a browser loads it before the first screen. */
function scriptKb(): number {
  const html = readFileSync(join(pagesDir, 'index.html'), 'utf8');
  const names = [...html.matchAll(/(?:src|href)="\.\/(assets\/[^"]+\.js)"/g)].map(([, name = '']) => name);
  return sum(names.map((name) => gzipSync(readFileSync(join(pagesDir, name))).length)) / 1000;
}

/** Six people who talk, and a small room to come from. */
async function fillRoom(dataDir: string, messages: number): Promise<void> {
  const node = await startChildNode({ name: 'bench.test', dataDir });
  const { api } = node;
  const small = await api.createRoom({ name: 'Small', join_rule: 'invite' });
  await api.postMessage({ room_id: small.room_id, body: 'A small room' });
  const { room_id } = await api.createRoom({ name: 'Large', join_rule: 'peers' });
  const [owner] = (await api.users({})).items;
  const users = owner ? [owner.user_id] : [];
  for (const [at, localpart] of people.slice(1).entries()) {
    const { user_id } = await api.addUser({ localpart });
    await api.joinRoom({ room_id, as: user_id });
    const picture = png(128, 128, [40 * at, 200 - 30 * at, 120]).toString('base64');
    if (at < 3) await api.changePersonProfile({ user_id, picture });
    users.push(user_id);
  }
  const written: string[] = [];
  let next = 0;
  const write = async (): Promise<void> => {
    while (next < messages - 1) {
      const n = next++;
      const as = users[Math.floor(n / 3) % users.length]!;
      if (n % 40 === 39) {
        const bytes = png(160, 120, [n % 255, 120, 40]);
        await postFile(node, room_id, bytes, { content_type: 'image/png', width: 160, height: 120 });
        continue;
      }
      const answered = n % 10 === 9 ? written.at(-1) : undefined;
      const { event_id } = await api.postMessage({
        room_id,
        as,
        body: `${bodies[(n * 7) % bodies.length]} (${n})`,
        ...(answered === undefined ? {} : { reply_to: answered }),
      });
      written.push(event_id);
      if (n % 8 !== 7) continue;
      for (const emoji of ['👍', '❤️', '🥬'].slice(n % 3))
        await api.react({ room_id, event_id, emoji, as: users[(n + emoji.length) % users.length]! });
    }
  };
  await Promise.all(Array.from({ length: 64 }, write));
  await api.postMessage({ room_id, body: newestText });
  await node.stop();
}

/** Each in its own browser profile: nothing is cached. */
async function firstPaints(browser: Browser, node: ChildNode, count: number): Promise<number[]> {
  const took: number[] = [];
  for (let round = 0; round < count; round++) {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto((await node.api.makeLoginLink({})).url);
    await page.getByRole('navigation').first().waitFor();
    const cookies = await context.cookies();
    await context.close();
    const cold = await browser.newContext();
    await cold.addCookies(cookies);
    const again = await cold.newPage();
    await again.goto(`${node.control}/#/server`);
    await again.getByRole('heading', { level: 1 }).waitFor();
    took.push(
      await again.evaluate<number>(
        "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Infinity",
      ),
    );
    await cold.close();
  }
  return took;
}

/** Clicks a room in the list, and waits in the page until the frame after the one that has its newest message. */
const open = (page: Page, roomId: string, newest: string): Promise<number> =>
  page.evaluate<number>(`new Promise((done) => {
    const link = [...document.querySelectorAll('a')].find((each) => each.hash === ${JSON.stringify(roomPath(roomId))});
    const begun = performance.now();
    link.click();
    const isThere = () =>
      [...document.querySelectorAll('[role="log"] article')].some((article) =>
        article.textContent.includes(${JSON.stringify(newest)}) && article.checkVisibility({ visibilityProperty: true }));
    const look = () => requestAnimationFrame(() => {
      if (!isThere()) return look();
      requestAnimationFrame(() => done(performance.now() - begun));
    });
    look();
  })`);

/** The time between frames, ms, and how often each message was drawn meanwhile, on average. */
interface Frames {
  readonly ms: readonly number[];
  readonly drawn: number;
}

const scroll = (page: Page, direction: 1 | -1, seconds: number): Promise<Frames> =>
  frames(
    page,
    seconds,
    `log.dispatchEvent(new WheelEvent('wheel', { bubbles: true })); log.scrollBy(0, ${direction} * 300);`,
  );

const frames = (page: Page, seconds: number, inEach: string): Promise<Frames> =>
  page.evaluate<Frames>(`new Promise((done) => {
    const log = document.querySelector('[role="log"]');
    const drawn = [];
    new MutationObserver((changes) => {
      for (const { addedNodes } of changes)
        for (const node of addedNodes) {
          const id = node.querySelector?.('article')?.dataset.id;
          if (id !== undefined) drawn.push(id);
        }
    }).observe(log.querySelector('ul'), { childList: true });
    const frames = [];
    let last = performance.now();
    const end = last + ${seconds * 1000};
    const frame = (now) => {
      frames.push(now - last);
      last = now;
      ${inEach}
      if (now < end) requestAnimationFrame(frame); else done({ ms: frames.slice(2), drawn: drawn.length / new Set(drawn).size });
    };
    requestAnimationFrame(frame);
  })`);

async function whileArriving(
  page: Page,
  { api }: ChildNode,
  room_id: string,
  seconds: number,
): Promise<Frames> {
  const measured = frames(page, seconds, '');
  const begun = performance.now();
  for (let n = 0; n < seconds * perSecond; n++) {
    const due = begun + (n * 1000) / perSecond;
    await new Promise((next) => setTimeout(next, Math.max(0, due - performance.now())));
    await api.postMessage({ room_id, body: `${bodies[n % bodies.length]} (new, ${n})` });
  }
  return measured;
}

const slowest = (what: string, all: readonly Frames[]): Measure => ({
  what,
  unit: 'ms',
  values: all.map(({ ms }) => Math.round(quantile(ms, 1))),
  wanted: wantedFrame,
});

const timesOf = (all: readonly Frames[]): number[] => all.flatMap(({ ms }) => ms);

const counted = (all: readonly Frames[]): string => timesOf(all).length.toLocaleString('en');

const rateOf = (all: readonly Frames[]): number =>
  Math.round((1000 * timesOf(all).length) / sum(timesOf(all)));

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

async function heapMb(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  await session.send('Performance.enable');
  const { metrics } = await session.send('Performance.getMetrics');
  return (metrics.find(({ name }) => name === 'JSHeapUsedSize')?.value ?? 0) / 1e6;
}
