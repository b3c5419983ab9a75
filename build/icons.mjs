// Makes every icon from build/icon.svg: `node build/icons.mjs`. What it makes is committed, because installers are
// built where there is no browser to draw with.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { chromium } from 'playwright';

const here = new URL('./', import.meta.url);
const source = readFileSync(new URL('icon.svg', here), 'utf8');
const mark = /<g id="mark"[^>]*>(.*?)<\/g>/s.exec(source)?.[1];
if (mark === undefined) throw new Error('icon.svg has no <g id="mark">');

const svg = (content, box = '0 0 32 32') =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${box}">${content}</svg>`;

/** macOS wants air around the tile: 824 of 1024. */
const macSource = source.replace('viewBox="0 0 32 32"', 'viewBox="-3.88 -3.88 39.76 39.76"');

/** What a state looks like is a shape first: an exclamation mark, a cross, three dots; colour comes second. */
const badges = {
  ok: null,
  needs: {
    ground: '#f5b300',
    ink: '#241a00',
    glyph:
      '<path d="M23.5 19v5" fill="none" stroke-width="2.6" stroke-linecap="round"/><circle cx="23.5" cy="27.6" r="1.5" stroke="none"/>',
  },
  broken: {
    ground: '#d92d20',
    ink: '#fff',
    glyph: '<path d="M20.5 20.5l6 6M26.5 20.5l-6 6" fill="none" stroke-width="2.6" stroke-linecap="round"/>',
  },
  starting: {
    ground: '#0f766e',
    ink: '#fff',
    glyph:
      '<g stroke="none"><circle cx="19.6" cy="23.5" r="1.5"/><circle cx="23.5" cy="23.5" r="1.5"/><circle cx="27.4" cy="23.5" r="1.5"/></g>',
  },
};

const gap =
  '<mask id="gap"><rect x="-4" y="-4" width="40" height="40" fill="#fff"/><circle cx="23.5" cy="23.5" r="9.2" fill="#000"/></mask>';

/** A dot where the mark leaves room, in another corner than the state's badge. */
const dot = { x: 7, y: 7, radius: 5.6, gap: 7.2 };
const dotGap = `<mask id="dotGap"><rect x="-4" y="-4" width="40" height="40" fill="#fff"/><circle cx="${dot.x}" cy="${dot.y}" r="${dot.gap}" fill="#000"/></mask>`;

const withDot = (drawn, fill) =>
  `${dotGap}<g mask="url(#dotGap)">${drawn}</g><circle cx="${dot.x}" cy="${dot.y}" r="${dot.radius}" fill="${fill}"/>`;

/** With a ground of its own, for panels of any colour. What does not work loses its colour, too. */
function onTile(state, isUnread) {
  const drawn = tileOf(state);
  return svg(isUnread ? withDot(drawn, '#d92d20') : drawn);
}

function tileOf(state) {
  const badge = badges[state];
  const ground = state === 'broken' || state === 'starting' ? '#56635f' : '#0f766e';
  const tile = `<rect width="32" height="32" rx="8" fill="${ground}"/><g fill="#fff" stroke="#fff">${mark}</g>`;
  if (badge === null) return tile;
  return (
    `${gap}<g mask="url(#gap)">${tile}</g><circle cx="23.5" cy="23.5" r="7.6" fill="${badge.ground}"/>` +
    `<g fill="${badge.ink}" stroke="${badge.ink}">${badge.glyph}</g>`
  );
}

/** For macOS, which takes the shape and chooses the colour. */
function asTemplate(state, isUnread) {
  const box = badges[state] === null ? '3 3 26 26' : '3 3 29 29';
  const drawn = templateOf(state);
  return svg(isUnread ? withDot(drawn, '#000') : drawn, isUnread ? '1 1 30 30' : box);
}

function templateOf(state) {
  const badge = badges[state];
  const drawn = `<g fill="#000" stroke="#000">${mark}</g>`;
  if (badge === null) return drawn;
  const cut = `<mask id="cut"><rect width="40" height="40" fill="#fff"/><g fill="#000" stroke="#000">${badge.glyph}</g></mask>`;
  return `${gap}${cut}<g mask="url(#gap)">${drawn}</g><circle cx="23.5" cy="23.5" r="7.6" fill="#000" mask="url(#cut)"/>`;
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM_BIN ?? '/usr/bin/chromium',
  // Chromium refuses its sandbox to root.
  args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
});
const page = await browser.newPage();

/** One size of a drawing: as PNG, and as the pixels that an .ico of old wants. */
async function draw(drawing, size) {
  const { png, pixels } = await page.evaluate(
    async ([text, side]) => {
      const image = new Image(side, side);
      image.src = `data:image/svg+xml;base64,${btoa(text)}`;
      await image.decode();
      const canvas = new OffscreenCanvas(side, side);
      const context = canvas.getContext('2d');
      context.drawImage(image, 0, 0, side, side);
      const blob = await canvas.convertToBlob({ type: 'image/png' });
      return {
        png: [...new Uint8Array(await blob.arrayBuffer())],
        pixels: side > 64 ? [] : [...context.getImageData(0, 0, side, side).data],
      };
    },
    [drawing.replace('<svg ', `<svg width="${size}" height="${size}" `), size],
  );
  return { size, png: Buffer.from(png), pixels };
}

/** Small images as bitmaps, which every reader knows; large ones as PNG. */
function ico(images) {
  const bodies = images.map(({ size, png, pixels }) => (size > 64 ? png : bitmap(size, pixels)));
  const head = Buffer.alloc(6 + 16 * images.length);
  head.writeUInt16LE(1, 2);
  head.writeUInt16LE(images.length, 4);
  let offset = head.length;
  images.forEach(({ size }, at) => {
    const entry = 6 + 16 * at;
    head.writeUInt8(size % 256, entry);
    head.writeUInt8(size % 256, entry + 1);
    head.writeUInt16LE(1, entry + 4);
    head.writeUInt16LE(32, entry + 6);
    head.writeUInt32LE(bodies[at].length, entry + 8);
    head.writeUInt32LE(offset, entry + 12);
    offset += bodies[at].length;
  });
  return Buffer.concat([head, ...bodies]);
}

/** BGRA from the bottom up, and behind it a mask that says nothing, because the alpha channel says it. */
function bitmap(size, pixels) {
  const head = Buffer.alloc(40);
  head.writeUInt32LE(40, 0);
  head.writeInt32LE(size, 4);
  head.writeInt32LE(size * 2, 8);
  head.writeUInt16LE(1, 12);
  head.writeUInt16LE(32, 14);
  const colours = Buffer.alloc(size * size * 4);
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++) {
      const [r, g, b, a] = pixels.slice((y * size + x) * 4, (y * size + x) * 4 + 4);
      colours.set([b, g, r, a], ((size - 1 - y) * size + x) * 4);
    }
  return Buffer.concat([head, colours, Buffer.alloc(Math.ceil(size / 32) * 4 * size)]);
}

function icns(types) {
  const parts = types.map(([type, { png }]) => {
    const head = Buffer.from(`${type}\0\0\0\0`, 'latin1');
    head.writeUInt32BE(png.length + 8, 4);
    return Buffer.concat([head, png]);
  });
  const body = Buffer.concat(parts);
  const head = Buffer.from('icns\0\0\0\0', 'latin1');
  head.writeUInt32BE(body.length + 8, 4);
  return Buffer.concat([head, body]);
}

for (const folder of ['tray', 'phone']) mkdirSync(new URL(`icons/${folder}/`, here), { recursive: true });
const write = (name, bytes) => writeFileSync(new URL(`icons/${name}`, here), bytes);

for (const size of [16, 24, 32, 48, 64, 128, 256, 512, 1024])
  write(`${size}x${size}.png`, (await draw(source, size)).png);
write(
  'icon.ico',
  ico(await Promise.all([16, 20, 24, 32, 40, 48, 64, 256].map((size) => draw(source, size)))),
);
const mac = new Map();
for (const size of [16, 32, 64, 128, 256, 512, 1024]) mac.set(size, await draw(macSource, size));
const macTypes = {
  icp4: 16,
  icp5: 32,
  ic11: 32,
  ic12: 64,
  ic07: 128,
  ic13: 256,
  ic08: 256,
  ic14: 512,
  ic09: 512,
  ic10: 1024,
};
write('icon.icns', icns(Object.entries(macTypes).map(([type, size]) => [type, mac.get(size)])));

for (const state of Object.keys(badges))
  for (const isUnread of [false, true]) {
    const name = `tray/${state}${isUnread ? 'Unread' : ''}`;
    const [tile, template] = [onTile(state, isUnread), asTemplate(state, isUnread)];
    write(`${name}.png`, (await draw(tile, 24)).png);
    write(`${name}@2x.png`, (await draw(tile, 48)).png);
    write(`${name}.ico`, ico(await Promise.all([16, 20, 24, 32, 48].map((size) => draw(tile, size)))));
    write(`${name}Template.png`, (await draw(template, 18)).png);
    write(`${name}Template@2x.png`, (await draw(template, 36)).png);
  }
// Of a maskable icon, phones show any shape within the middle 80 %.
const maskable = svg(
  `<rect width="32" height="32" fill="#0f766e"/><g transform="translate(4 4) scale(.75)" fill="#fff" stroke="#fff">${mark}</g>`,
);
const square = source.replace(' rx="8"', '');
for (const size of [192, 512]) {
  write(`phone/${size}.png`, (await draw(source, size)).png);
  write(`phone/maskable-${size}.png`, (await draw(maskable, size)).png);
}
write('phone/180.png', (await draw(square, 180)).png);
// In the status bar of Android, which takes the shape and chooses the color.
write('phone/badge.png', (await draw(svg(`<g fill="#fff" stroke="#fff">${mark}</g>`), 96)).png);
// Over the app's icon in the taskbar of Windows, in the one size that Electron paints there.
const unread = '<circle cx="16" cy="16" r="15" fill="#fff"/><circle cx="16" cy="16" r="12" fill="#d92d20"/>';
write('tray/unread.png', (await draw(svg(unread), 16)).png);
await browser.close();
