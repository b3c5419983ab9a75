import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { appPages, fileOf } from '../../../../../main/desktop/window/app-scheme.ts';
import { contentSecurityPolicy, permissionsPolicy } from '../../../../../main/http/control/pages.ts';
import { wordsIn } from '../../../../../shared/words/words.ts';
import { tempDir } from '../../../../support/temp.ts';

const root = join('/opt', 'app', 'renderer');

const words = () => wordsIn('en');

test('an address of the page is the file below the root', () => {
  assert.equal(fileOf(root, 'app://paracord/'), join(root, 'index.html'));
  assert.equal(fileOf(root, 'app://paracord/index.html?x#/chats/!1'), join(root, 'index.html'));
  assert.equal(fileOf(root, 'app://paracord/assets/index-B_x-9.js'), join(root, 'assets', 'index-B_x-9.js'));
});

const hostile = [
  'app://paracord/../secret.js',
  'app://paracord/assets/../../secret.js',
  'app://paracord/..',
  'app://paracord/.',
  'app://paracord/.hidden.js',
  'app://paracord/assets/.env',
  'app://paracord/%2e%2e/secret.js',
  'app://paracord/%2E%2E%2Fsecret.js',
  'app://paracord/%252e%252e/secret.js',
  'app://paracord/..%5csecret.js',
  'app://paracord/..\\secret.js',
  'app://paracord/assets\\..\\..\\secret.js',
  'app://paracord/index.html%00.js',
  'app://paracord/index.html\0.js',
  'app://paracord/index.html\n.js',
  'app://paracord/C:/Windows/win.ini',
  'app://paracord/c:secret.js',
  'app://paracord//etc/passwd',
  'app://paracord///server/share/x.js',
  'app://paracord/assets//x.js',
  'app://paracord/assets/',
  'app://paracord/index.html:stream.js',
  'app://paracord/~root/x.js',
  'app://paracord/ｅ.js',
  'app://paracord/‥/x.js',
  'app://paracord',
  'app://paracord.evil/index.html',
  'app://paracord@evil/index.html',
  'app://user@paracord/index.html',
  'app://paracord:80/index.html',
  'app://evil/index.html',
  'APP://paracord/index.html',
  'file:///etc/passwd',
  'https://paracord/index.html',
  '',
];
for (const address of hostile)
  test(`there is no file at ${JSON.stringify(address)}`, () => assert.equal(fileOf(root, address), null));

test('files come with their type and the strict policy; nothing else comes at all', async (t) => {
  const dir = tempDir(t);
  mkdirSync(join(dir, 'pages', 'assets'), { recursive: true });
  writeFileSync(join(dir, 'secret.js'), 'secret');
  writeFileSync(join(dir, 'pages', 'index.html'), '<p>here</p>');
  writeFileSync(join(dir, 'pages', 'assets', 'a.js'), 'run()');
  writeFileSync(join(dir, 'pages', 'notes.txt'), 'notes');
  const answer = appPages(join(dir, 'pages'), words);
  const get = (url: string, method = 'GET') => answer({ url, method } as Request);

  const index = await get('app://paracord/index.html');
  assert.equal(index.status, 200);
  assert.equal(index.headers.get('content-type'), 'text/html; charset=utf-8');
  assert.equal(index.headers.get('content-security-policy'), contentSecurityPolicy);
  assert.match(contentSecurityPolicy, /^default-src 'none'; script-src 'self'; style-src 'self';/);
  assert.doesNotMatch(contentSecurityPolicy, /unsafe|\*|data:|http/);
  assert.equal(index.headers.get('permissions-policy'), permissionsPolicy);
  assert.equal(permissionsPolicy, 'camera=(self), microphone=(), geolocation=()');
  assert.equal(index.headers.get('x-content-type-options'), 'nosniff');
  assert.equal(await index.text(), '<p>here</p>');
  const script = await get('app://paracord/assets/a.js');
  assert.equal(script.headers.get('content-type'), 'text/javascript; charset=utf-8');
  for (const address of ['../secret.js', 'notes.txt', 'assets', 'missing.js']) {
    const refused = await get(`app://paracord/${address}`);
    assert.equal(refused.status, 404, address);
    assert.equal(refused.headers.get('content-security-policy'), contentSecurityPolicy);
  }
  assert.equal((await get('app://paracord/index.html', 'POST')).status, 405);
});

test('without built screens the window says what to run', async (t) => {
  const answer = await appPages(
    tempDir(t),
    words,
  )({ url: 'app://paracord/index.html', method: 'GET' } as Request);
  assert.equal(answer.status, 503);
  assert.match(await answer.text(), /npm run build/);
});
