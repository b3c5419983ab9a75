/** What `vite build` made of the app, run as Electron runs it, with the stand-in in Electron's place. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { builtinModules, createRequire, registerHooks } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import vm from 'node:vm';
import { createBuilder } from 'vite';
import { shellContract } from '../../../shared/api/shell.ts';
import { standInElectron } from '../../support/electron/electron-stand-in.ts';
import { tempDir } from '../../support/temp.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const bundle = join(root, 'dist', 'desktop');

const index = join(root, 'dist', 'renderer', 'index.html');

/** From what is here now; the screens, which take longer, only if the test run has not built them. */
async function build(): Promise<void> {
  const configFile = join(root, 'vite.config.ts');
  const builder = await createBuilder({ root, configFile, logLevel: 'error' });
  const screens = existsSync(index) ? [] : ['client'];
  for (const name of ['desktop', 'preload', ...screens]) await builder.build(builder.environments[name]!);
}

test('the built app runs: window, page, bridge, sealed identity, the way out', async (t) => {
  await build();
  const stand = standInElectron({ isPackaged: false });
  const names = Object.keys(stand.electron);
  Object.assign(globalThis, { standInForElectron: stand.electron });
  const hooks = registerHooks({
    resolve: (specifier, context, next) =>
      specifier === 'electron' ? { url: 'stand-in:electron', shortCircuit: true } : next(specifier, context),
    load: (url, context, next) =>
      url === 'stand-in:electron'
        ? {
            format: 'module',
            shortCircuit: true,
            source: `export const { ${names.join(', ')} } = globalThis.standInForElectron;`,
          }
        : next(url, context),
  });
  t.after(() => hooks.deregister());
  const dataDir = tempDir(t);
  const argv = process.argv;
  t.after(() => {
    process.argv = argv;
  });
  const flags = ['--listen', '127.0.0.1:0', '--control', '127.0.0.1:0', '--tls', 'off'];
  process.argv = [process.execPath, root, '--data-dir', dataDir, ...flags];
  await import(pathToFileURL(join(bundle, 'main.js')).href);
  await stand.windowLoaded;

  const [window] = stand.windows;
  assert.equal(window?.options.webPreferences?.sandbox, true);
  assert.equal(window?.options.webPreferences?.preload, join(bundle, 'preload.cjs'));
  assert.ok(existsSync(String(window?.options.icon)));
  assert.equal(stand.did.sandboxed, true);

  const page = await stand.fetch('app://paracord/index.html');
  assert.equal(page.status, 200);
  const html = await page.text();
  assert.equal(html, readFileSync(index, 'utf8'));
  for (const [, path] of html.matchAll(/(?:src|href)="\.\/([^"]+)"/g))
    assert.equal((await stand.fetch(`app://paracord/${path}`)).status, 200, path);
  assert.doesNotMatch(html, /<script(?![^>]*src=)|<style|style="|https?:/, 'nothing that the policy forbids');

  const status = await stand.invoke('node:status', [{}]);
  assert.ok(status.ok && (status.value as { set_up: boolean }).set_up === false);
  const setUp = await stand.invoke('node:setUp', [{ server_name: 'a.test', owner: 'ann' }]);
  assert.ok(setUp.ok, JSON.stringify(setUp));
  assert.match(readFileSync(join(dataDir, 'identity.json'), 'utf8'), /^\{"sealed":"/);
  const backup = await stand.invoke('node:backUp', [{}]);
  assert.ok(backup.ok, 'the worker beside the bundle was found');

  stand.electron.app.quit();
  assert.equal(await stand.exited, 0);
  assert.equal(existsSync(join(dataDir, 'control.json')), false);
});

test('every worker the bundle starts lies beside it', () => {
  const text = readFileSync(join(bundle, 'main.js'), 'utf8');
  const workers = [...text.matchAll(/new Worker\(new URL\("\.\/([^"]+)"/g)].map(([, name]) => name ?? '');
  assert.deepEqual(workers.sort(), ['backup-worker.js', 'verify-worker.js']);
  for (const name of workers) assert.ok(existsSync(join(bundle, name)), name);
});

test('what the bundle leaves out are production dependencies, which the packager includes', () => {
  const { dependencies } = createRequire(import.meta.url)('../../../package.json') as {
    dependencies: Record<string, string>;
  };
  const files = ['main.js', 'verify-worker.js', 'backup-worker.js'];
  const text = files.map((name) => readFileSync(join(bundle, name), 'utf8')).join('\n');
  const imported = [...text.matchAll(/^import .*from "([^".][^"]*)";$|\bimport\("([^".][^"]*)"\)/gm)]
    .map(([, named, dynamic]) => named ?? dynamic ?? '')
    .filter((name) => !name.startsWith('node:') && !builtinModules.includes(name) && name !== 'electron');
  assert.ok(imported.length > 5);
  assert.deepEqual(
    imported.filter((name) => dependencies[name] === undefined),
    [],
  );
});

test('the preload requires electron alone, and gives the page five functions and no event', async () => {
  const code = readFileSync(join(bundle, 'preload.cjs'), 'utf8');
  const exposed: Record<string, Record<string, (...args: unknown[]) => unknown>> = {};
  const listeners = new Map<string, (...args: unknown[]) => void>();
  const invoked: unknown[][] = [];
  const electron = {
    contextBridge: {
      exposeInMainWorld: (name: string, api: (typeof exposed)[string]) => {
        exposed[name] = api;
      },
    },
    ipcRenderer: {
      invoke: async (...args: unknown[]) => void invoked.push(args),
      on: (channel: string, listener: (...args: unknown[]) => void) => listeners.set(channel, listener),
      removeListener: (channel: string) => listeners.delete(channel),
    },
  };
  vm.runInNewContext(code, {
    require: (name: string) => {
      assert.equal(name, 'electron');
      return electron;
    },
  });
  assert.deepEqual(Object.keys(exposed), ['paracord']);
  const bridge = exposed.paracord!;
  assert.deepEqual(Object.keys(bridge).sort(), ['node', 'onChange', 'onLink', 'onShellChange', 'shell']);
  await bridge.node?.('status', {}, 'de');
  await bridge.shell?.(Object.keys(shellContract)[0], {}, 'de');
  assert.deepEqual(invoked, [
    ['node:status', {}, 'de'],
    ['shell:shell', {}, 'de'],
  ]);
  const heard: unknown[][] = [];
  const stop = bridge.onChange?.((...args: unknown[]) => void heard.push(args)) as () => void;
  bridge.onLink?.((...args: unknown[]) => void heard.push(args));
  listeners.get('news:change')?.({ sender: 'the whole ipcRenderer' }, { topic: 'keys' });
  listeners.get('news:link')?.({ sender: 'the whole ipcRenderer' });
  assert.deepEqual(heard, [[{ topic: 'keys' }], []]);
  stop();
  assert.equal(listeners.has('news:change'), false);
});
