import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { contentSecurityPolicy, permissionsPolicy, readTogether } from '../../../main/http/control/pages.ts';
import { call, serve } from '../../support/nodes/control-server.ts';
import { tempDir } from '../../support/temp.ts';

async function servePages(t: TestContext) {
  const folder = join(tempDir(t), 'pages');
  mkdirSync(join(folder, 'assets'), { recursive: true });
  writeFileSync(join(folder, 'index.html'), '<!doctype html><title>Console</title>');
  writeFileSync(join(folder, 'assets', 'page-1.js'), 'console.log(1)');
  writeFileSync(join(folder, '..', 'secret.js'), 'secret');
  return serve(t, {}, { pagesDir: folder });
}

test('the page needs no login, and its policy only allows its own files', async (t) => {
  const { url } = await servePages(t);
  const page = await call(url, 'GET', '/', { headers: {} });
  assert.equal(page.status, 200);
  assert.equal(page.body, '<!doctype html><title>Console</title>');
  assert.equal(page.headers['content-security-policy'], contentSecurityPolicy);
  assert.equal(page.headers['permissions-policy'], permissionsPolicy);
  assert.equal(page.headers['x-content-type-options'], 'nosniff');
  assert.equal(page.headers['referrer-policy'], 'no-referrer');
  assert.equal(page.headers['cache-control'], 'no-cache');
  assert.equal(page.headers['access-control-allow-origin'], undefined);
});

test('files with a hash in their name are cached by the browser', async (t) => {
  const { url } = await servePages(t);
  const script = await call(url, 'GET', '/assets/page-1.js', { headers: {} });
  assert.equal(script.headers['content-type'], 'text/javascript; charset=utf-8');
  assert.match(script.headers['cache-control'] ?? '', /immutable/);
});

test('files are compressed for clients that accept it', async (t) => {
  const { url } = await servePages(t);
  const answer = await fetch(`${url}/assets/page-1.js`, { headers: { 'accept-encoding': 'gzip' } });
  assert.equal(answer.headers.get('content-encoding'), 'gzip');
  assert.equal(await answer.text(), 'console.log(1)');
});

test('no path escapes the folder', async (t) => {
  const { url } = await servePages(t);
  for (const path of [
    '/../secret.js',
    '/assets/../../secret.js',
    '/%2e%2e/secret.js',
    '/..%2fsecret.js',
    '/assets/..\\..\\secret.js',
    '/assets%00/page-1.js',
    '//secret.js',
    '/index.html/',
  ]) {
    const answer = await call(url, 'GET', path, { headers: {} });
    assert.ok(answer.status === 404 || answer.status === 400, `${path}: ${answer.status}`);
    assert.doesNotMatch(answer.body, /^secret/);
  }
});

test('a page asked for under a foreign name is refused, so that no other site’s name reaches the console', async (t) => {
  const { url } = await servePages(t);
  assert.equal((await call(url, 'GET', '/', { headers: { host: 'evil.example' } })).status, 403);
});

test('screens that were not built say how to build them', async (t) => {
  const { url } = await serve(t, {}, { pagesDir: join(tempDir(t), 'nothing') });
  const answer = await call(url, 'GET', '/', { headers: {} });
  assert.equal(answer.status, 503);
  assert.match(answer.body, /npm run build/);
});

test('a large file is in memory once, however many ask for it at the same time', async (t) => {
  const path = join(tempDir(t), 'a.woff2');
  writeFileSync(path, 'typeface');
  const read = readTogether(path);
  const [first, ...others] = await Promise.all([read(), read(), read()]);
  assert.equal(String(first), 'typeface');
  for (const other of [...others, await read()]) assert.equal(other, first);
});
