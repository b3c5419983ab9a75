#!/usr/bin/env node
// Plain old JavaScript: an older Node.js has to be able to read this file, to be told that it is too old.
import { fileURLToPath } from 'node:url';

const wanted = 24;
const running = process.versions.node;

if (Number(running.split('.')[0]) < wanted) {
  process.stderr.write(
    `Paracord Node needs Node.js ${wanted} or newer, but this is Node.js ${running}; ` +
      '`npm start` and `npm run paracord-node -- …` bring their own.\n',
  );
  process.exitCode = 10;
} else {
  // What TypeScript was translated to is kept (the install fills this): a node starts faster and takes 20 MB less.
  import('node:module')
    .then(({ enableCompileCache }) =>
      enableCompileCache(fileURLToPath(new URL('../../node_modules/.cache/paracord-node', import.meta.url))),
    )
    .then(() => import('./main.ts'))
    .then((cli) => cli.main(process.argv.slice(2)))
    .then((code) => {
      process.exitCode = code;
    })
    .catch((error) => {
      process.stderr.write(
        `Paracord Node could not start: ${error instanceof Error ? error.stack : error}\n`,
      );
      process.exitCode = 1;
    });
}
