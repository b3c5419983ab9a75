import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { closeBrowser, noBrowser } from '../support/browser/browser.ts';
import { tempDir } from '../support/temp.ts';
import { ownersEnvironment, startInstalled } from './installed.ts';

after(closeBrowser);

const npm = (...args: string[]): string =>
  execFileSync('npm', args, {
    encoding: 'utf8',
    env: ownersEnvironment(),
    stdio: ['ignore', 'pipe', 'ignore'],
  });

const skip = noBrowser || (process.platform === 'win32' ? 'needs a POSIX system' : false);

test('the npm package installs into an empty prefix and runs on the Node.js of the system', {
  skip,
}, async (t) => {
  const dir = tempDir(t);
  const [{ filename = '' } = {}] = JSON.parse(npm('pack', '--json', '--pack-destination', dir));
  const prefix = join(dir, 'prefix');
  npm('install', '--global', '--prefix', prefix, join(dir, filename));
  const program = join(prefix, 'bin/paracord-node');
  const run = (...args: string[]): string =>
    execFileSync(program, args, { encoding: 'utf8', env: ownersEnvironment() });

  assert.match(run('--version'), /^\d+\.\d+\.\d+$/m);
  assert.match(run('completion', 'bash'), /complete -F _paracord_node paracord-node/);
  assert.ok(existsSync(join(prefix, 'share/man/man1/paracord-node.1')));

  const data = join(dir, 'data');
  const node = await startInstalled(t, [program, '--data-dir', data]);
  assert.match(run('status', '--data-dir', data), /anna\.test/);
  assert.match(run('backup', '--data-dir', data), /verified/);
  assert.equal(await node.openConsole(), 'Chats');
  assert.equal(await node.stop(), 0);
});
