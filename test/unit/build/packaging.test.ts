/** Until a release, nothing else reads the files that installers are made of, so these tests do. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { isSupported } from '../../../build/electron-supported.ts';
import { wrongFuses } from '../../../build/read-fuses.ts';
import { withElectron } from '../../../build/sbom.ts';
import { activatorId, appId, appName } from '../../../main/desktop/host.ts';
import {
  appImageExec,
  builder,
  desktopEntry,
  infoPlist,
  manifest,
  root,
  yaml,
} from '../../support/electron/packager.ts';
import { tempDir } from '../../support/temp.ts';

const read = (path: string): string => readFileSync(root + path, 'utf8');

interface Workflow {
  readonly jobs: Readonly<
    Record<
      string,
      {
        readonly needs?: string | readonly string[];
        readonly permissions?: Readonly<Record<string, string>>;
        readonly strategy?: { readonly matrix: { readonly include: readonly { readonly os: string }[] } };
        readonly steps: readonly {
          readonly uses?: string;
          readonly run?: string;
          readonly env?: Readonly<Record<string, string>>;
        }[];
      }
    >
  >;
}

test('the packager’s file names the same app, and links lead to it', () => {
  assert.equal(builder.appId, appId);
  assert.equal(builder.productName, appName);
  assert.deepEqual(builder.protocols[0]?.schemes, ['paracord']);
  assert.equal(JSON.parse(read('package.json')).main, 'dist/desktop/main.js');
});

test('the fuses are set as they have to be', () => {
  const { resetAdHocDarwinSignature, ...fuses } = builder.electronFuses;
  assert.deepEqual(fuses, {
    runAsNode: false,
    enableCookieEncryption: false,
    enableNodeOptionsEnvironmentVariable: false,
    enableNodeCliInspectArguments: false,
    enableEmbeddedAsarIntegrityValidation: true,
    onlyLoadAppFromAsar: true,
    loadBrowserProcessSpecificV8Snapshot: false,
    grantFileProtocolExtraPrivileges: false,
  });
  assert.equal(resetAdHocDarwinSignature, true);
});

test('every platform has its installers, and native modules lie outside the archive', () => {
  const targets = (platform: 'linux' | 'win' | 'mac') =>
    builder[platform].target.map(({ target, arch }) => `${target} ${arch.join(' ')}`);
  assert.deepEqual(targets('linux'), [
    'deb x64 arm64',
    'rpm x64 arm64',
    'AppImage x64 arm64',
    'tar.gz x64 arm64',
  ]);
  assert.ok(targets('win').some((target) => target.startsWith('nsis')));
  assert.ok(targets('mac').some((target) => target.startsWith('dmg')));
  assert.deepEqual(builder.asarUnpack, ['**/*.node']);
  assert.equal(builder.npmRebuild, false);
  // A list for all systems, together with one that only excludes something, would pack the whole project.
  assert.equal('files' in builder, false);
  const common = (platform: 'linux' | 'win' | 'mac') =>
    builder[platform].files.filter((pattern) => !pattern.includes('prebuilds'));
  for (const platform of ['linux', 'win', 'mac'] as const) {
    assert.deepEqual(common(platform), common('linux'));
    assert.ok(builder[platform].files.includes('!node_modules/node-{bin,darwin,linux,win}-*/**'));
    assert.ok(builder[platform].files.includes('dist/desktop/**'));
  }
});

test('Windows gets one installer for each processor, for the current user, which leaves nothing in the registry', () => {
  assert.deepEqual(builder.nsis, {
    oneClick: true,
    perMachine: false,
    buildUniversalInstaller: false,
    deleteAppDataOnUninstall: false,
  });
  const script = read('build/installer.nsh');
  assert.match(script, /^!macro customUnInstall\n {2}\$\{ifNot\} \$\{isUpdated\}$/m);
  for (const left of [
    'CurrentVersion\\Run"',
    'StartupApproved\\Run"',
    `CLSID\\${activatorId}`,
    'Classes\\paracord"',
  ])
    assert.ok(script.includes(left), left);
});

test('macOS shows why the app asks for the camera and the local network, and lets it work in the background', () => {
  const { mac } = builder;
  assert.deepEqual(mac.extendInfo, {
    NSCameraUsageDescription:
      'The camera reads the code of an invite that you hold up to it. Nothing is recorded or sent.',
    NSLocalNetworkUsageDescription:
      'Your server asks your router to forward a port, and connects to peers in your network.',
    LSAppNapIsDisabled: true,
  });
  assert.equal(mac.hardenedRuntime, true);
  for (const path of [mac.entitlements, mac.entitlementsInherit])
    assert.deepEqual(
      [...read(path).matchAll(/<key>(.*)<\/key>\s*<true\/>/g)].map(([, key]) => key),
      ['com.apple.security.cs.allow-jit', 'com.apple.security.device.camera'],
    );
});

const golden = (name: string): string => read(`test/support/electron/golden/${name}`);

test('the recorded output of electron-builder is from the version that makes the installers', () => {
  // For a new version: npm run test:install doesn't record, but fails if its output differs.
  assert.deepEqual(JSON.parse(read('build/package.json')).dependencies, { 'electron-builder': '26.17.0' });
});

test('macOS gets this Info.plist', () => {
  const wanted = golden('Info.plist').replaceAll('VERSION', manifest.version);
  assert.equal(infoPlist(golden('Electron.plist'), 'HASH'), wanted);
});

test('an AppImage starts the app with its own arguments, and without its sandbox only where there can be none', (t) => {
  const dir = tempDir(t);
  // A fuse mount has such a name; the app's own arguments may have spaces.
  const appDir = join(dir, '.mount_paracord X');
  mkdirSync(appDir);
  writeFileSync(join(appDir, 'AppRun'), golden('AppRun'), { mode: 0o755 });
  writeFileSync(join(appDir, builder.linux.executableName), '#!/bin/sh\nprintf "%s\\n" "$@"\n', {
    mode: 0o755,
  });
  const env: Record<string, string> = {};
  const started = (unshare: string, ...args: string[]): string[] => {
    writeFileSync(join(dir, 'unshare'), `#!/bin/sh\n${unshare}\n`, { mode: 0o755 });
    const PATH = `${dir}:${process.env.PATH}`;
    const out = execFileSync(join(appDir, 'AppRun'), args, {
      env: { ...env, PATH, APPDIR: appDir },
      encoding: 'utf8',
    });
    return out.split('\n').slice(0, -1).filter(Boolean);
  };
  const args = ['--background', '--data-dir=/home/ann/My data'];
  assert.deepEqual(started('exit 0', ...args), args);
  assert.deepEqual(started('exit 0'), []);
  assert.deepEqual(started('exit 1', ...args), ['--no-sandbox', ...args]);
  assert.deepEqual(started('exit 1', '--no-sandbox'), ['--no-sandbox']);
  // As the updater tries the new file (doInstall of AppImageUpdater): it starts no app, which our own start would find.
  env.APPIMAGE_EXIT_AFTER_INSTALL = 'true';
  assert.deepEqual(started('exit 0'), []);
});

test('the menu entry belongs to the window, and starts Chromium with its sandbox', () => {
  assert.equal(builder.linux.syncDesktopName, true);
  const entry = (exec: string, extra = ''): string => `[Desktop Entry]
Name=Paracord Node
Exec=${exec}
Terminal=false
Type=Application
Icon=paracord-node-desktop
StartupWMClass=paracord-node
${extra}Comment=Gives a small chat server at home a name and a key, and carries its rooms to the servers of friends.
MimeType=x-scheme-handler/paracord;
Categories=Network;
`;
  assert.equal(desktopEntry(), entry('"/opt/Paracord Node/paracord-node-desktop" %U'));
  // The static toolset; the default one needs FUSE 2, and would put --no-sandbox here.
  assert.equal(builder.toolsets.appimage, '1.0.3');
  assert.equal(
    desktopEntry(appImageExec(), { 'X-AppImage-Version': manifest.version }),
    entry('AppRun %U', `X-AppImage-Version=${manifest.version}\n`),
  );
});

test('an AppImage keeps its file name when it is updated', () => {
  assert.match(builder.artifactName, /\$\{version\}/);
  assert.match(builder.appImage.artifactName, /^paracord-node-\$\{arch\}\.\$\{ext\}$/);
});

test('the app and the node without a window are two Debian packages that own no file together', () => {
  const service = JSON.parse(read('package.json')).name;
  assert.notEqual(builder.deb.packageName, service);
  // The app's package makes a link with this name in /usr/bin, where the other one has its command line.
  assert.notEqual(builder.linux.executableName, service);
  assert.match(read('build/deb.mjs'), /`\/usr\/bin\/\$\{name\}`/);
});

test('the Debian package of the service leaves it off where the desktop app is installed', (t) => {
  const dir = tempDir(t);
  const [, body = ''] = /^const postinst = `([^`]*)`;$/m.exec(read('build/deb.mjs')) ?? [];
  const script = body
    .replace(/\\\$/g, '$')
    .replace(/\$\{name\}/g, 'paracord-node')
    .replaceAll('/run/systemd/system', dir);
  const fake = (name: string, text: string): void =>
    writeFileSync(join(dir, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  for (const name of ['adduser', 'install']) fake(name, '');
  fake('systemctl', 'echo "systemctl $1"');
  const configured = (query: string): string => {
    fake('dpkg-query', query);
    const env = { PATH: `${dir}:${process.env.PATH}` };
    return execFileSync('sh', ['-e', '-c', script, 'postinst', 'configure'], { env, encoding: 'utf8' });
  };
  assert.match(configured('exit 1'), /systemctl enable\nsystemctl restart\n/);
  assert.match(configured('echo deinstall ok config-files'), /systemctl restart/);
  const beside = configured('echo install ok installed');
  assert.doesNotMatch(beside, /enable\n|systemctl restart/);
  assert.match(beside, /systemctl try-restart\nThe desktop app is installed here/);
});

test('the deb asks for the C library that the native modules need, besides what Electron needs', () => {
  assert.equal(builder.deb.depends[0], 'libc6 (>= 2.34)');
  for (const library of ['libgtk-3-0', 'libnss3', 'libnotify4', 'libsecret-1-0'])
    assert.ok(builder.deb.depends.includes(library), library);
});

test('the release workflow is read as YAML, and runs actions by commit', () => {
  const workflow = yaml('.github/workflows/release.yml') as Workflow;
  const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);
  const used = steps.flatMap(({ uses }) => uses ?? []);
  assert.ok(used.length >= 5);
  for (const action of used) assert.match(action, /^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
  const commands = steps.map(({ run }) => run ?? '').join('\n');
  for (const wanted of [
    'npm run check',
    'npm test',
    'xvfb-run',
    'desktop-electron.test.ts',
    'npm run package',
    'npm sbom --package-lock-only --omit=dev',
    'electron-supported.ts',
    'read-fuses.ts',
    'build/sbom.ts',
    'codesign --verify --deep --strict',
    'test -x "$CHROMIUM_BIN"',
    '--clobber',
    '--draft',
  ])
    assert.ok(commands.includes(wanted), wanted);
});

test('every installer is started on a machine of its own kind before the draft, and attested', () => {
  const { jobs } = yaml('.github/workflows/release.yml') as Workflow;
  const machines = (name: string): unknown[] =>
    jobs[name]?.strategy?.matrix.include.map(({ os }) => os) ?? [];
  assert.deepEqual(machines('installers'), ['ubuntu-24.04', 'windows-2025', 'macos-15']);
  assert.deepEqual(machines('starts'), ['ubuntu-24.04-arm', 'windows-11-arm', 'macos-15-intel']);
  const { draft } = jobs;
  assert.deepEqual(draft?.needs, ['installers', 'starts']);
  assert.deepEqual(draft?.permissions, {
    contents: 'write',
    'id-token': 'write',
    attestations: 'write',
  });
  assert.ok(draft?.steps.some(({ uses }) => uses?.startsWith('actions/attest-build-provenance@')));
});

test('a secret reaches only the machine that uses it', () => {
  const { jobs } = yaml('.github/workflows/release.yml') as Workflow;
  const given = Object.values(jobs).flatMap(({ steps }) =>
    steps.flatMap(({ env }) => Object.values(env ?? {})),
  );
  const secret = given.filter((value) => value.includes('secrets.'));
  assert.equal(secret.length, 8);
  for (const value of secret) assert.match(value, /^\$\{\{ runner\.os == '(?:macOS|Windows)' && secrets\./);
});

test('the release signs for Windows with Azure’s service if its secrets are there', (t) => {
  const { jobs } = yaml('.github/workflows/release.yml') as Workflow;
  const step = jobs.installers?.steps.find(({ run }) => run?.includes('azureSignOptions'));
  const script = (step?.run ?? '').replaceAll(/\$\{\{ matrix\.(\w+) \}\}/g, '--$1');
  const bin = tempDir(t);
  for (const name of ['npm', 'git'])
    writeFileSync(join(bin, name), `#!/bin/sh\nprintf '[%s]' ${name} "$@"; echo\n`, { mode: 0o755 });
  const given = {
    ...Object.fromEntries(Object.keys(step?.env ?? {}).map((name) => [name, ''])),
    PATH: `${bin}:${process.env.PATH}`,
    APPLE_ID: 'a',
  };
  const packaged = (env: object) =>
    execFileSync('bash', ['-eo', 'pipefail', '-c', script], { env: { ...given, ...env }, encoding: 'utf8' })
      .split('\n')
      .filter((line) => line.includes('[package]'));
  for (const line of packaged({})) assert.doesNotMatch(line, /azure/);
  const azure = { AZURE_TENANT_ID: 't', AZURE_ENDPOINT: 'https://e', AZURE_ACCOUNT: 'acc' };
  const signed = packaged({ ...azure, AZURE_PROFILE: 'pro', AZURE_PUBLISHER: 'The Project' });
  assert.equal(signed.length, 2, 'the version before, too');
  const option = (name: string, value: string) => `[-c.win.azureSignOptions.${name}=${value}]`;
  // The fields that the schema of electron-builder 26.17.0 requires.
  for (const line of signed)
    for (const wanted of [
      option('endpoint', 'https://e'),
      option('codeSigningAccountName', 'acc'),
      option('certificateProfileName', 'pro'),
      option('publisherName', 'The Project'),
    ])
      assert.ok(line.includes(wanted), line);
});

test('the list of components names Electron, and the Chromium and Node.js in it', () => {
  const packages = { components: [{ type: 'library', name: 'koa', version: '3.3.0' }] };
  const versions = { electron: '45.4.1', chrome: '148.0.1', node: '24.9.0', zlib: '1.3', modules: '148' };
  const { components } = withElectron(packages, versions);
  assert.deepEqual(
    components.map(({ type, name, version }) => `${type} ${name} ${version}`),
    [
      'library koa 3.3.0',
      'framework electron 45.4.1',
      'library chromium 148.0.1',
      'library node.js 24.9.0',
      'library zlib 1.3',
    ],
  );
  assert.equal(components[1]?.purl, 'pkg:npm/electron@45.4.1');
  assert.match(String(components[2]?.cpe), /google:chrome:148\.0\.1/);
  assert.throws(() => withElectron(packages, { node: '24.9.0' }), /not the versions of an Electron/);
});

test('no package may run code of its own while it is installed, or needs to', () => {
  assert.match(read('.npmrc'), /^ignore-scripts=true$/m);
  const installs = [read('.github/workflows/release.yml'), read('package.json'), read('build/Dockerfile')]
    .flatMap((text) => text.split('\n'))
    .filter((line) => /npm ci\b/.test(line));
  assert.equal(installs.length, 6);
  for (const line of installs) assert.match(line, /--ignore-scripts/);
  const { packages } = JSON.parse(read('package-lock.json')) as {
    packages: Record<string, { hasInstallScript?: boolean }>;
  };
  const withScripts = Object.entries(packages).filter(([, { hasInstallScript }]) => hasInstallScript);
  assert.deepEqual(
    withScripts.map(([path]) => path),
    // The package has no such script: npm takes a file that describes how to compile it for one.
    ['node_modules/better-sqlite3'],
  );
});

test('the lock file pins the Node.js of every system', () => {
  const { optionalDependencies } = JSON.parse(read('package.json')) as Record<string, Record<string, string>>;
  const { packages } = JSON.parse(read('package-lock.json')) as {
    packages: Record<string, { version: string; integrity?: string; optional?: boolean }>;
  };
  const systems = ['bin-darwin-arm64', 'darwin-x64', 'linux-arm64', 'linux-x64', 'win-arm64', 'win-x64'];
  assert.deepEqual(
    Object.keys(optionalDependencies ?? {}),
    systems.map((system) => `node-${system}`),
  );
  for (const [name, version] of Object.entries(optionalDependencies ?? {})) {
    const { [`node_modules/${name}`]: locked } = packages;
    assert.deepEqual([locked?.version, locked?.optional], [version, true], name);
    assert.match(locked?.integrity ?? '', /^sha512-/, name);
    // Long-term support, for a program that strangers can connect to.
    assert.ok([24, 26].includes(Number(version.split('.')[0])), name);
  }
});

test('electron-builder finds its fields in package.json where no remote names a repository', () => {
  const { homepage, author } = JSON.parse(read('package.json')) as Record<string, string>;
  assert.match(homepage ?? '', /^https:\/\//);
  assert.match(author ?? '', /^.+ <.+@.+>$/);
});

test('a fuse with a wrong value, or one that Electron no longer has, is reported', () => {
  const numbers = { RunAsNode: 0, OnlyLoadAppFromAsar: 5 };
  const wire = { 0: '0'.charCodeAt(0), 5: '1'.charCodeAt(0) };
  assert.deepEqual(wrongFuses({ runAsNode: false, onlyLoadAppFromAsar: true }, wire, numbers), []);
  assert.deepEqual(wrongFuses({ runAsNode: true, onlyLoadAppFromAsar: false, gone: true }, wire, numbers), [
    'runAsNode: wanted on, found 0',
    'onlyLoadAppFromAsar: wanted off, found 1',
    'gone: Electron has no such fuse',
  ]);
  assert.deepEqual(wrongFuses({ runAsNode: false }, {}, numbers), ['runAsNode: wanted off, found ?']);
});

test('Electron is supported while it is one of the latest three majors', () => {
  assert.equal(isSupported('45.4.1', '45.0.0'), true);
  assert.equal(isSupported('45.4.1', '47.2.0'), true);
  assert.equal(isSupported('45.4.1', '48.0.0'), false);
  assert.equal(isSupported('45.4.1', 'what the registry said'), false);
});

test('nobody switches the sandbox off in the app', () => {
  const files = globSync('{main,build,.github}/**/*.{ts,mjs,yml,service,Dockerfile}', {
    cwd: root,
    exclude: ['build/node_modules/**'],
  });
  assert.ok(files.length > 100);
  const without = [...files, 'electron-builder.yml', 'vite.config.ts'].filter((path) =>
    /--no-sandbox|sandbox: false/.test(read(path)),
  );
  // It draws the icons, and is no part of the app.
  // The others check whether the system did.
  assert.deepEqual(without, [
    'build/icons.mjs',
    'main/desktop/process/before-start.ts',
    'main/desktop/process/restart.ts',
  ]);
});

const pngSize = (bytes: Buffer): string => {
  assert.equal(bytes.subarray(1, 4).toString(), 'PNG');
  return `${bytes.readUInt32BE(16)}x${bytes.readUInt32BE(20)}`;
};

test('the service waits for the network time where the system offers that', () => {
  const unit = read('build/paracord-node.service');
  for (const key of ['After', 'Wants'])
    assert.match(unit, new RegExp(`^${key}=.*\\btime-sync\\.target$`, 'm'));
});

test('the icons exist in all sizes', () => {
  const icon = (name: string) => readFileSync(`${root}build/icons/${name}`);
  for (const size of [16, 24, 32, 48, 64, 128, 256, 512, 1024])
    assert.equal(pngSize(icon(`${size}x${size}.png`)), `${size}x${size}`);
  const ico = icon('icon.ico');
  const sizes = Array.from({ length: ico.readUInt16LE(4) }, (_, at) => ico.readUInt8(6 + 16 * at) || 256);
  assert.deepEqual(sizes, [16, 20, 24, 32, 40, 48, 64, 256]);
  const icns = icon('icon.icns');
  assert.equal(icns.subarray(0, 4).toString(), 'icns');
  assert.equal(icns.readUInt32BE(4), icns.length);
  for (const state of ['ok', 'needs', 'broken', 'starting']) {
    assert.equal(pngSize(icon(`tray/${state}.png`)), '24x24');
    assert.equal(pngSize(icon(`tray/${state}@2x.png`)), '48x48');
    assert.equal(pngSize(icon(`tray/${state}Template.png`)), '18x18');
    assert.equal(pngSize(icon(`tray/${state}Template@2x.png`)), '36x36');
  }
});
