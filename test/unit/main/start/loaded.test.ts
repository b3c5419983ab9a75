import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = new URL('../../../../', import.meta.url);

/** Prints the files and the modules of Node.js that a node loads before it does anything. */
const script = `
  import { registerHooks } from 'node:module';
  const files = [];
  const formats = [];
  for (const name of Object.getOwnPropertyNames(Intl)) {
    if (typeof Intl[name] !== 'function') continue;
    const used = () => { formats.push(name); };
    Intl[name] = new Proxy(Intl[name], { construct: used, apply: used, get: used });
  }
  registerHooks({ load: (url, context, next) => { files.push(url); return next(url, context); } });
  await import('${new URL('main/cli/main.ts', root)}');
  await import('${new URL('main/start/start.ts', root)}');
  console.log(JSON.stringify({ files, formats, builtin: process.moduleLoadList }));
`;

test('a node starts without modules that only some nodes need', () => {
  const printed = execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: fileURLToPath(root),
    encoding: 'utf8',
  });
  const { files, formats, builtin } = JSON.parse(printed) as Record<
    'files' | 'formats' | 'builtin',
    string[]
  >;
  assert.ok(files.some((url) => url.endsWith('/main/compose/compose.ts')));
  assert.ok(files.some((url) => url.endsWith('/undici/lib/dispatcher/pool.js')));
  const unneeded =
    /node_modules\/(undici\/index|undici\/lib\/web\/|prom-client\/index|@peculiar|reflect-metadata|@valibot\/to-json-schema|pg\/|electron-updater|@koa\/router\/.*\.mjs)|(openapi|cpu-profile)\.ts$/;
  assert.deepEqual(
    files.filter((url) => unneeded.test(url)),
    [],
  );
  // The first use looks at the data of every locale.
  assert.deepEqual(formats, []);
  // An `import` of node:http loads Node's own fetch (main/kernel/node-http.ts).
  const heavy = ['internal/deps/undici/undici', 'inspector', 'readline/promises'];
  assert.deepEqual(
    heavy.filter((name) => builtin.includes(`NativeModule ${name}`)),
    [],
  );
});
