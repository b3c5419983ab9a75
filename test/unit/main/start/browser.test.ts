import assert from 'node:assert/strict';
import { test } from 'node:test';
import { consoleCommand, openInBrowser } from '../../../../main/start/browser.ts';

const links = {
  link: 'http://127.0.0.1:8449/#/login/x',
  makeSeenLink: () => 'http://127.0.0.1:8449/#/login/seen',
};

test('the console opens with the system’s program for links, and other users see no link that works for them', async () => {
  const launched: string[][] = [];
  const launch = async (command: string, args: readonly string[], input: string) => {
    launched.push([command, ...args, input]);
    return true;
  };
  for (const platform of ['linux', 'darwin', 'win32'] as const)
    assert.equal(await openInBrowser(links, { platform, launch }), true);
  assert.deepEqual(launched, [
    ['xdg-open', links.makeSeenLink(), ''],
    ['osascript', `open location "${links.link}"\n`],
    ['rundll32', 'url.dll,FileProtocolHandler', links.link, ''],
  ]);
});

test('the owner opens the link where no program does, or where other users could use it', async () => {
  assert.equal(await openInBrowser(links, { platform: 'linux', launch: async () => false }), false);
  assert.equal(await openInBrowser(links, { platform: 'freebsd', launch: async () => true }), false);
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
