import assert from 'node:assert/strict';
import { after, type TestContext, test } from 'node:test';
import type { Page } from 'playwright';
import { closeBrowser, noBrowser, openConsole } from '../../../support/browser/browser.ts';
import { fakeCamera } from '../../../support/browser/camera.ts';
import { testIfEvery } from '../../../support/browser/every-case.ts';
import { type LocalNode, startLocalNode } from '../../../support/nodes/local-node.ts';
import { reachable } from '../../../support/pairing/pairing.ts';
import { until } from '../../../support/until.ts';

after(closeBrowser);

const use = 'Use the camera';
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const video = (page: Page) => page.getByLabel('Camera picture');

/** Notes in the page which tracks were given to it, and how often it asked. */
const noteTracks = `
  globalThis.asked = 0;
  globalThis.tracks = [];
  const given = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (wanted) => {
    globalThis.asked++;
    if (globalThis.failing) throw new DOMException('not this time', globalThis.failing);
    const stream = await given(wanted);
    await globalThis.held;
    globalThis.tracks.push(...stream.getTracks());
    return stream;
  };
`;
const tracks = (page: Page) =>
  page.evaluate<string[]>(`tracks.map(({ kind, readyState }) => kind + ' ' + readyState)`);

async function inviteOf(t: TestContext): Promise<{ anna: LocalNode; link: string }> {
  const anna = await reachable(await startLocalNode(t, { name: 'anna.example' }));
  const { link } = await anna.api.makePeerInvite({});
  assert.ok(link);
  return { anna, link };
}

async function opening(t: TestContext, args: readonly string[], permissions = ['camera']) {
  const ben = await reachable(await startLocalNode(t, { name: 'ben.example' }));
  const { page } = await openConsole(t, ben, { path: '#/people', args, permissions });
  await page.evaluate(noteTracks);
  await button(page, 'Open an invite').click();
  await page.getByText('I have a QR code').click();
  return { ben, page };
}

test('the camera reads an invite, reports any other code, and trusts nobody by itself', {
  skip: noBrowser,
}, async (t) => {
  const { anna, link } = await inviteOf(t);
  const camera = fakeCamera('https://friend.example/menu');
  const { ben, page } = await opening(t, camera.args);
  await button(page, use).waitFor();
  assert.equal(await page.evaluate('asked'), 0, 'nobody is asked before the button is pressed');
  await button(page, use).click();
  const said = page.getByRole('status').filter({ hasText: 'This QR code isn’t an invite' });
  await said.waitFor();
  assert.deepEqual(await tracks(page), ['video live']);
  const isMirrored = `getComputedStyle(document.querySelector('video')).transform.startsWith('matrix(-1,')`;
  assert.equal(await page.evaluate(isMirrored), true, 'one that looks at its user is a mirror');
  await button(page, 'Stop the camera').waitFor();

  camera.show(link);
  await page.getByRole('heading', { name: 'Trust anna.example?' }).waitFor();
  assert.deepEqual(await tracks(page), ['video ended']);
  assert.deepEqual((await ben.api.peers({})).items, []);
  await button(page, 'Back').click();
  assert.equal(await page.getByRole('textbox', { name: 'Invite link' }).inputValue(), link);
  assert.equal(await video(page).count(), 0, 'going back does not look again');
  await button(page, 'Continue').click();
  await button(page, 'Trust anna.example').click();
  await page.getByText('anna.example and your server trust each other').waitFor();
  await until([anna, ben], 'each knows the other', async () => {
    const known = await Promise.all([anna, ben].map(async ({ api }) => (await api.peers({})).items.length));
    return known.every((count) => count === 1);
  });
});

test('the camera turns off when it is stopped, the dialog is closed, or a link is shown', {
  skip: noBrowser,
}, async (t) => {
  const { link } = await inviteOf(t);
  const { page } = await opening(t, fakeCamera('nothing of ours').args);
  const reads = async () => {
    await button(page, use).click();
    await page.getByText('This QR code isn’t an invite').waitFor();
  };
  await reads();
  assert.equal(await page.evaluate('document.activeElement.textContent.trim()'), 'Stop the camera');
  await page.keyboard.press('Enter');
  await video(page).waitFor({ state: 'detached' });
  assert.deepEqual(await tracks(page), ['video ended']);
  assert.equal(await page.evaluate('document.activeElement.textContent.trim()'), use, 'the focus stays');
  await reads();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  assert.deepEqual(await tracks(page), ['video ended', 'video ended']);
  await button(page, 'Open an invite').click();
  await page.getByText('I have a QR code').click();
  await reads();
  await page.getByRole('textbox', { name: 'Invite link' }).fill(link);
  await button(page, 'Continue').click();
  await page.getByRole('heading', { name: 'Trust anna.example?' }).waitFor();
  assert.deepEqual(await tracks(page), Array(3).fill('video ended'));
});

test('a camera that is allowed after the dialog was closed is released at once', {
  skip: noBrowser,
}, async (t) => {
  const { page } = await opening(t, fakeCamera('nothing of ours').args);
  await page.evaluate('globalThis.held = new Promise((resolve) => (globalThis.allow = resolve)); 0');
  await button(page, use).click();
  await page.getByRole('status').filter({ hasText: 'Starting the camera' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.evaluate('allow()');
  // The page's policy forbids the evaluation that Playwright polls with.
  await until([], 'a track', () => page.evaluate<boolean>('tracks.length === 1'));
  await until([], 'its end', () => page.evaluate<boolean>(`tracks[0].readyState === 'ended'`));
});

test('a refused camera says what to do, and the other ways to read a code still work', {
  skip: noBrowser,
}, async (t) => {
  const { page } = await opening(t, fakeCamera('nothing of ours').args, []);
  await button(page, use).click();
  await page.getByText('Paracord Node may not use the camera.').waitFor();
  assert.equal(await video(page).count(), 0);
  await page.locator('input[type=file]').waitFor();
  await page.getByRole('textbox', { name: 'Invite link' }).waitFor();
  await button(page, use).waitFor();
});

test('the page never gets a microphone, whatever the browser allows', {
  skip: noBrowser,
}, async (t) => {
  const ben = await startLocalNode(t, { name: 'ben.example' });
  const { page } = await openConsole(t, ben, {
    args: fakeCamera('nothing of ours').args,
    permissions: ['camera', 'microphone'],
    expected: /Permissions policy violation: microphone/,
  });
  const asks = (wanted: string) =>
    page.evaluate<string>(
      `navigator.mediaDevices.getUserMedia(${wanted}).then(() => 'given', (error) => error.name)`,
    );
  assert.equal(await asks('{ video: true }'), 'given');
  assert.equal(await asks('{ audio: true }'), 'NotAllowedError');
  assert.equal(await asks('{ video: true, audio: true }'), 'NotAllowedError');
});

testIfEvery(
  'a missing, a busy and an unplugged camera each have their own message',
  {
    skip: noBrowser,
  },
  async (t) => {
    const { page } = await opening(t, fakeCamera('nothing of ours').args);
    for (const [failing, sentence] of [
      ['NotFoundError', 'No camera found.'],
      ['NotReadableError', 'The camera didn’t start. Close other programs'],
    ] as const) {
      await page.evaluate(`globalThis.failing = '${failing}'`);
      await button(page, use).click();
      await page.getByText(sentence).waitFor();
    }
    await page.evaluate(`globalThis.failing = ''`);
    await button(page, use).click();
    await page.getByText('This QR code isn’t an invite').waitFor();
    assert.equal(await page.getByText('The camera didn’t start').count(), 0);
    // A browser reports this when a camera is unplugged.
    await page.evaluate(`tracks[0].dispatchEvent(new Event('ended'))`);
    await page.getByText('The camera stopped:').waitFor();
    assert.deepEqual(await tracks(page), ['video ended']);
  },
);

testIfEvery('the camera button appears when a camera is plugged in', { skip: noBrowser }, async (t) => {
  const { page } = await opening(t, ['--use-fake-device-for-media-stream=device-count=0']);
  await page.locator('input[type=file]').waitFor();
  assert.equal(
    await page.evaluate(
      `navigator.mediaDevices.enumerateDevices().then((all) => all.filter(({ kind }) => kind === 'videoinput').length)`,
    ),
    0,
  );
  assert.equal(await button(page, use).count(), 0);
  await page.evaluate(`
    navigator.mediaDevices.enumerateDevices = async () => [{ kind: 'videoinput' }];
    navigator.mediaDevices.dispatchEvent(new Event('devicechange'));
  `);
  await button(page, use).waitFor();
});

testIfEvery(
  'in the wizard the camera reads an invite, and turns off when that page is left',
  {
    skip: noBrowser,
  },
  async (t) => {
    const { link } = await inviteOf(t);
    const camera = fakeCamera('nothing of ours');
    const node = await startLocalNode(t, { name: 'ben.example', setUp: false });
    const { page } = await openConsole(t, node, { args: camera.args, permissions: ['camera'] });
    await page.evaluate(noteTracks);
    await page.getByRole('textbox').fill('Ben');
    const byCode = async () => {
      await button(page, 'I was invited').click();
      await page.getByText('I have a QR code').click();
      await button(page, use).click();
    };
    await byCode();
    await page.getByText('This QR code isn’t an invite').waitFor();
    const { y = 0, height = 0 } = (await video(page).boundingBox()) ?? {};
    assert.ok(y >= 0 && height > 100 && y + height <= 800, `seen where it opened: ${y}, ${height}`);
    await page.getByRole('link', { name: 'Back' }).click();
    await video(page).waitFor({ state: 'detached' });
    assert.deepEqual(await tracks(page), ['video ended']);
    await byCode();
    camera.show(link);
    await page.getByRole('heading', { name: 'Trust anna.example?' }).waitFor();
    assert.deepEqual(await tracks(page), ['video ended', 'video ended']);
  },
);
