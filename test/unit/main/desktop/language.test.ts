import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MenuItemConstructorOptions } from 'electron';
import { AppLanguage } from '../../../../main/desktop/language.ts';
import { desktopEntry } from '../../../../main/desktop/login-item.ts';
import { inviteNotice, messageNotice, warningNotice } from '../../../../main/desktop/notify/notices.ts';
import { startFailure } from '../../../../main/desktop/start-failure.ts';
import { InviteCopier } from '../../../../main/desktop/tray/copy-invite.ts';
import { trayMenu, trayTooltip } from '../../../../main/desktop/tray/tray-menu.ts';
import { type UpdateState, updateView } from '../../../../main/desktop/updates/updates.ts';
import { appMenu } from '../../../../main/desktop/window/app-menu.ts';
import { questionFor } from '../../../../main/desktop/window/confirm.ts';
import { messageBoxes } from '../../../../main/desktop/window/dialogs.ts';
import { CommandFailure } from '../../../../main/start/failure.ts';
import { FlagError } from '../../../../main/start/flags.ts';
import type { Output } from '../../../../shared/api/contract.ts';
import { confirmedNatively } from '../../../../shared/api/shell.ts';
import type { WorkView } from '../../../../shared/api/views/node-views.ts';
import { refusal } from '../../../../shared/words/refusal.ts';
import { quoted } from '../../../../shared/words/said.ts';
import { wordsIn } from '../../../../shared/words/words.ts';
import { standInElectron } from '../../../support/electron/electron-stand-in.ts';
import { fakeApi, status as nodeStatus, room } from '../../../support/parties/fake-api.ts';
import { textsIn, unmarkedWords } from '../../../support/unmarked.ts';

const words = wordsIn('en-XA');
const work: WorkView = {
  id: 'w1',
  kind: 'backup',
  about: null,
  title: 'Title',
  done: 1,
  total: 2,
  text: '',
  started_at: 1,
  can_cancel: false,
  lasting: true,
};
const status = { ...nodeStatus, unread: { unread: 2, mentions: 0 }, work: [] };
const actions = {
  pause() {},
  pauseForAnHour() {},
  resume() {},
  copyInvite() {},
  open() {},
  toggle() {},
  showLog() {},
  quit() {},
};
const labels = (items: readonly MenuItemConstructorOptions[]): string[] =>
  items.flatMap(({ label = '', submenu }) => [label, ...(Array.isArray(submenu) ? labels(submenu) : [])]);

/** `shown` names who said it and must hold no word from outside the catalogs; `data` is what others said. */
function assertMarked(shown: unknown, data: readonly string[] = []): void {
  const texts = textsIn(shown);
  assert.ok(texts.length > 0);
  for (const text of texts) assert.deepEqual(unmarkedWords(text, data), [], text);
}

test('every word of the menus comes from the catalogs, with the keys that people expect', () => {
  for (const platform of ['linux', 'windows', 'macos'] as const) {
    const menu = appMenu(platform, true, words, actions);
    assertMarked(labels(menu), ['Paracord Node']);
    const roles = JSON.stringify(menu);
    for (const role of ['copy', 'paste', 'selectAll', 'zoomIn', 'togglefullscreen', 'quit', 'toggleDevTools'])
      assert.ok(roles.includes(`"role":"${role}"`), `${platform} ${role}`);
    const unlabeled = menu.flatMap(({ submenu }) => (Array.isArray(submenu) ? submenu : []));
    assert.ok(unlabeled.every(({ label, type }) => type === 'separator' || label !== undefined));
    assert.ok(!JSON.stringify(appMenu(platform, false, words, actions)).includes('toggleDevTools'));
  }
});

test('every word of the tray comes from the catalogs, apart from the node’s own sentence', () => {
  const idle = { queued: 0, retrying: 0, parked: 0, dead: 0 };
  const peers = { ...status.peers, total: 0 };
  for (const shown of [
    null,
    status,
    { ...status, peers, outbox: { ...idle, dead: 2 } },
    { ...status, outbox: idle },
    { ...status, work: [{ ...work, total: null }] },
    { ...status, work: [work] },
  ]) {
    assertMarked(labels(trayMenu(shown, actions, words, '2.0.0')), [status.health.text, work.title]);
    assertMarked([trayTooltip(shown, words)], ['Paracord Node', status.health.text]);
  }
  const paused = {
    ...status,
    health: { state: 'needs', text: '', cause: 'federation-paused' } as const,
    pausedUntil: 1,
  };
  assertMarked(labels(trayMenu(paused, actions, words)));
});

test('every word of a question comes from the catalogs', () => {
  const input = { server_name: 'b.test', destination: 'b.test', name: 'helper', user_id: '@ann:a.test' };
  for (const name of confirmedNatively) assertMarked(questionFor(name, input, words));
  assertMarked(questionFor('discardHeld', { ...input, event_ids: ['$1:b.test'] }, words));
});

test('every word of a notification comes from the catalogs, apart from names', async () => {
  const event = {
    event_type: 'm.message',
    received_from: 'b.test',
    envelope: '{"sender":"@ben:b.test"}',
  } as Output<'event'>;
  const { api } = fakeApi({
    event: async () => event,
    room: async () => room,
    account: async () => ({ user_id: '@ann:a.test' }) as Output<'account'>,
  });
  for (const count of [1, 3, 60]) {
    const ids = Array.from({ length: count }, (_, n) => `$${n}:b.test`);
    const notice = await messageNotice(api, words, room.room_id, ids, (error) => assert.fail(String(error)));
    assertMarked([notice?.title, notice?.body], [room.name]);
  }
  const invite = inviteNotice(words, { id: 'i', direct: false, room_name: 'Garden', inviter: '@ben:b.test' });
  assertMarked([invite.title, invite.body]);
  assertMarked([warningNotice(words, { topic: 'notice', level: 'warning', said: quoted('') }).title]);
});

test('every word about a copied invite comes from the catalogs', async () => {
  for (const isSupported of [true, false]) {
    const { electron, notifications, did } = standInElectron();
    electron.Notification.isSupported = () => isSupported;
    for (const makePeerInvite of [
      async () => ({ link: 'https://a.test/join#x', page: 'trusted' }) as Output<'makePeerInvite'>,
      async () => Promise.reject(refusal('CONFLICT', quoted('No address.'))),
      async () => Promise.reject(new Error('No disk.')),
    ]) {
      const { api } = fakeApi({ makePeerInvite });
      await new InviteCopier(electron, {
        api,
        words: () => words,
        copy: async () => {},
        open() {},
        show: messageBoxes(electron, 'linux'),
      }).copy();
    }
    assert.equal(did.asked.length, isSupported ? 2 : 3);
    for (const { message, detail, buttons } of did.asked)
      assertMarked([message, detail, buttons], ['No address.', 'No disk.']);
    for (const { options } of notifications) assertMarked([options.title, options.body]);
  }
});

test('every word about updates comes from the catalogs', () => {
  const managers = ['fromSources', 'fromStore', 'noPlace'] as const;
  const states: readonly UpdateState[] = [
    ...managers.map((by) => ({ kind: 'managed', by }) as const),
    { kind: 'unchecked' },
    { kind: 'current' },
    { kind: 'checking' },
    { kind: 'downloading', version: '2.0.0' },
    { kind: 'ready', version: '2.0.0' },
    { kind: 'failed', message: 'no network' },
    { kind: 'available', version: '2.0.0', why: 'unsigned' },
    { kind: 'available', version: '2.0.0', why: 'readOnly' },
    { kind: 'available', version: '2.0.0', why: 'asInstalled' },
    { kind: 'available', version: '2.0.0', why: 'notMoved' },
    { kind: 'notInstalled', version: '2.0.0', reason: 'no space' },
  ];
  for (const state of states) assertMarked([updateView(state, words, null).text]);
});

test('every word about a start that failed comes from the catalogs', () => {
  const codes = [
    'PORT_IN_USE',
    'DATA_IN_USE',
    'DATABASE_NEWER',
    'DATABASE_UNRELEASED',
    'DATABASE_DAMAGED',
    'DATABASE_FOREIGN',
    'IDENTITY',
    'CONFLICT',
    'USAGE',
  ];
  const failures = [
    ...[...codes, 'OTHER'].map((code) => new CommandFailure(code, 1, ({ start }) => start.window.incomplete)),
    new FlagError('--listen', ({ start }) => start.flags.hostPort({ value: 'x' })),
    new Error('the disk is full'),
    'thrown',
  ];
  for (const failure of failures) {
    const { message, detail } = startFailure(failure, words);
    assertMarked([message, detail]);
  }
});

test('the owner’s choice comes before the language of the system, whose country it keeps', () => {
  const language = new AppLanguage(() => ['fr-FR', 'de-AT', 'en-GB']);
  assert.equal(language.words.locale, 'de-AT');
  assert.equal(language.choose('en'), true);
  assert.equal(language.words.locale, 'en-GB');
  assert.equal(language.choose('en'), false);
  assert.equal(language.choose('system'), true);
  assert.equal(new AppLanguage(() => []).words.locale, 'en');
});

test('the entry for the start at login is described in every language', () => {
  const entry = desktopEntry(['/opt/app']);
  assert.match(entry, /^Comment=Keeps your chat server connected to your friends$/m);
  assert.match(entry, /^Comment\[de\]=Hält deinen Chat-Server mit deinen Freunden verbunden$/m);
});
