/** Runs the app as `vite build` and the packager make it, with the stand-in in Electron's place. */
import assert from 'node:assert/strict';
import { existsSync, globSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { builtinModules, createRequire } from 'node:module';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import vm from 'node:vm';
import { extractAll, listPackage, statFile } from '@electron/asar';
import { createBuilder, parseAst } from 'vite';
import { contract } from '../../../shared/api/contract.ts';
import { shellContract } from '../../../shared/api/shell.ts';
import { nativeNeeds, nativeProcessor } from '../../support/electron/native-files.ts';
import {
  manifest,
  type Processor,
  pack,
  packedFiles,
  platformName,
  processors,
  root,
  systems,
} from '../../support/electron/packager.ts';
import { runPackedApp } from '../../support/electron/packed-app.ts';
import { tempDir } from '../../support/temp.ts';

const bundle = join(root, 'dist', 'desktop');

const index = join(root, 'dist', 'renderer', 'index.html');

/** Builds from what is here now. The screens take longer, so they are built only if the test run hasn't done it. */
async function build(): Promise<void> {
  const configFile = join(root, 'vite.config.ts');
  const builder = await createBuilder({ root, configFile, logLevel: 'error' });
  const screens = existsSync(index) ? [] : ['client'];
  for (const name of ['desktop', 'preload', ...screens]) await builder.build(builder.environments[name]!);
}

/** The archive as the packaged app sees it, in a folder from which nothing else of this project can be found. */
async function unpacked(t: TestContext): Promise<string> {
  const folder = tempDir(t);
  const app = join(folder, 'app');
  extractAll(await pack('linux', process.arch as Processor, folder), app);
  return app;
}

test('the packed app runs: window, page, bridge, workers, and quitting', async (t) => {
  await build();
  await runPackedApp(t, await unpacked(t));
});

const bundleFiles = (): string[] => readdirSync(bundle).filter((name) => name.endsWith('.js'));
const importsOf = /^import .*from "([^".][^"]*)";$|\bimport\("([^".][^"]*)"\)/gm;
const systemLibraries = {
  linux: /^(?:lib(?:c|m|stdc\+\+|gcc_s)\.so\.\d+|ld-linux-[\w-]+\.so\.\d)$/,
  win: /^(?:kernel32|advapi32)\.dll$/,
  mac: /^\/usr\/lib\/lib(?:c\+\+\.1|System\.B)\.dylib$/,
};

interface ImportStatement {
  readonly type: string;
  readonly source: { readonly value: string };
  readonly specifiers: readonly { readonly type: string; readonly imported: { readonly name: string } }[];
}

/** Functions have their own awaits. */
function awaitsAtTopLevel(node: unknown): boolean {
  if (typeof node !== 'object' || node === null) return false;
  if (Array.isArray(node)) return node.some(awaitsAtTopLevel);
  const { type, ...parts } = node as { type?: string };
  if (type === 'AwaitExpression' || (type === 'ForOfStatement' && Object(node).await === true)) return true;
  if (type !== undefined && /Function|MethodDefinition/.test(type)) return false;
  return Object.values(parts).some(awaitsAtTopLevel);
}

test('every worker that the bundle starts is next to it', () => {
  // A part that a worker shares is a file of its own, in the same folder.
  const text = bundleFiles().map((name) => readFileSync(join(bundle, name), 'utf8'));
  const starts = /new URL\("\.\/([\w-]+-worker\.js)"/g;
  const workers = [...text.join('\n').matchAll(starts)].map(([, name]) => name ?? '');
  assert.deepEqual(workers.sort(), [
    'backup-worker.js',
    'check-worker.js',
    'drill-worker.js',
    'log-worker.js',
    'restore-worker.js',
    'verify-worker.js',
  ]);
  for (const name of workers) assert.ok(existsSync(join(bundle, name)), name);
});

test('every import of the bundle is in the archive, and Node.js is not', async (t) => {
  const app = await unpacked(t);
  const packed = createRequire(join(app, manifest.main));
  const imported = bundleFiles()
    .flatMap((name) => [...readFileSync(join(bundle, name), 'utf8').matchAll(importsOf)])
    .map(([, named, dynamic]) => named ?? dynamic ?? '')
    .filter((name) => !name.startsWith('node:') && !builtinModules.includes(name) && name !== 'electron');
  assert.ok(imported.length > 5);
  for (const name of imported) assert.ok(packed.resolve(name).startsWith(app), name);
  assert.deepEqual(globSync('node_modules/node-{bin,darwin,linux,win}-*', { cwd: app }), []);
  assert.equal(existsSync(join(app, 'node_modules/electron')), false);
});

test('each installer contains the screens, icons, workers, and the native modules of its own system only', async (t) => {
  for (const system of systems)
    for (const arch of processors) {
      const folder = tempDir(t);
      const archive = await pack(system, arch, folder);
      const listed = listPackage(archive, { isPack: false }).map((name) => name.slice(1));
      for (const name of [
        'package.json',
        manifest.main,
        'dist/desktop/preload.cjs',
        'dist/desktop/backup-worker.js',
        'dist/desktop/check-worker.js',
        'dist/desktop/drill-worker.js',
        'dist/desktop/log-worker.js',
        'dist/desktop/restore-worker.js',
        'dist/desktop/verify-worker.js',
        'dist/renderer/index.html',
        'build/icons/256x256.png',
        'build/icons/tray/ok.png',
        'build/icons/tray/okTemplate@2x.png',
        'build/icons/tray/ok.ico',
      ])
        assert.ok(listed.includes(name), `${system} ${arch}: ${name}`);
      assert.deepEqual(
        listed.filter((name) => /\.(?:node|bare)$/.test(name)),
        [
          `node_modules/better-sqlite3/prebuilds/${platformName[system]}-${arch}.node`,
          `node_modules/sodium-native/prebuilds/${platformName[system]}-${arch}/sodium-native.node`,
        ],
      );
      for (const name of listed.filter((one) => one.endsWith('.node'))) {
        assert.equal(Object(statFile(archive, name)).unpacked, true, `${name} is outside of the archive`);
        const file = readFileSync(join(`${archive}.unpacked`, name));
        assert.equal(nativeProcessor(file), arch, name);
        const { libraries, glibc } = nativeNeeds(file);
        // The deb and docs/install.md ask for 2.34, and Electron brings none of these libraries.
        if (glibc !== null) assert.ok(Number(glibc.slice(2)) <= 34, `${name} needs glibc ${glibc}`);
        for (const library of libraries) assert.match(library, systemLibraries[system], name);
      }
      const bytes = packedFiles(system, arch).reduce((sum, name) => sum + statSync(root + name).size, 0);
      t.diagnostic(`${system} ${arch}: ${(bytes / 1e6).toFixed(1)} MB of our own beside Electron`);
      // The emoji for systems without any are 6 MB of that.
      assert.ok(bytes < 28e6, `${system} ${arch} is ${bytes} bytes`);
    }
});

test('the bundle does nothing that Electron or the packed layout would not do', () => {
  for (const name of bundleFiles()) {
    const text = readFileSync(join(bundle, name), 'utf8');
    const { body } = parseAst(text);
    // Electron waits for the first turn of the module before it is ready: what has to come before would come too late.
    assert.equal(awaitsAtTopLevel(body), false, `${name} awaits while it is loaded`);
    assert.doesNotMatch(text, /new URL\(["'][^"']*\.ts["'],/, `${name} names a source file`);
    // `runAsNode` is off: a child of ours would be a second app.
    assert.doesNotMatch(text, /\bfork\(|execArgv/, name);
    assert.doesNotMatch(text, /\b(?:spawn|exec|execFile)(?:Sync)?\(\s*process\.execPath/, name);
  }
});

test('the bundle uses only the parts of node:crypto and node:tls that are known to work with BoringSSL', () => {
  const used = { 'node:crypto': new Set<string>(), 'node:tls': new Set<string>() };
  for (const name of bundleFiles())
    for (const { type, source, specifiers } of parseAst(readFileSync(join(bundle, name), 'utf8'))
      .body as unknown as readonly ImportStatement[])
      if (type === 'ImportDeclaration' && (source.value === 'node:crypto' || source.value === 'node:tls'))
        for (const { type: kind, imported } of specifiers)
          used[source.value].add(kind === 'ImportSpecifier' ? imported.name : '(everything)');
  // Before you add a name: is it in Electron's Node.js, and does it do the same there?
  assert.deepEqual([...used['node:crypto']].sort(), [
    'X509Certificate',
    'createCipheriv',
    'createECDH',
    'createHash',
    'createHmac',
    'createPrivateKey',
    'generateKeyPairSync',
    'hash',
    'randomBytes',
    'randomInt',
    'randomUUID',
    'sign',
    'timingSafeEqual',
  ]);
  assert.deepEqual([...used['node:tls']].sort(), [
    'TLSSocket',
    'checkServerIdentity',
    'connect',
    'createSecureContext',
    'createServer',
  ]);
});

test('the app uses no part of Electron that is deprecated', () => {
  const types = readFileSync(createRequire(import.meta.url).resolve('electron/electron.d.ts'), 'utf8');
  const deprecated = [...types.matchAll(/\* @deprecated[^/]*\*\/\s+(\w+)/g)].map(([, name]) => name ?? '');
  assert.ok(deprecated.length > 5);
  const code = bundleFiles()
    .map((name) => readFileSync(join(bundle, name), 'utf8'))
    .join('\n');
  const uses = (name: string): boolean =>
    new RegExp(`\\b(?:app|safeStorage|session|contents|window|webContents)\\.${name}\\b`).test(code);
  // The one that is deprecated is a member of an event; a window has one, too.
  assert.deepEqual(
    deprecated.filter((name) => name !== 'webContents' && uses(name)),
    [],
  );
});

type Call = (...args: unknown[]) => unknown;
interface Exposed {
  readonly node: Readonly<Record<string, Call>>;
  readonly shell: Readonly<Record<string, Call>>;
  readonly onChange: Call;
  readonly onLink: Call;
}

test('the preload requires electron alone, and gives the page a function for each procedure, and no event', async () => {
  const code = readFileSync(join(bundle, 'preload.cjs'), 'utf8');
  const exposed: Record<string, Exposed> = {};
  const listeners = new Map<string, (...args: unknown[]) => void>();
  const invoked: unknown[][] = [];
  const electron = {
    contextBridge: {
      exposeInMainWorld: (name: string, api: Exposed) => {
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
  assert.deepEqual(Object.keys(bridge.node), Object.keys(contract));
  assert.deepEqual(Object.keys(bridge.shell), Object.keys(shellContract));
  await bridge.node.status?.({}, 'de');
  await bridge.shell.shell?.({}, 'de', 'and what a page would add');
  assert.deepEqual(invoked, [
    ['node:status', {}, 'de'],
    ['shell:shell', {}, 'de'],
  ]);
  const heard: unknown[][] = [];
  const stop = bridge.onChange((...args: unknown[]) => void heard.push(args)) as () => void;
  bridge.onLink((...args: unknown[]) => void heard.push(args));
  listeners.get('news:change')?.({ sender: 'the whole ipcRenderer' }, { topic: 'keys' });
  listeners.get('news:link')?.({ sender: 'the whole ipcRenderer' });
  assert.deepEqual(heard, [[{ topic: 'keys' }], []]);
  stop();
  assert.equal(listeners.has('news:change'), false);
});
