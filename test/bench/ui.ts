/**
 * `npm run bench:ui`: what the console costs a browser. Sizes, the first paint with a cold cache, and a room with
 * 100 000 messages: frames while it scrolls, memory once all of it was read. Nothing here passes or fails.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { Browser, Page } from 'playwright';
import { launchBrowser } from '../support/browser/browser.ts';
import { buildScreens, seeToBrowser } from '../support/browser/screens.ts';
import { type ChildNode, startChildNode } from '../support/nodes/child-node.ts';
import { quantile } from './report/result.ts';

const messages = Number(process.argv[2] ?? 100_000);
const paints = 7;
const scrollSeconds = 10;

function scriptSize(): string {
  const assets = fileURLToPath(new URL('../../dist/renderer/assets/', import.meta.url));
  const kB = (pattern: RegExp) =>
    readdirSync(assets)
      .filter((name) => pattern.test(name))
      .reduce((sum, name) => sum + gzipSync(readFileSync(join(assets, name))).length, 0) / 1000;
  return `script ${kB(/\.js$/).toFixed(0)} kB gzipped, style ${kB(/\.css$/).toFixed(0)} kB   (wanted: script under 250 kB)`;
}

/** Each in its own browser profile: nothing is cached. */
async function firstPaint(browser: Browser, node: ChildNode): Promise<string> {
  const took: number[] = [];
  for (let i = 0; i < paints; i++) {
    const context = await browser.newContext();
    const page = await context.newPage();
    const { url } = await node.api.makeLoginLink({});
    await page.goto(url);
    await page.getByRole('navigation').waitFor();
    const [cookie] = await context.cookies();
    await context.close();
    const cold = await browser.newContext();
    if (cookie) await cold.addCookies([cookie]);
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
  return `first paint, cold cache: median ${quantile(took, 0.5).toFixed(0)} ms, worst ${quantile(took, 1).toFixed(0)} ms   (wanted: under 1000 ms)`;
}

async function fill(node: ChildNode, roomId: string): Promise<void> {
  let written = 0;
  const write = async () => {
    while (written < messages) {
      const body = `Message number ${written++}, long enough to look like something that somebody may have said.`;
      await node.api.postMessage({ room_id: roomId, body });
    }
  };
  await Promise.all(Array.from({ length: 64 }, write));
}

/** In the page: finds what scrolls the timeline. */
const scroller = `[...document.querySelectorAll('main *')].filter((element) => element.scrollHeight > element.clientHeight + 10 && getComputedStyle(element).overflowY !== 'visible').sort((a, b) => b.scrollHeight - a.scrollHeight)[0]`;

/** Goes to the top again and again until the first message is there. */
async function readAll(page: Page): Promise<number> {
  const begun = performance.now();
  for (;;) {
    await page.evaluate(`${scroller}.scrollTo(0, 0)`);
    const first = page.getByText(/^Message number 0,/).first();
    if (await first.isVisible()) return performance.now() - begun;
    await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
  }
}

/** Scrolls by a screen every other frame; gives the time between frames, in ms. */
const scroll = (page: Page, direction: 1 | -1) =>
  page.evaluate<number[]>(`new Promise((done) => {
    const element = ${scroller};
    const frames = [];
    let last = performance.now();
    const end = last + ${scrollSeconds * 1000};
    const frame = (now) => {
      frames.push(now - last);
      last = now;
      element.scrollBy(0, ${direction} * 300);
      if (now < end) requestAnimationFrame(frame); else done(frames.slice(1));
    };
    requestAnimationFrame(frame);
  })`);

const fps = (frames: readonly number[]): string => {
  const seconds = frames.reduce((sum, ms) => sum + ms, 0) / 1000;
  return `${(frames.length / seconds).toFixed(0)} frames a second, slowest frame ${Math.max(...frames).toFixed(0)} ms`;
};

async function memoryMb(page: Page): Promise<string> {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  await session.send('Performance.enable');
  const { metrics } = await session.send('Performance.getMetrics');
  const value = (name: string) => metrics.find((metric) => metric.name === name)?.value ?? 0;
  return `${(value('JSHeapUsedSize') / 1e6).toFixed(0)} MB of heap, ${value('Nodes')} nodes`;
}

seeToBrowser();
buildScreens();
console.log(scriptSize());
const dir = mkdtempSync(join(tmpdir(), 'paracord-bench-ui-'));
const node = await startChildNode({ name: 'a.test', dataDir: dir });
const browser = await launchBrowser([], true);
try {
  console.log(await firstPaint(browser, node));
  const { room_id } = await node.api.createRoom({ name: 'Long', join_rule: 'peers' });
  await fill(node, room_id);
  const page = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
  page.setDefaultTimeout(600_000);
  await page.goto((await node.api.makeLoginLink({})).url);
  await page.getByRole('navigation').waitFor();
  const opened = performance.now();
  await page.goto(`${node.control}/#/chats/${encodeURIComponent(room_id)}`);
  await page
    .getByText(`Message number ${messages - 1},`)
    .first()
    .waitFor();
  console.log(`${messages} messages: opened in ${(performance.now() - opened).toFixed(0)} ms`);
  console.log(`scrolling back: ${fps(await scroll(page, -1))}   (wanted: 50 and more)`);
  console.log(`all read in ${((await readAll(page)) / 1000).toFixed(0)} s`);
  console.log(`scrolling on: ${fps(await scroll(page, 1))}   (wanted: 50 and more)`);
  console.log(`${await memoryMb(page)}   (wanted: under 200 MB)`);
} finally {
  await browser.close();
  await node.kill();
  rmSync(dir, { recursive: true, force: true });
}
