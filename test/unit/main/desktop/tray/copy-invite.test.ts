import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { InviteCopier } from '../../../../../main/desktop/tray/copy-invite.ts';
import { messageBoxes } from '../../../../../main/desktop/window/dialogs.ts';
import type { Output } from '../../../../../shared/api/contract.ts';
import { refusal } from '../../../../../shared/words/refusal.ts';
import { quoted } from '../../../../../shared/words/said.ts';
import { wordsIn } from '../../../../../shared/words/words.ts';
import { type StandInOptions, standInElectron } from '../../../../support/electron/electron-stand-in.ts';
import { fakeApi } from '../../../../support/parties/fake-api.ts';

function copier(
  makePeerInvite: () => Promise<Output<'makePeerInvite'>>,
  press = 0,
  { copy, ...options }: StandInOptions & { copy?: (text: string) => Promise<void> } = {},
) {
  const stand = standInElectron({ press: () => press, ...options });
  const copied: string[] = [];
  const opened: string[] = [];
  const { api, calls } = fakeApi({ makePeerInvite });
  const invites = new InviteCopier(stand.electron, {
    api,
    words: () => wordsIn('en'),
    copy: copy ?? (async (text) => void copied.push(text)),
    open: (route) => void opened.push(route),
    show: messageBoxes(stand.electron, options.platform ?? 'linux'),
  });
  return { ...stand, invites, copied, opened, calls };
}

const link = 'https://chat.example/join#abc';
const made = async () => ({ link, app_link: null, page: 'trusted' }) as Output<'makePeerInvite'>;

test('an invite goes to the clipboard, and a notification says what it is, not the link itself', async () => {
  const { invites, copied, opened, calls, notifications, did } = copier(made);
  await invites.copy();
  assert.deepEqual(copied, [link]);
  assert.deepEqual(calls, [{ name: 'makePeerInvite', input: { expires_in_seconds: 604_800 } }]);
  const [{ options, shown }] = notifications as [(typeof notifications)[0]];
  assert.deepEqual([options.title, shown], ['Invite link copied', true]);
  assert.match(options.body ?? '', /It works once and expires in a week\./);
  assert.doesNotMatch(JSON.stringify(options), /paracord:/);
  notifications[0]?.emit('click');
  assert.deepEqual(opened, ['#/people']);
  assert.deepEqual(did.asked, []);
});

test('without notifications, a dialog shows the message', async (t: TestContext) => {
  const { invites, copied, did, electron } = copier(made);
  t.mock.method(electron.Notification, 'isSupported', () => false);
  await invites.copy();
  assert.deepEqual(copied, [link]);
  assert.equal(did.asked[0]?.message, 'Invite link copied');
});

test('if notifications fail, as in an unsigned app on macOS, a dialog shows the message', async () => {
  const { invites, did } = copier(made, 0, { platform: 'macos', notificationsFail: true });
  await invites.copy();
  await turn();
  assert.equal(did.asked[0]?.message, 'Invite link copied');
});

test('nothing is called copied before the clipboard has it', async () => {
  const clipboard = Promise.withResolvers<void>();
  const slow = copier(made, 0, { copy: () => clipboard.promise });
  const copying = slow.invites.copy();
  await turn();
  assert.equal(slow.notifications.length, 0);
  clipboard.resolve();
  await copying;
  assert.equal(slow.notifications.length, 1);

  const copy = () => Promise.reject(new Error('The clipboard is busy.'));
  const failed = copier(made, 0, { copy });
  await failed.invites.copy();
  assert.equal(failed.notifications.length, 0);
  assert.match(failed.did.asked[0]?.detail ?? '', /The clipboard is busy/);
});

test('without a public address, the tray says so and leads to that setting', async () => {
  const none = async () => {
    throw refusal('CONFLICT', quoted('This server has no public address yet.'));
  };
  const yes = copier(none);
  await yes.invites.copy();
  assert.equal(yes.did.asked[0]?.detail, 'This server has no public address yet.');
  assert.deepEqual(yes.did.asked[0]?.buttons, ['Set a public address', 'Cancel']);
  assert.deepEqual([yes.copied, yes.opened, yes.notifications.length], [[], ['#/server/network'], 0]);
  const no = copier(none, 1);
  await no.invites.copy();
  assert.deepEqual(no.opened, []);
});

test('any other failure is reported, and nothing else happens', async () => {
  const { invites, did, opened, copied } = copier(async () => {
    throw new Error('the disk is full');
  });
  await invites.copy();
  assert.deepEqual([did.asked[0]?.detail, did.asked[0]?.buttons], ['the disk is full', ['OK']]);
  assert.deepEqual([opened, copied], [[], []]);
});
