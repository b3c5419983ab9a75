import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { after, test } from 'node:test';
import { closeBrowser, noBrowser } from '../support/browser/browser.ts';
import { ownersEnvironment, startInstalled } from './installed.ts';

after(closeBrowser);

const data = '/var/lib/paracord-node';
const run = (program: string, ...args: string[]): string =>
  execFileSync(program, args, { encoding: 'utf8', env: ownersEnvironment(), cwd: '/' });

/** It becomes part of the system, so this doesn't run on a system where it is in use. */
const skip =
  noBrowser ||
  (process.getuid?.() !== 0 || !existsSync('/usr/bin/dpkg-deb')
    ? 'needs root on Debian'
    : existsSync('/usr/bin/paracord-node') || existsSync(data)
      ? 'Paracord Node is installed here'
      : false);

test('the Debian package installs, runs as its own user, and leaves the data when it is removed', {
  skip,
}, async (t) => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  execFileSync(process.execPath, ['build/deb.mjs'], { stdio: 'ignore' });
  const architecture = run('dpkg', '--print-architecture').trim();
  t.after(() => {
    execFileSync('dpkg', ['--purge', 'paracord-node'], { stdio: 'ignore' });
    rmSync(data, { recursive: true, force: true });
    execFileSync('deluser', ['--quiet', '--system', 'paracord-node'], { stdio: 'ignore' });
  });
  execFileSync(
    'apt-get',
    ['install', '-y', '-qq', `${process.cwd()}/release/paracord-node_${version}_${architecture}.deb`],
    {
      stdio: 'ignore',
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    },
  );

  assert.equal(statSync(data).mode & 0o777, 0o700);
  assert.equal(run('stat', '--format=%U', data).trim(), 'paracord-node');
  assert.match(run('man', '--where', 'paracord-node'), /man1\/paracord-node\.1/);
  if (existsSync('/usr/bin/systemd-analyze'))
    run('systemd-analyze', 'verify', '/usr/lib/systemd/system/paracord-node.service');

  const asUser = ['setpriv', '--reuid=paracord-node', '--regid=paracord-node', '--clear-groups'];
  const node = await startInstalled(t, [...asUser, 'paracord-node', '--data-dir', data]);
  assert.match(run('paracord-node', 'status', '--data-dir', data), /anna\.test/);
  assert.equal(run('stat', '--format=%U', `${data}/node.db`).trim(), 'paracord-node');
  assert.equal(await node.openConsole(), 'Chats');
  assert.equal(await node.stop(), 0);

  execFileSync('dpkg', ['--purge', 'paracord-node'], { stdio: 'ignore' });
  assert.ok(existsSync(`${data}/node.db`), 'the server’s data stays');
  assert.ok(!existsSync('/usr/bin/paracord-node'));
});
