import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MediaAccessPermissionRequest, Session } from 'electron';
import { externalAddress, guardContents, guardSession } from '../../../../../main/desktop/window/guard.ts';
import { standInElectron } from '../../../../support/electron/electron-stand-in.ts';
import { cancellable } from '../../../../support/electron/stand-in/app.ts';

function guarded(devTools = false, allowsCamera = async () => true) {
  const stand = standInElectron();
  const window = new stand.electron.BrowserWindow({});
  guardContents(window.webContents, stand.electron);
  guardSession(stand.session as unknown as Session, { devTools, allowsCamera });
  const contents = stand.windows[0]!.webContents;
  const stopped = (event: string, details: object): boolean => {
    const cancel = cancellable();
    contents.emit(event, Object.assign(cancel, details));
    return cancel.prevented;
  };
  return { ...stand, contents, stopped };
}

test('the page can’t navigate anywhere else', () => {
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
    stopped('will-navigate', { url: 'app://paracord/index.html#/chats', isMainFrame: true }),
    false,
  );
  assert.equal(
    stopped('will-frame-navigate', { url: 'app://paracord/index.html', isMainFrame: false }),
    true,
  );
  assert.equal(stopped('will-redirect', { url: 'app://paracord/index.html' }), true);
  assert.equal(stopped('will-attach-webview', {}), true);
});

test('new windows are denied; allowed links open in the browser', () => {
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

test('only https, http and mailto leave, rewritten from their parsed form', () => {
  assert.equal(externalAddress('HTTPS://Friend.example/%7Ea"b'), 'https://friend.example/%7Ea%22b');
  assert.equal(externalAddress('http://nas.local/a'), 'http://nas.local/a');
  assert.equal(externalAddress('mailto:ann@a.example?attach=/etc/passwd'), 'mailto:ann@a.example');
  for (const address of [
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

const page = { requestingUrl: 'app://paracord/index.html#/people', isMainFrame: true };

test('permissions are denied, except that the page itself may write to the clipboard', async () => {
  const { session } = guarded();
  for (const permission of [
    'media',
    'geolocation',
    'notifications',
    'midi',
    'fullscreen',
    'clipboard-read',
    'openExternal',
  ]) {
    assert.equal(await session.grants(permission, page), false, permission);
    assert.equal(session.checks(permission, 'app://paracord'), false, permission);
  }
  const clipboard = (details: object) => session.grants('clipboard-sanitized-write', { ...page, ...details });
  assert.equal(await clipboard({}), true);
  assert.equal(session.checks('clipboard-sanitized-write', 'app://paracord'), true);
  assert.equal(await clipboard({ isMainFrame: false }), false);
  assert.equal(await clipboard({ requestingUrl: 'https://evil.example/' }), false);
  assert.equal(session.checks('clipboard-sanitized-write', 'app://paracord.evil'), false);
  assert.equal(session.grantsDevice(), false);
});

/** Electron passes this for `getUserMedia({ video: true })` in the page. */
const camera: MediaAccessPermissionRequest = {
  ...page,
  mediaTypes: ['video'],
  securityOrigin: 'app://paracord/',
};

test('the page itself gets the camera, and permission queries say so', async () => {
  const { session } = guarded();
  assert.equal(await session.grants('media', camera), true);
  assert.equal(session.checks('media', 'app://paracord/', { isMainFrame: true, mediaType: 'video' }), true);
});

test('allowing the camera allows neither the microphone, nor the screen, nor frames, nor other origins', async () => {
  let asked = 0;
  const { session } = guarded(false, async () => {
    asked++;
    return true;
  });
  const attempts: Readonly<Record<string, Partial<MediaAccessPermissionRequest>>> = {
    microphone: { mediaTypes: ['audio'] },
    'camera and microphone': { mediaTypes: ['video', 'audio'] },
    'microphone and camera': { mediaTypes: ['audio', 'video'] },
    'the camera twice': { mediaTypes: ['video', 'video'] },
    'the screen': { mediaTypes: [] },
    'a frame of our own': { isMainFrame: false },
    'another page': { requestingUrl: 'https://evil.example/' },
    'another origin in our page': { securityOrigin: 'https://evil.example/' },
    'a name that begins as ours': { securityOrigin: 'app://paracord.evil/' },
    'a page that begins as ours': { requestingUrl: 'app://paracord.evil/index.html' },
  };
  for (const [who, change] of Object.entries(attempts))
    assert.equal(await session.grants('media', { ...camera, ...change }), false, who);
  const { mediaTypes: _, ...typeless } = camera;
  assert.equal(await session.grants('media', typeless), false, 'no type');
  const { securityOrigin: __, ...nobody } = camera;
  assert.equal(await session.grants('media', nobody), false, 'no origin');
  for (const permission of ['display-capture', 'speaker-selection', 'geolocation'])
    assert.equal(await session.grants(permission, camera), false, permission);
  assert.equal(asked, 0, 'the system is asked for nobody else');

  for (const mediaType of ['audio', 'unknown'] as const)
    assert.equal(session.checks('media', 'app://paracord', { isMainFrame: true, mediaType }), false);
  assert.equal(session.checks('media', 'app://paracord', { isMainFrame: true }), false);
  const video = { isMainFrame: true, mediaType: 'video' } as const;
  assert.equal(session.checks('media', 'app://paracord', { ...video, isMainFrame: false }), false);
  assert.equal(session.checks('media', 'app://paracord.evil', video), false);
  assert.equal(session.checks('media', 'https://evil.example', video), false);
});

test('if the system refuses the camera or doesn’t answer, the page doesn’t get it', async () => {
  assert.equal(await guarded(false, async () => false).session.grants('media', camera), false);
  const broken = guarded(false, async () => {
    throw new Error('no such device');
  });
  assert.equal(await broken.session.grants('media', camera), false);
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

test('only downloads made by the page itself are saved', () => {
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
