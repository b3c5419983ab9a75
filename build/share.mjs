// Writes what belongs next to an installed program, from the same source as `--help`: the manual page and the
// completions. Into dist/share, for the npm package and the Debian package.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export async function writeShare() {
  const { createProgram, examples } = await import('../main/cli/program.ts');
  const { outlineOf } = await import('../main/cli/outline.ts');
  const { manualPage } = await import('../main/cli/manual.ts');
  const { completionScript, completionShells } = await import('../main/cli/completion.ts');
  const { wordsIn } = await import('../shared/words/words.ts');
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  const folder = fileURLToPath(new URL('../dist/share/', import.meta.url));
  mkdirSync(folder, { recursive: true });
  const words = wordsIn('en');
  const shell = { words, out: () => {}, finish: () => {}, start: async () => {} };
  const program = outlineOf(createProgram(shell, version));
  writeFileSync(`${folder}paracord-node.1`, manualPage(program, words, { version, examples }));
  for (const name of completionShells)
    writeFileSync(`${folder}paracord-node.${name}`, completionScript(program, name));
}
