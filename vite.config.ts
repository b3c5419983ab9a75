import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig, type EnvironmentOptions, minify, type Plugin } from 'vite';

const main = (file: string): string => fileURLToPath(new URL(`main/${file}`, import.meta.url));
const renderer = (file: string): string => fileURLToPath(new URL(`renderer/${file}`, import.meta.url));
const dist = (folder: string): string => fileURLToPath(new URL(`dist/${folder}`, import.meta.url));

/**
 * The desktop app's own code. What it needs from node_modules stays there, because native modules cannot be bundled
 * and Electron's packager brings the rest along.
 */
const desktop = {
  consumer: 'server',
  resolve: { external: true, noExternal: [] },
  build: {
    outDir: dist('desktop'),
    emptyOutDir: true,
    target: 'node24',
    minify: false,
    rolldownOptions: {
      input: {
        main: main('desktop/main.ts'),
        // Started as threads, by their file's name.
        'verify-worker': main('crypto/verify-worker.ts'),
        'backup-worker': main('store/backup/backup-worker.ts'),
        'log-worker': main('store/log-worker.ts'),
        'check-worker': main('store/check/check-worker.ts'),
        'drill-worker': main('store/backup/drill-worker.ts'),
        'restore-worker': main('store/backup/restore-worker.ts'),
      },
      external: ['electron'],
      output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
    },
  },
} satisfies EnvironmentOptions;

/** The node without a window, for installs: Node.js does not run TypeScript that lies in node_modules. */
const node: EnvironmentOptions = {
  ...desktop,
  build: {
    ...desktop.build,
    outDir: dist('node'),
    rolldownOptions: {
      ...desktop.build.rolldownOptions,
      input: {
        main: main('cli/main.ts'),
        'verify-worker': main('crypto/verify-worker.ts'),
        'backup-worker': main('store/backup/backup-worker.ts'),
        'log-worker': main('store/log-worker.ts'),
        'check-worker': main('store/check/check-worker.ts'),
        'drill-worker': main('store/backup/drill-worker.ts'),
        'restore-worker': main('store/backup/restore-worker.ts'),
      },
    },
  },
};

/** A sandboxed preload is CommonJS, may require `electron` alone, and is one file. */
const preload: EnvironmentOptions = {
  consumer: 'server',
  resolve: { noExternal: true },
  build: {
    outDir: dist('desktop'),
    emptyOutDir: false,
    target: 'chrome140',
    minify: false,
    rolldownOptions: {
      input: { preload: main('desktop/bridge/preload.ts') },
      external: ['electron'],
      output: { format: 'cjs', entryFileNames: '[name].cjs' },
    },
  },
};

/** `new Worker(new URL('./x.ts', import.meta.url))` names a source file; its built form is next to the bundle. */
const workersBesideTheBundle: Plugin = {
  name: 'workers-beside-the-bundle',
  applyToEnvironment: ({ name }) => name === 'desktop' || name === 'node',
  renderChunk: (code) => ({
    code: code.replace(/(new URL\((["'])\.\/[\w-]+-worker)\.ts\2/g, '$1.js$2'),
    map: null,
  }),
};

/**
 * V8 keeps the text of a program in memory, with two bytes for each character if one of them is above U+00FF. So the
 * bundles have no comments, and such characters are escaped. Names and lines stay, for the stack traces of bug reports.
 */
const smallText: Plugin = {
  name: 'small-text',
  applyToEnvironment: ({ name }) => name === 'desktop' || name === 'node',
  async generateBundle(_options, bundle) {
    const codegen = { removeWhitespace: false };
    const escaped = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
    for (const chunk of Object.values(bundle)) {
      if (chunk.type !== 'chunk') continue;
      const small = await minify(chunk.fileName, chunk.code, { compress: false, mangle: false, codegen });
      if (small.errors.length > 0) throw new Error(small.errors.map(({ message }) => message).join('\n'));
      // Without comments, they are in strings, templates and regular expressions only.
      chunk.code = small.code.replace(/[^\0-\xff]/g, escaped);
    }
  },
};

/** The files that a phone shows the app by, and that it keeps to open the app while the server is away. */
const shell: Plugin = {
  name: 'shell',
  enforce: 'post',
  applyToEnvironment: ({ name }) => name === 'client',
  generateBundle(_options, bundle) {
    const icons = ['180', '192', '512', 'maskable-192', 'maskable-512', 'badge'];
    for (const icon of icons)
      this.emitFile({
        type: 'asset',
        fileName: `icons/${icon}.png`,
        source: readFileSync(new URL(`build/icons/phone/${icon}.png`, import.meta.url)),
      });
    const { 'index.html': html, 'worker.js': worker } = bundle;
    if (html?.type !== 'asset' || worker?.type !== 'chunk') throw new Error('no page, or no worker');
    // The dictionary that rates passphrases is needed by nobody who is logged in, and typefaces are kept once used.
    const isDictionary = (name: string) =>
      bundle[name]?.type === 'chunk' && bundle[name].code.length > 500_000;
    const entry = /src="\.\/(assets\/index-[^"]+\.js)"/.exec(String(html.source))?.[1];
    const files = Object.keys(bundle)
      .filter((name) => /^assets\/.*\.(?:js|css|svg)$/.test(name) && (name === entry || !isDictionary(name)))
      .sort();
    const all = [...Object.keys(bundle).sort(), worker.code, String(html.source)].join('\n');
    const build = createHash('sha256').update(all).digest('hex').slice(0, 16);
    html.source = String(html.source).replace(
      '<title>',
      `<meta name="build" content="${build}">\n    <title>`,
    );
    const shown = ['/', ...files.map((name) => `/${name}`), '/icons/192.png', '/icons/badge.png'];
    worker.code = worker.code.replaceAll('__SHELL__', JSON.stringify({ build, files: shown }));
  },
};

/** The licenses of the typefaces and names that are built into the screens, beside them, as they ask for. */
const licenses: Plugin = {
  name: 'licenses',
  applyToEnvironment: ({ name }) => name === 'client',
  generateBundle() {
    for (const [name, folder] of [
      ['inter', 'node_modules/@fontsource-variable/inter'],
      ['noto-color-emoji', 'node_modules/@fontsource/noto-color-emoji'],
      ['emojibase-data', 'renderer/screens/rooms/emoji'],
    ])
      this.emitFile({
        type: 'asset',
        fileName: `licenses/${name}.txt`,
        source: readFileSync(new URL(`${folder}/LICENSE`, import.meta.url)),
      });
  },
};

const client: EnvironmentOptions = {
  build: {
    rolldownOptions: {
      input: { index: renderer('index.html'), worker: renderer('worker.ts') },
      output: {
        // Its address is where a browser looks for a newer one.
        entryFileNames: ({ name }) => (name === 'worker' ? 'worker.js' : 'assets/[name]-[hash].js'),
      },
    },
  },
};

/** The screens, for the window and the console alike: `dist/renderer`. No address is absolute, so both can serve it. */
export default defineConfig({
  root: 'renderer',
  // A checkout may be built through a link (build/prepare.mjs).
  resolve: { preserveSymlinks: true },
  base: './',
  publicDir: false,
  plugins: [svelte({ configFile: false }), workersBesideTheBundle, smallText, licenses, shell],
  build: {
    outDir: '../dist/renderer',
    emptyOutDir: true,
    // A page under `default-src 'none'` takes no data: URLs.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // The first script comes from next door; the largest one is the dictionary that rates passphrases, loaded on demand.
    chunkSizeWarningLimit: 1300,
    // How long the build took doesn't matter here.
    rolldownOptions: { checks: { pluginTimings: false } },
  },
  environments: { client, desktop, node, preload },
  builder: {
    async buildApp({ build, environments }) {
      for (const name of ['desktop', 'node', 'preload', 'client'] as const) await build(environments[name]!);
    },
  },
});
