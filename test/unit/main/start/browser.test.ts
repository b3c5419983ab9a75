import assert from 'node:assert/strict';
import { test } from 'node:test';
import { consoleCommand, openInBrowser } from '../../../../main/start/browser.ts';

test('the console opens with what the system opens links with', async () => {
  const url = 'http://127.0.0.1:8449/#/login/x';
  const launched: string[] = [];
  const launch = async (command: string, args: readonly string[]) => {
    launched.push([command, ...args].join(' '));
    return true;
  };
  for (const platform of ['linux', 'darwin', 'win32'] as const)
    assert.equal(await openInBrowser(url, { platform, launch }), true);
  assert.deepEqual(launched, [
    `xdg-open ${url}`,
    `open ${url}`,
    `rundll32 url.dll,FileProtocolHandler ${url}`,
  ]);
  assert.equal(await openInBrowser(url, { platform: 'linux', launch: async () => false }), false);
});

test('the command for another link names the data folder unless it is the usual one', () => {
  const command = (dir: string, platform: NodeJS.Platform, checkout: boolean) =>
    consoleCommand(dir, '/home/anna/.paracord', { platform, checkout });
  assert.equal(command('/home/anna/.paracord', 'linux', false), 'paracord-node console');
  assert.equal(command('/tmp/anna', 'linux', true), 'npm run paracord-node -- console --data-dir /tmp/anna');
  assert.equal(
    command("/tmp/anna's $(node)", 'linux', false),
    `paracord-node console --data-dir '/tmp/anna'\\''s $(node)'`,
  );
  assert.equal(
    command('C:\\Users\\Anna B', 'win32', false),
    'paracord-node console --data-dir "C:\\Users\\Anna B"',
  );
});
