import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { chromium } from 'playwright';

const [dir, out, cols, w, ...names] = process.argv.slice(2);
const b = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
const p = await b.newPage({ viewport: { width: Number(cols) * (Number(w) + 8), height: 600 } });
const html = names
  .map(
    (n) =>
      `<img src="data:image/png;base64,${readFileSync(`${dir}/${n}.png`).toString('base64')}" style="width:${w}px;margin:4px;vertical-align:top">`,
  )
  .join('');
await p.setContent(`<body style="margin:0;background:#888">${html}</body>`);
await p.waitForTimeout(500);
await p.screenshot({ path: out, fullPage: true });
await b.close();
