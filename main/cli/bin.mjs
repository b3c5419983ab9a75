#!/usr/bin/env node
// Plain old JavaScript: an older Node.js has to be able to read this file, to be told that it is too old.
import { fileURLToPath } from 'node:url';

const wanted = 24;
const running = process.versions.node;

if (Number(running.split('.')[0]) < wanted) {
  // The catalogs are TypeScript, too.
  const { LC_ALL, LC_MESSAGES, LANG } = process.env;
  process.stderr.write(
    /^de/i.test(LC_ALL || LC_MESSAGES || LANG || '')
      ? `Paracord Node braucht Node.js ${wanted} oder neuer, hier läuft aber Node.js ${running}. Starte es mit \`npm start\` oder \`npm run paracord-node -- …\`: Die bringen ein passendes Node.js mit.\n`
      : `Paracord Node needs Node.js ${wanted} or newer, but this is Node.js ${running}. Start it with \`npm start\` or \`npm run paracord-node -- …\`: they bring their own Node.js.\n`,
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
