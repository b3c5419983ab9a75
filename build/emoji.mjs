/**
 * Writes the emoji of the screens, with their names: `node build/emoji.mjs FOLDER`, where FOLDER is an unpacked
 * emojibase-data. The package itself has 49 MB, and of two languages we need a hundredth.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { oneFormOf } from '../shared/unicode/emoji.ts';

const folder = process.argv[2];
if (!folder) throw new Error('Name the folder of an unpacked emojibase-data.');
const read = (path) => JSON.parse(readFileSync(join(folder, path), 'utf8'));
const { version } = read('package.json');
const codes = read('en/shortcodes/github.json');
/** The group of skin tones and hair, which are only parts of emoji. */
const components = 2;

/** Whether a skin tone goes behind its first character, and nowhere else. */
function hasTones({ unicode, skins = [] }) {
  const [first, ...rest] = [...unicode.replace('\u{fe0f}', '')];
  const one = skins.find(({ unicode: skin }) => skin === [first, '\u{1f3fd}', ...rest].join(''));
  return one !== undefined && skins.length === 5;
}

for (const language of ['en', 'de']) {
  const { groups } = read(`${language}/messages.json`);
  const all = read(`${language}/compact.json`).sort((a, b) => a.order - b.order);
  const lines = groups
    .filter(({ order }) => order !== components)
    .map(({ message, order }) => {
      const entries = all
        .filter(({ group }) => group === order)
        .map((emoji) => {
          const tags = (emoji.tags ?? []).filter((tag) => tag !== emoji.label);
          // An emoji without a code keeps the empty place of it.
          const words = [...new Set([codes[emoji.hexcode] ?? '', tags].flat())].join(' ');
          const entry = [oneFormOf(emoji.unicode) + (hasTones(emoji) ? '*' : ''), emoji.label, words];
          if (/[|;`\\]/.test(entry.join(''))) throw new Error(`${entry}: has a separator`);
          return entry.join(';');
        });
      return [message[0].toUpperCase() + message.slice(1), ...entries].join('|');
    });
  writeFileSync(
    new URL(`../renderer/screens/rooms/emoji/names-${language}.ts`, import.meta.url),
    `/** Written by build/emoji.mjs from emojibase-data ${version}, © 2017–2019 Miles Johnson, MIT license. */\nexport const names = \`${lines.join('\n')}\`;\n`,
  );
}
