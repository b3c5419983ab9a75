import { mkdirSync } from 'node:fs';
import { closeBrowser, openConsole, settled } from './test/support/browser/browser.ts';
import { startLocalNode } from './test/support/ground/local-node.ts';
const dir = '/tmp/scr1-shots/w'; mkdirSync(dir, { recursive: true });
const ends: any[] = [];
const t = { after: (e: any) => void ends.push(e) } as any;
const fresh = await startLocalNode(t, { name: 'new.example', setUp: false });
const named = await startLocalNode(t, { name: 'new.example' });
for (const locale of ['de', 'en-US'])
for (const [size, viewport] of [['wide', { width: 1280, height: 800 }], ['narrow', { width: 390, height: 800 }]] as const) {
  const { page } = await openConsole(t, fresh, { locale, viewport, reducedMotion: 'reduce', colorScheme: locale === 'de' ? 'dark' : 'light' });
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.getByRole('radio').last().click();
  await page.screenshot({ path: `${dir}/name-${size}-${locale}.png`, fullPage: true });
  await page.goto(`${fresh.control}/#/welcome/recover`); await page.waitForTimeout(300);
  await page.screenshot({ path: `${dir}/recover-${size}-${locale}.png` });
  const { page: p2 } = await openConsole(t, named, { locale, viewport, reducedMotion: 'reduce' });
  for (const step of ['keys', 'reachability', 'peer', 'done']) {
    await p2.goto(`${named.control}/#/welcome/${step}`); await p2.getByRole('heading', { level: 1 }).waitFor(); await p2.waitForTimeout(400);
    if (step === 'reachability') await p2.getByRole('radio').first().click();
    await p2.screenshot({ path: `${dir}/${step}-${size}-${locale}.png` });
  }
  for (const path of ['overview', 'settings/general', 'settings/network', 'settings/keys', 'settings/delivery']) {
    await p2.goto(`${named.control}/#/${path}`); await p2.waitForTimeout(600);
    await p2.screenshot({ path: `${dir}/${path.replace('/', '-')}-${size}-${locale}.png` });
  }
}
await closeBrowser(); for (const e of ends.reverse()) await e(); process.exit();
