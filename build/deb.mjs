// Builds the Debian package of the node without a window, into release/: `npm run package:deb`. It contains what `npm ci`
// installed for this machine's architecture, Node.js included, and needs dpkg-deb.

import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const project = fileURLToPath(new URL('..', import.meta.url));
const manifest = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'));
const { name, version, description } = manifest;
const architecture = execFileSync('dpkg', ['--print-architecture'], { encoding: 'utf8' }).trim();
const stage = join(project, 'release', 'deb');
const home = `/usr/lib/${name}`;

/** The Node.js that npm installed for this machine. It becomes `bin/node`. */
const nodePackage = `node-linux-${process.arch}`;
/** Of the window, for building, or put elsewhere. */
const unneeded = new Set(['electron-updater', nodePackage, 'typescript']);

function copyProgram() {
  for (const path of [
    'package.json',
    'README.md',
    'LICENSE',
    'main/cli/bin.mjs',
    'dist/node',
    'dist/renderer',
  ])
    copy(join(project, path), `${home}/${path}`);
  copy(join(project, `node_modules/${nodePackage}/bin/node`), `${home}/bin/node`, 0o755);
  write(`/usr/bin/${name}`, `#!/bin/sh\nexec ${home}/bin/node ${home}/main/cli/bin.mjs "$@"\n`, 0o755);
}

/** What npm says the program needs while it runs, without built parts for other systems. */
function copyModules() {
  const listed = execFileSync('npm', ['ls', '--omit=dev', '--all', '--parseable'], {
    cwd: project,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const own = `${process.platform}-${process.arch}`;
  const folders = listed
    .split('\n')
    .filter((folder) => folder.startsWith(join(project, 'node_modules') + sep))
    .filter((folder) => !folder.split(sep).some((part) => unneeded.has(part)));
  for (const folder of folders)
    cpSync(folder, join(stage, home, relative(project, folder)), {
      recursive: true,
      // A nested package is listed on its own.
      filter: (path) => {
        const [first, second] = relative(folder, path).split(sep);
        return (
          first !== 'node_modules' &&
          (first !== 'prebuilds' || !second || second.replace(/\.node$/, '') === own)
        );
      },
    });
}

function writeSystemFiles() {
  const unit = readFileSync(join(project, 'build/paracord-node.service'), 'utf8');
  write(`/usr/lib/systemd/system/${name}.service`, packagedUnit(unit));
  write(
    `/etc/${name}.env`,
    '# Flags of the node; see man paracord-node. For example:\n# FLAGS=--public-url=https://chat.example:8448\n',
  );
  write(`/usr/share/man/man1/${name}.1`, share('1'));
  write(`/usr/share/bash-completion/completions/${name}`, share('bash'));
  write(`/usr/share/zsh/vendor-completions/_${name}`, share('zsh'));
  write(`/usr/share/fish/vendor_completions.d/${name}.fish`, share('fish'));
}

const share = (ending) => readFileSync(join(project, 'dist/share', `${name}.${ending}`), 'utf8');

/** The unit of a checkout, for the package's paths and user. */
function packagedUnit(unit) {
  const changes = [
    [/^(?:#.*\n)+\n/, ''],
    [/^Documentation=.*$/m, `Documentation=man:${name}(1)`],
    [/^DynamicUser=yes$/m, `User=${name}`],
    [/^WorkingDirectory=.*$/m, `WorkingDirectory=/var/lib/${name}`],
    [/^ExecStart=\S+ \S+/m, `ExecStart=/usr/bin/${name}`],
  ];
  return changes.reduce((text, [from, to]) => {
    if (!from.test(text)) throw new Error(`build/paracord-node.service has no line like ${from}.`);
    return text.replace(from, to);
  }, unit);
}

function writeControlFiles() {
  const [summary] = description.split(':');
  const fields = [
    `Package: ${name}`,
    `Version: ${version}`,
    `Architecture: ${architecture}`,
    'Maintainer: The Paracord Node project <noreply@paracord.invalid>',
    'Section: net',
    'Priority: optional',
    'Depends: libc6 (>= 2.34), libstdc++6, adduser',
    'Recommends: ca-certificates',
    `Description: ${summary}`,
    ` ${description}`,
  ];
  write('/DEBIAN/control', `${fields.join('\n')}\n`);
  write('/DEBIAN/conffiles', `/etc/${name}.env\n`);
  write('/DEBIAN/postinst', script(postinst), 0o755);
  write('/DEBIAN/prerm', script(prerm), 0o755);
  write('/DEBIAN/postrm', script(postrm), 0o755);
}

const postinst = `if [ "$1" = configure ]; then
  adduser --system --group --quiet --home /var/lib/${name} --no-create-home ${name}
  install -d -o ${name} -g ${name} -m 0700 /var/lib/${name}
  if [ -d /run/systemd/system ]; then
    systemctl daemon-reload
    # Two servers on one machine would want the same port.
    if dpkg-query -W -f='\${Status}' ${name}-desktop 2>/dev/null | grep -q '^install ok installed'; then
      systemctl try-restart ${name}.service
      echo "The desktop app is installed here, so the service isn't started. The app and the service have different data folders: see docs/install.md. To start the service: systemctl enable --now ${name}"
    else
      systemctl enable --quiet ${name}.service
      systemctl restart ${name}.service
      echo "Paracord Node is running. Its console link: journalctl -u ${name}"
    fi
  fi
fi`;

const prerm = `if [ "$1" = remove ] && [ -d /run/systemd/system ]; then
  systemctl disable --now --quiet ${name}.service
fi`;

const postrm = `if [ -d /run/systemd/system ]; then systemctl daemon-reload; fi
if [ "$1" = purge ] && [ -d /var/lib/${name} ]; then
  echo "The server's identity and messages are still in /var/lib/${name}. Delete that folder if nobody needs them."
fi`;

function script(body) {
  return `#!/bin/sh\nset -e\n${body}\n`;
}

function copy(from, to, mode) {
  mkdirSync(dirname(join(stage, to)), { recursive: true });
  cpSync(from, join(stage, to), { recursive: true, dereference: true });
  if (mode !== undefined) chmodSync(join(stage, to), mode);
}

function write(path, text, mode = 0o644) {
  mkdirSync(dirname(join(stage, path)), { recursive: true });
  writeFileSync(join(stage, path), text);
  chmodSync(join(stage, path), mode);
}

rmSync(stage, { recursive: true, force: true });
if (!existsSync(join(project, 'dist/share')))
  throw new Error('dist/ is incomplete. Run npm run build first.');
copyProgram();
copyModules();
writeSystemFiles();
writeControlFiles();
const file = join(project, 'release', `${name}_${version}_${architecture}.deb`);
execFileSync('dpkg-deb', ['--build', '--root-owner-group', '-Zzstd', stage, file], { stdio: 'inherit' });
