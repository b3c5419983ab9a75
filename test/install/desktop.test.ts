/**
 * The app as electron-builder itself packs it, around files that stand in for Electron's runtime: what goes into the
 * archive and what it writes beside it. `npm test` follows its sources instead (test/support/electron/packager.ts); here
 * that is compared with what it really does.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { extractAll, listPackage } from '@electron/asar';
import { builder, infoPlist, manifest, packedFiles, root } from '../support/electron/packager.ts';
import { runPackedApp } from '../support/electron/packed-app.ts';
import { tempDir } from '../support/temp.ts';

const golden = join(root, 'test/support/electron/golden');

function electronBuilder(): string {
  const folder = join(root, 'build/node_modules');
  if (!existsSync(folder))
    execFileSync('npm', ['ci', '--ignore-scripts', '--prefix', join(root, 'build')], { stdio: 'inherit' });
  return folder;
}

/** The files of Electron's distribution that electron-builder reads or renames. */
function runtimeStandIn(t: TestContext): string {
  const dir = tempDir(t);
  const contents = join(dir, 'Electron.app/Contents');
  const plist = (folder: string): void => cpSync(join(golden, 'Electron.plist'), join(folder, 'Info.plist'));
  for (const folder of ['MacOS', 'Resources', 'Frameworks'])
    mkdirSync(join(contents, folder), { recursive: true });
  for (const name of ['MacOS/Electron', 'Resources/electron.icns']) writeFileSync(join(contents, name), '');
  plist(contents);
  for (const kind of ['', ' (GPU)', ' (Plugin)', ' (Renderer)']) {
    const helper = join(contents, `Frameworks/Electron Helper${kind}.app/Contents`);
    mkdirSync(join(helper, 'MacOS'), { recursive: true });
    writeFileSync(join(helper, `MacOS/Electron Helper${kind}`), '');
    plist(helper);
  }
  for (const name of ['electron', 'LICENSE', 'version', 'chrome-sandbox']) writeFileSync(join(dir, name), '');
  return dir;
}

/** The folder of the unpacked app's resources. */
function pack(t: TestContext, system: 'linux' | 'mac', arch: 'x64' | 'arm64'): string {
  const folder = electronBuilder();
  const output = tempDir(t);
  const config = join(output, 'builder.json');
  const { electronFuses: _inABinary, ...others } = builder;
  const mac = { ...builder.mac, notarize: false, identity: null };
  const directories = { output, buildResources: 'build' };
  writeFileSync(config, JSON.stringify({ ...others, mac, directories, electronDist: runtimeStandIn(t) }));
  const args = [
    `--${system}`,
    'dir',
    `--${arch}`,
    '--publish',
    'never',
    '--project',
    root,
    '--config',
    config,
  ];
  execFileSync(process.execPath, [join(folder, 'electron-builder/cli.js'), ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return system === 'linux'
    ? join(output, 'linux-unpacked/resources')
    : join(output, `mac-${arch}/${builder.productName}.app/Contents/Resources`);
}

/** Leaves what makes a difference: our files, and the packages and native modules, wherever npm has put them. */
const ofNote = (names: readonly string[]): string[] =>
  [
    ...new Set(
      names.flatMap((name) =>
        name.startsWith('node_modules')
          ? [
              /.*node_modules\/((?:@[^/]+\/)?[^/]+\/package\.json)$/,
              /.*node_modules\/(.*\.(?:node|bare))$/,
            ].flatMap((pattern) => pattern.exec(name)?.[1] ?? [])
          : /\.\w+$/.test(name)
            ? [name]
            : [],
      ),
    ),
  ].sort();

test('electron-builder knows every setting in electron-builder.yml, and accepts its value', async () => {
  const load = createRequire(join(electronBuilder(), 'electron-builder/cli.js'));
  const { validateConfiguration } = load('app-builder-lib/out/util/config/config.js') as {
    validateConfiguration(config: object, log: object): Promise<void>;
  };
  await validateConfiguration(structuredClone(builder), { isEnabled: false });
  await assert.rejects(
    validateConfiguration({ ...builder, nsis: { oneClick: 'yes' } }, { isEnabled: false }),
  );
});

test('electron-builder packs what the tests expect, and the app runs from that', async (t) => {
  const resources = pack(t, 'linux', process.arch as 'x64' | 'arm64');
  const archive = join(resources, 'app.asar');
  const listed = listPackage(archive, { isPack: false }).map((name) => name.slice(1));
  assert.deepEqual(ofNote(listed), ofNote(packedFiles('linux', process.arch as 'x64' | 'arm64')));
  const app = join(tempDir(t), 'app');
  extractAll(archive, app);
  await runPackedApp(t, app);
});

test('electron-builder writes the Info.plist and the AppRun that were recorded', (t) => {
  const resources = pack(t, 'mac', 'arm64');
  const written = readFileSync(join(resources, '../Info.plist'), 'utf8');
  const hash = /<string>([0-9a-f]{64})<\/string>/.exec(written)?.[1] ?? '';
  assert.equal(written, infoPlist(readFileSync(join(golden, 'Electron.plist'), 'utf8'), hash));
  const listed = listPackage(join(resources, 'app.asar'), { isPack: false }).map((name) => name.slice(1));
  assert.deepEqual(ofNote(listed), ofNote(packedFiles('mac', 'arm64')));

  const { generateAppRunScript } = createRequire(join(electronBuilder(), 'electron-builder/cli.js'))(
    'app-builder-lib/out/targets/appimage/appImageUtil.js',
  ) as { generateAppRunScript(config: object): string };
  const { executableName } = builder.linux;
  const script = generateAppRunScript({
    DesktopFileName: manifest.desktopName,
    ExecutableName: executableName,
    ProductName: builder.productName,
    ProductFilename: builder.productName,
    ResourceName: `appimagekit-${executableName}`,
  });
  assert.equal(script, readFileSync(join(golden, 'AppRun'), 'utf8'));
});
