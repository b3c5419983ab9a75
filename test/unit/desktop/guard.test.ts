import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Session } from 'electron';
import { externalAddress } from '../../../main/desktop/external.ts';
import { guardContents, guardSession } from '../../../main/desktop/guard.ts';
import { cancellable, standInElectron } from '../../support/electron-stand-in.ts';

function guarded(devTools = false) {
  const stand = standInElectron();
  const window = new stand.electron.BrowserWindow({});
  guardContents(window.webContents, stand.electron);
  guardSession(stand.session as unknown as Session, { devTools });
  const contents = stand.windows[0]!.webContents;
  const stopped = (event: string, details: object): boolean => {
    const cancel = cancellable();
    contents.emit(event, Object.assign(cancel, details));
    return cancel.prevented;
  };
  return { ...stand, contents, stopped };
}

test('the page goes nowhere but to itself', () => {
  const { stopped } = guarded();
  for (const event of ['will-navigate', 'will-frame-navigate'])
    for (const url of [
      'https://evil.example/',
      'file:///etc/passwd',
      'app://paracord/other.html',
      'app://paracord.evil/index.html',
      'app://evil/index.html',
      'javascript:alert(1)',
      'data:text/html,x',
      'blob:app://paracord/x',
    ])
      assert.equal(stopped(event, { url, isMainFrame: true }), true, `${event} ${url}`);
  assert.equal(
    stopped('will-navigate', { url: 'app://paracord/index.html#/rooms', isMainFrame: true }),
    false,
  );
  assert.equal(
    stopped('will-frame-navigate', { url: 'app://paracord/index.html', isMainFrame: false }),
    true,
  );
  assert.equal(stopped('will-redirect', { url: 'app://paracord/index.html' }), true);
  assert.equal(stopped('will-attach-webview', {}), true);
});

test('new windows are denied; what may go to the browser goes there', () => {
  const { contents, did } = guarded();
  for (const url of [
    'https://friend.example/a b',
    'file:///etc/passwd',
    'smb://server/share',
    'app://paracord/',
  ])
    assert.deepEqual(contents.openWindow({ url } as Parameters<typeof contents.openWindow>[0]), {
      action: 'deny',
    });
  assert.deepEqual(did.opened, ['https://friend.example/a%20b']);
});

test('only https and mailto leave, written anew', () => {
  assert.equal(externalAddress('HTTPS://Friend.example/%7Ea"b'), 'https://friend.example/%7Ea%22b');
  assert.equal(externalAddress('mailto:ann@a.example?attach=/etc/passwd'), 'mailto:ann@a.example');
  for (const address of [
    'http://friend.example/',
    'https://user:password@friend.example/',
    'https://user@friend.example/',
    'mailto:',
    'mailto:nobody',
    'mailto:a@b&attach=x',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'ms-msdt:/id x',
    'vbscript:x',
    '\\\\server\\share',
    'paracord://room/!1:a.test',
    'https://',
    'not an address',
    `https://a.example/${'x'.repeat(3000)}`,
  ])
    assert.equal(externalAddress(address), null, address);
});

test('permissions are denied, but for writing the clipboard by the page itself', () => {
  const { session } = guarded();
  const page = 'app://paracord/index.html';
  for (const permission of [
    'media',
    'geolocation',
    'notifications',
    'midi',
    'fullscreen',
    'clipboard-read',
    'openExternal',
  ]) {
    assert.equal(session.grants(permission, page), false, permission);
    assert.equal(session.checks(permission, 'app://paracord'), false, permission);
  }
  assert.equal(session.grants('clipboard-sanitized-write', page), true);
  assert.equal(session.checks('clipboard-sanitized-write', 'app://paracord'), true);
  assert.equal(session.grants('clipboard-sanitized-write', page, false), false);
  assert.equal(session.grants('clipboard-sanitized-write', 'https://evil.example/'), false);
  assert.equal(session.checks('clipboard-sanitized-write', 'app://paracord.evil'), false);
  assert.equal(session.grantsDevice(), false);
});

test('every request but for the page’s own files is cancelled', () => {
  const { session } = guarded();
  assert.equal(session.requests('app://paracord/assets/a.js'), 'made');
  for (const url of [
    'https://friend.example/',
    'http://127.0.0.1:8449/api/v1/status',
    'ws://127.0.0.1/',
    'file:///etc/passwd',
    'app://paracord.evil/a.js',
    'app://evil/a.js',
    'devtools://devtools/bundled/x.html',
    'chrome://gpu',
    'data:text/plain,x',
  ])
    assert.equal(session.requests(url), 'cancelled', url);
  assert.equal(guarded(true).session.requests('devtools://devtools/bundled/x.html'), 'made');
});

test('only what the page itself made is saved', () => {
  const { session } = guarded();
  const saved = (url: string): boolean => {
    const event = cancellable();
    session.emit('will-download', event, { getURL: () => url });
    return !event.prevented;
  };
  assert.equal(saved('blob:app://paracord/5b2'), true);
  assert.equal(saved('https://evil.example/x.exe'), false);
  assert.equal(saved('data:text/plain,x'), false);
  assert.equal(saved('blob:https://evil.example/x'), false);
});
