import assert from 'node:assert/strict';
import { after, type TestContext, test } from 'node:test';
import type { BrowserContextOptions } from 'playwright';
import { readInviteLink, writeInviteLink } from '../../../shared/protocol/invites/invite-link.ts';
import { startTlsNode } from '../../support/attack/tls.ts';
import { violations } from '../../support/browser/axe.ts';
import { closeBrowser, launchBrowser, noBrowser } from '../../support/browser/browser.ts';
import { startLocalNode } from '../../support/nodes/local-node.ts';
import { reachable } from '../../support/pairing/pairing.ts';
import { RawPeer } from '../../support/parties/raw-peer.ts';
import { tempDir } from '../../support/temp.ts';

after(closeBrowser);

/** A browser that never saw this server, and everything that it requests. */
async function stranger(t: TestContext, options: BrowserContextOptions = {}) {
  const context = await (await launchBrowser()).newContext({ locale: 'en-GB', ...options });
  t.after(() => context.close());
  const page = await context.newPage();
  const requests: { readonly url: string; readonly headers: string; readonly body: string | null }[] = [];
  const errors: string[] = [];
  context.on('request', (request) =>
    requests.push({
      url: request.url(),
      headers: JSON.stringify(request.headers()),
      body: request.postData(),
    }),
  );
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  page.on('pageerror', (error) => errors.push(String(error)));
  return { page, requests, errors };
}

test('the page of an invite, on a phone and wide, in both languages', { skip: noBrowser }, async (t) => {
  const anna = await reachable(await startLocalNode(t, { name: 'anna.example' }));
  const { room_id } = await anna.api.createRoom({ name: 'Kitchen <b>', join_rule: 'invite' });
  const { link, app_link } = await anna.api.makePeerInvite({ room_id });
  assert.ok(link && app_link);
  const { page, requests, errors } = await stranger(t, { viewport: { width: 390, height: 844 } });

  await t.test('it says who invites where, and carries the invite on to the app', async () => {
    await page.goto(link);
    await page.getByRole('heading', { name: 'anna.example invites you' }).waitFor();
    await page.getByText('Kitchen <b>', { exact: true }).waitFor();
    const open = page.getByRole('link', { name: 'Open in Paracord Node' });
    assert.equal(await open.getAttribute('href'), app_link);
    assert.equal(await page.getByLabel('Invite as text').inputValue(), app_link);
  });

  await t.test('it asks nobody but this server, and never sends the token', () => {
    const token = readInviteLink(link)?.token ?? '';
    const payload = new URL(link).hash.slice(1);
    assert.ok(requests.length >= 2);
    for (const request of requests) {
      if (request.url.startsWith('data:')) continue;
      assert.equal(new URL(request.url).origin, anna.url);
      assert.doesNotMatch(
        JSON.stringify({ ...request, url: request.url.split('#')[0] }),
        new RegExp(`${token}|${payload}`),
      );
    }
    assert.deepEqual(errors, []);
  });

  await t.test('it reads the link as messengers leave it', async (t) => {
    const { page } = await stranger(t);
    for (const left of [link.replace('#', '?fbclid=x#'), `${link}&utm_source=chat`, `${link}.`, `${link}_`]) {
      await page.goto('about:blank');
      await page.goto(left);
      await page.getByText('Kitchen <b>', { exact: true }).waitFor();
      assert.equal(await page.getByLabel('Invite as text').inputValue(), app_link, left);
    }
  });

  await t.test('nothing is cut off, and it passes the accessibility rules', async () => {
    for (const width of [320, 390, 1280]) {
      await page.setViewportSize({ width, height: 800 });
      assert.ok(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), `${width} px`);
      assert.deepEqual(await violations(page), []);
    }
    await page.emulateMedia({ colorScheme: 'dark' });
    assert.deepEqual(await violations(page), []);
  });

  await t.test('it speaks German to a German browser', async (t) => {
    const { page } = await stranger(t, { locale: 'de-AT' });
    await page.goto(link);
    await page.getByRole('link', { name: 'In Paracord Node öffnen' }).waitFor();
    assert.equal(await page.locator('html').getAttribute('lang'), 'de');
    assert.match(
      (await page.locator('#until').textContent()) ?? '',
      /\d{4}.*\d\d:\d\d/,
      'written by the page’s script',
    );
  });

  await t.test('a link that is cut, unknown, used, revoked or expired says which', async (t) => {
    const { page } = await stranger(t);
    const says = async (at: string, title: string) => {
      await page.goto('about:blank');
      await page.goto(at);
      await page.getByRole('heading', { name: title }).waitFor();
      assert.equal(await page.getByRole('link', { name: 'Open in Paracord Node' }).count(), 0);
    };
    await says(`${anna.url}/join`, 'This link is incomplete');
    await says(link.slice(0, -5), 'This link is incomplete');
    const read = readInviteLink(link);
    assert.ok(read);
    await says(writeInviteLink({ ...read, id: 'ff'.repeat(8) }).web, 'This server doesn’t know the invite');
    const revoked = await anna.api.makePeerInvite({});
    await anna.api.revokePeerInvite({ id: revoked.id });
    await says(revoked.link ?? '', 'This invite was revoked');
    const used = await anna.api.makePeerInvite({});
    const ben = await startLocalNode(t, { name: 'ben.example' });
    await ben.api.acceptPeerInvite({ link: used.link ?? '' });
    await says(used.link ?? '', 'This invite has already been used');
  });

  await t.test(
    'if the server stops answering after the page has loaded, the page says so and keeps the text to paste',
    async (t) => {
      const { page } = await stranger(t);
      await page.route('**/peers/invite/*', (route) => route.abort());
      await page.goto(link);
      await page.getByRole('heading', { name: 'The server isn’t answering' }).waitFor();
      assert.equal(await page.getByLabel('Invite as text').inputValue(), app_link);
    },
  );
});

test('the page of a server with its own certificate says why the browser warned', {
  skip: noBrowser,
}, async (t) => {
  const anna = await startTlsNode(t, 'anna.example', tempDir(t));
  await anna.node.api.changeSettings({ public_url: anna.url });
  const { link, page: trust } = await anna.node.api.makePeerInvite({});
  assert.equal(trust, 'self_signed');
  const { page } = await stranger(t, { ignoreHTTPSErrors: true });
  await page.goto(link ?? '');
  await page.getByText('this server made its own certificate').waitFor();
  await page.getByRole('link', { name: 'Open in Paracord Node' }).waitFor();
});

test('the page lets nobody run a script, load a file or frame it', { skip: noBrowser }, async (t) => {
  const anna = await reachable(await startLocalNode(t, { name: 'anna.example' }));
  const { link } = await anna.api.makePeerInvite({});
  const answer = await fetch(`${anna.url}/join`);
  assert.match(
    answer.headers.get('content-security-policy') ?? '',
    /^default-src 'none'; script-src 'sha256-/,
  );
  assert.equal(answer.headers.get('referrer-policy'), 'no-referrer');
  const { page, errors } = await stranger(t);
  await page.goto(link ?? '');
  await page.getByRole('link', { name: 'Open in Paracord Node' }).waitFor();
  await page.evaluate(`{
    const script = document.createElement('script');
    script.textContent = 'window.stolen = location.hash';
    document.body.append(script);
    document.body.append(Object.assign(new Image(), { src: 'https://evil.example/x' }));
  }`);
  assert.equal(await page.evaluate('window.stolen'), undefined);
  assert.ok(errors.some((error) => /Content Security Policy/.test(error)));
  const mallory = await new RawPeer('mallory.example').listen(t);
  mallory.handlers.set('/frame', () => ({
    status: 200,
    body: `<iframe src="${link}"></iframe>`,
    headers: { 'content-type': 'text/html' },
  }));
  const framing = await stranger(t);
  await framing.page.goto(`${mallory.url}/_paracord/federation/v1/frame`);
  assert.ok(
    framing.errors.some((error) => /frame-ancestors/.test(error)),
    framing.errors.join(),
  );
});
