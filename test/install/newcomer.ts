/**
 * Someone with a fresh machine: a user without root, without build tools and without settings of npm has Node.js and npm,
 * clones the project, installs it and starts it. The clone has what is committed.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { tempDir } from '../support/temp.ts';
import { startInstalled } from './installed.ts';

const project = fileURLToPath(new URL('../..', import.meta.url));
const name = 'paracord-newcomer';
const nodes = { 20: '20.20.2', 22: '22.23.3', 24: '24.21.0' } as const;
const npms = { 10: '10.9.9', 11: '11.19.1' } as const;
type NodeMajor = keyof typeof nodes;
type NpmMajor = keyof typeof npms;

export const skip =
  process.platform !== 'linux'
    ? 'needs Linux'
    : existsSync(join(project, '.git')) && spawnSync('git', ['--version']).status === 0
      ? false
      : 'needs git, and a checkout that was cloned';

/** Variables with which this machine reaches the package registry. */
const network = Object.fromEntries(
  [
    'NODE_EXTRA_CA_CERTS',
    'npm_config_cafile',
    'npm_config_registry',
    ...['http_proxy', 'https_proxy', 'no_proxy'].flatMap((key) => [key, key.toUpperCase()]),
  ].flatMap((key) => (process.env[key] === undefined ? [] : [[key, process.env[key]]])),
);

/** A user without rights, made for the tests if we are root. Otherwise the current one. */
const user: { uid?: number; gid?: number } = {};
let shared = '';
const ends: (() => void)[] = [];

/** Gets the versions of Node.js and npm, and makes the user, before the tests of a file. */
function prepare(): void {
  if (skip !== false) return;
  if (process.getuid?.() === 0) {
    const remove = () => void spawnSync('userdel', [name]);
    // A run that was killed leaves it.
    remove();
    execFileSync('useradd', ['--system', '--user-group', '--home-dir', '/nonexistent', name]);
    ends.push(remove);
    const idOf = (flag: string) => Number(execFileSync('id', [flag, name], { encoding: 'utf8' }));
    Object.assign(user, { uid: idOf('-u'), gid: idOf('-g') });
  }
  shared = tempDir({ after: (end) => void ends.unshift(end as () => void) });
  chmodSync(shared, 0o755);
  const cache = join(shared, 'cache');
  mkdirSync(cache);
  if (user.uid !== undefined && user.gid !== undefined) chownSync(cache, user.uid, user.gid);
  const wanted = [
    ...Object.entries(nodes).map(
      ([major, version]) => `node${major}@npm:node-linux-${process.arch}@${version}`,
    ),
    ...Object.entries(npms).map(([major, version]) => `npm${major}@npm:npm@${version}`),
  ];
  const install = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', shared];
  execFileSync('npm', [...install, ...wanted], { stdio: 'ignore' });
}

before(prepare);
after(() => {
  for (const end of ends) end();
});

/** A clone without a remote, and the commands that its new owner can run in it. */
export function newcomer(t: TestContext, node: NodeMajor, npm: NpmMajor, folder = 'paracord-node') {
  const dir = tempDir(t);
  const checkout = join(dir, folder);
  const [home, path] = [join(dir, 'home'), join(dir, 'path')];
  for (const made of [home, path]) mkdirSync(made);
  const modules = join(shared, 'node_modules');
  symlinkSync(join(modules, `node${node}`, 'bin/node'), join(path, 'node'));
  symlinkSync(join(modules, `npm${npm}`, 'bin/npm-cli.js'), join(path, 'npm'));
  // npm runs its scripts in it.
  symlinkSync('/bin/sh', join(path, 'sh'));
  execFileSync('git', ['clone', '--quiet', '--no-hardlinks', project, checkout]);
  execFileSync('git', ['-C', checkout, 'remote', 'remove', 'origin']);
  if (user.uid !== undefined) execFileSync('chown', ['-R', `${name}:${name}`, dir]);
  const env = { ...network, HOME: home, PATH: path, LANG: 'C.UTF-8' };
  const options = { ...user, cwd: checkout, env };
  return {
    checkout,
    npm(...args: readonly string[]): { status: number | null; printed: string } {
      // The cache of a user, but shared by the tests.
      const given = { ...options, env: { ...env, npm_config_cache: join(shared, 'cache') } };
      const { status, stdout, stderr } = spawnSync('npm', args, { ...given, encoding: 'utf8' });
      return { status, printed: `${stdout}${stderr}` };
    },
    start: () => startInstalled(t, ['npm', 'start', '--', `--data-dir=${join(dir, 'data')}`], options),
  };
}

type Newcomer = ReturnType<typeof newcomer>;

export function installs(owner: Newcomer, ...args: readonly string[]): void {
  const { status, printed } = owner.npm(...args, '--no-audit', '--no-fund');
  assert.equal(status, 0, printed);
  assert.doesNotMatch(printed, /allow-?scripts|install scripts|node-gyp/i);
}

/** Starts the node, loads its console and stops it as Ctrl-C does. Returns what it printed. */
export async function starts(owner: Newcomer): Promise<string> {
  const node = await owner.start();
  const page = await fetch(node.control);
  assert.equal(page.status, 200);
  assert.match(await page.text(), /<script type="module"[^>]* src="\.\/assets\//);
  await node.interrupt();
  assert.match(node.printed(), /"msg":"stopped"/);
  return node.printed();
}
