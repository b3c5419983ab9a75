import type { TestContext } from 'node:test';
import type { CDPSession, Page } from 'playwright';
import { freePorts } from '../nodes/free-ports.ts';
import { startLocalNode } from '../nodes/local-node.ts';
import { joinSecret, password } from '../nodes/people.ts';
import { startPushService } from '../push/push-service.ts';
import { until } from '../until.ts';
import { openConsole } from './browser.ts';

/** The window of a phone. The name leads to this computer; its certificate is trusted, as a worker needs. */
export const phoneWindow = {
  viewport: { width: 390, height: 844 },
  hasTouch: true,
  isMobile: true,
  args: ['--host-resolver-rules=MAP anna.test 127.0.0.1', '--ignore-certificate-errors'],
  complete: true,
  login: false,
  ownWindow: true,
  expected: /status of (?:401|403|410|412|503)|net::ERR_|Failed to load resource/,
} as const;

/** A home with a room, whose node calls a push service that the test answers for. */
export async function home(t: TestContext) {
  const service = await startPushService(t);
  const [port = 0] = await freePorts(1);
  const node = await startLocalNode(t, {
    name: 'anna.test',
    bySetting: true,
    parts: { http: service.http },
    port,
  });
  const url = `https://anna.test:${port}`;
  await node.api.changeSettings({ tls: { mode: 'self-signed' }, public_url: url, people_log_in: true });
  const { room_id } = await node.api.createRoom({ name: 'Family', join_rule: 'invite' });
  return { service, node, room_id, url };
}

/** Ben's phone, in the room. `pushes`: its browser has a push service, which headless Chromium has not. */
export async function bensPhone(
  t: TestContext,
  { node, room_id, url, service }: Awaited<ReturnType<typeof home>>,
  pushes = false,
): Promise<Page> {
  const { page, context } = await openConsole(t, node, {
    ...phoneWindow,
    ...(pushes ? { permissions: ['notifications'] } : {}),
  });
  if (pushes) {
    const made = await service.subscribe();
    await context.addInitScript(
      `{ const made = ${JSON.stringify(made)};
         let current = null;
         const subscription = { toJSON: () => made, options: {}, unsubscribe: async () => { current = null; return true; } };
         PushManager.prototype.subscribe = async () => (current = subscription);
         PushManager.prototype.getSubscription = async () => current; }`,
    );
  }
  const secret = await joinSecret(node, { rooms: [room_id] });
  await page.goto(`${url}/#/join/${secret}`);
  await page.getByRole('textbox', { name: 'Your name' }).fill('ben');
  await page.getByRole('textbox', { name: 'Password' }).fill(password);
  await page.getByRole('button', { name: 'Join', exact: true }).tap();
  await page.getByRole('heading', { name: 'Family' }).waitFor();
  await page.waitForFunction('navigator.serviceWorker.controller !== null');
  return page;
}

/** Makes the browser give an event to the worker. */
export async function toWorker(
  page: Page,
  origin: string,
  event: 'ServiceWorker.deliverPushMessage' | 'ServiceWorker.dispatchSyncEvent',
  what: object,
): Promise<void> {
  const session: CDPSession = await page.context().newCDPSession(page);
  let registered: string | undefined;
  session.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
    registered ??= registrations[0]?.registrationId;
  });
  await session.send('ServiceWorker.enable');
  const registrationId = await until([], 'a registered worker', () => registered);
  await session.send(event, { origin, registrationId, ...what } as never);
  await session.detach();
}

/** Waits until it is true in the page, whose policy lets no text run as a program while `waitForFunction` waits. */
export const becomes = (page: Page, what: string) =>
  until([], what, () => page.evaluate<boolean>(`(async () => ${what})()`));
