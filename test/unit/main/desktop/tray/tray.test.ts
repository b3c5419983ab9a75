import assert from 'node:assert/strict';
import type { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ChangeFeed } from '../../../../../main/changes.ts';
import type { HasTray } from '../../../../../main/desktop/host.ts';
import { type WatchedStatus, watchStatus } from '../../../../../main/desktop/tray/status-watch.ts';
import {
  AppTray,
  awaitTray,
  createTray,
  hasTray,
  trayIconFile,
} from '../../../../../main/desktop/tray/tray.ts';
import {
  type TrayStatus,
  trayIcon,
  trayIcons,
  trayMenu,
  trayTooltip,
} from '../../../../../main/desktop/tray/tray-menu.ts';
import { systemPorts } from '../../../../../main/kernel/ports.ts';
import type { WorkView } from '../../../../../shared/api/views/node-views.ts';
import { wordsIn } from '../../../../../shared/words/words.ts';
import { standInElectron } from '../../../../support/electron/electron-stand-in.ts';
import { fakeApi, status as healthy } from '../../../../support/parties/fake-api.ts';
import { VirtualClock } from '../../../../support/virtual-clock.ts';

const words = wordsIn('en');
const nothingNew = { unread: 0, mentions: 0 };
const status = (changes: object = {}): TrayStatus => ({
  ...healthy,
  unread: nothingNew,
  work: [],
  ...changes,
});
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
const labels = (given: TrayStatus): string[] =>
  trayMenu(given, actions, words).map(({ label, type }) => (type === 'separator' ? '—' : (label ?? '')));

test('the menu shows the state of the server and what can be done', () => {
  assert.deepEqual(labels(status()), [
    'Everything works.',
    '1 of 2 servers connected',
    '4 deliveries wait',
    '—',
    'Copy invite link',
    'Add someone in your home…',
    'Pause',
    'Pause for an hour',
    '—',
    'Open Paracord Node',
    'Settings…',
    'Help',
    '—',
    'Quit Paracord Node',
  ]);
});

test('during the start, and without a name, the menu has neither pause nor invite', () => {
  assert.deepEqual(labels(null), [
    'Starting…',
    '—',
    'Open Paracord Node',
    'Show the log file',
    '—',
    'Quit Paracord Node',
  ]);
  assert.deepEqual(
    labels(
      status({ set_up: false, health: { state: 'needs', text: 'No name yet.', cause: 'server-not-set-up' } }),
    ),
    ['No name yet.', '—', 'Open Paracord Node', 'Settings…', 'Help', '—', 'Quit Paracord Node'],
  );
});

for (const state of ['ok', 'needs', 'broken'] as const)
  test(`when it is ${state}, the menu says so in a sentence, and federation can be paused`, () => {
    const given = status({ health: { state, text: `It is ${state}.`, cause: null } });
    assert.equal(labels(given)[0], `It is ${state}.`);
    assert.ok(labels(given).includes('Pause'));
    assert.equal(trayIcon(given), state);
  });

test('while a peer doesn’t answer, the icon is that of a server that works', () => {
  assert.equal(
    trayIcon(
      status({ health: { state: 'waiting', text: 'ben.test isn’t answering.', cause: 'peer-unreachable' } }),
    ),
    'ok',
  );
});

test('when it is paused, federation can be resumed, and the menu says when it resumes by itself', () => {
  const given = status({
    health: { state: 'needs', text: 'Federation is paused.', cause: 'federation-paused' },
  });
  assert.ok(labels(given).includes('Resume'));
  assert.deepEqual(
    labels(given).filter((label) => label.startsWith('Pause')),
    [],
  );
  const at = new Date(2026, 10, 25, 14, 30).getTime();
  const hour = status({
    health: { state: 'needs', text: 'Federation is paused.', cause: 'federation-paused' },
    pausedUntil: at,
  });
  assert.match(labels(hour)[1] ?? '', /^Paused until 2:30.PM$/);
});

test('one is singular, zero is not, and a failure is reported', () => {
  const peers = { total: 3, ok: 1, waiting: 0, unreachable: 0, blocked: 1, quarantined: 1 };
  const outbox = { queued: 1, retrying: 0, parked: 0, dead: 2 };
  assert.deepEqual(labels(status({ peers, outbox })).slice(1, 3), [
    '1 of 1 server connected',
    '1 delivery waits, 2 failed',
  ]);
  const none = { total: 0, ok: 0, waiting: 0, unreachable: 0, blocked: 0, quarantined: 0 };
  assert.deepEqual(
    labels(status({ peers: none, outbox: { queued: 0, retrying: 0, parked: 0, dead: 0 } })).slice(1, 3),
    ['Nobody invited yet', 'Nothing waits'],
  );
});

test('sentences are not clickable, and an & in one is no key', () => {
  const [first] = trayMenu(
    status({ health: { state: 'needs', text: 'Ann & Ben wait.', cause: null } }),
    actions,
    words,
  );
  assert.equal(first?.enabled, false);
  assert.equal(first?.label, 'Ann && Ben wait.');
});

test('a version that waits for its owner is in the menu, and leads to the settings', () => {
  const opened: unknown[] = [];
  const menu = trayMenu(status(), { ...actions, open: (route) => opened.push(route) }, words, '2.0.0');
  const click = menu.find(({ label }) => label === 'Version 2.0.0 is available…')?.click as () => void;
  click();
  assert.deepEqual(opened, ['#/server/settings']);
});

test('settings, a report, the log and the version are in the menu', () => {
  const did: unknown[] = [];
  const menu = trayMenu(
    status(),
    { ...actions, open: (route) => did.push(route), showLog: () => did.push('log') },
    words,
  );
  const help = menu.find(({ label }) => label === 'Help')?.submenu as typeof menu;
  const settings = menu.find(({ label }) => label === 'Settings…') ?? assert.fail();
  for (const { click } of [settings, ...help]) (click as () => void)();
  assert.deepEqual(did, [
    '#/server/settings',
    '#/server/settings/about',
    '#/server/settings/diagnostics',
    'log',
  ]);
});

test('unread messages are in the menu and in the tooltip', () => {
  const some = status({ unread: { unread: 3, mentions: 1 } });
  assert.equal(labels(some)[1], '3 unread messages');
  assert.equal(trayTooltip(some, words), 'Paracord Node: 3 unread messages. Everything works.');
  const many = status({ unread: { unread: 150, mentions: 0 } });
  assert.equal(labels(many)[1], 'More than 99 unread messages');
});

const backup: WorkView = {
  id: 'w1',
  kind: 'backup',
  about: null,
  title: 'Making a backup',
  done: 0,
  total: null,
  text: '',
  started_at: 1,
  can_cancel: true,
  lasting: true,
};

test('long work has one line, in tenths, and none where nobody knows how far it is', () => {
  const { electron, trays } = standInElectron();
  const tray = createTray(electron, 'linux', '/icons', () => words, actions);
  const lineAt = (progress: Partial<WorkView>): string => {
    const given = status({
      work: [
        { ...backup, ...progress },
        { ...backup, title: 'Another' },
      ],
    });
    tray.show(given);
    assert.equal(labels(given).includes('Another'), false);
    return labels(given)[1] ?? '';
  };
  assert.equal(lineAt({}), 'Making a backup');
  assert.equal(lineAt({ done: 39, total: 100 }), 'Making a backup: 30 %');
  const menu = trays[0]?.menu;
  lineAt({ done: 31, total: 100 });
  assert.equal(trays[0]?.menu, menu, 'an open menu stays open');
  assert.equal(lineAt({ done: 300, total: 100 }), 'Making a backup: 100 %');
  tray.show(status());
  assert.notEqual(trays[0]?.menu, menu);
  assert.equal(labels(status()).length, 14, 'and it goes with the work');
});

test('while work is in progress, the tray reads the work again and the status only after other changes', async () => {
  const clock = new VirtualClock();
  const changes = new ChangeFeed({ clock, random: systemPorts.random });
  const shown: WatchedStatus[] = [];
  const { api, calls } = fakeApi({
    status: async () => healthy,
    unread: async () => nothingNew,
    work: async () => ({ items: [backup, { ...backup, id: 'w2', lasting: false }], next: null }),
  });
  const end = watchStatus({ api, changes }, clock, (status) => shown.push(status));
  const asked = (wanted: string) => calls.filter(({ name }) => name === wanted).length;
  await clock.advance(0);
  assert.deepEqual(shown.at(-1)?.work, [backup]);
  for (let second = 0; second < 4; second++) {
    changes.publish({ topic: 'work' });
    await clock.advance(1_000);
  }
  assert.deepEqual([asked('status'), asked('unread'), asked('work')], [1, 1, 5]);
  changes.publish({ topic: 'work' });
  changes.publish({ topic: 'settings' });
  await clock.advance(1_000);
  assert.deepEqual([asked('status'), asked('work')], [2, 6]);
  await clock.advance(30_000);
  assert.equal(asked('status'), 3, 'and now and then');
  end();
  assert.equal(clock.timers, 0);
});

test('a tooltip fits what Windows shows', () => {
  assert.equal(trayTooltip(status(), words), 'Paracord Node: Everything works.');
  const long = trayTooltip(status({ health: { state: 'needs', text: 'x'.repeat(300), cause: null } }), words);
  assert.equal(long.length, 127);
});

test('the icon shows unread messages in every state, by its shape', () => {
  const { electron, trays } = standInElectron();
  const tray = createTray(electron, 'linux', '/icons', () => words, actions);
  tray.show(status({ unread: { unread: 3, mentions: 0 } }));
  assert.equal(trays[0]?.image, '/icons/okUnread.png');
  tray.show(
    status({
      unread: { unread: 3, mentions: 0 },
      health: { state: 'broken', text: 'Stopped.', cause: null },
    }),
  );
  assert.equal(trays[0]?.image, '/icons/brokenUnread.png');
  tray.show(status());
  assert.equal(trays[0]?.image, '/icons/ok.png');
});

test('there is an icon for each state on each platform, with and without unread messages', () => {
  const dir = fileURLToPath(new URL('../../../../../build/icons/tray/', import.meta.url));
  for (const icon of trayIcons)
    for (const isUnread of [false, true])
      for (const platform of ['linux', 'windows', 'macos'] as const) {
        const name = trayIconFile(platform, icon, isUnread);
        const names = platform === 'windows' ? [name] : [name, name.replace('.png', '@2x.png')];
        for (const one of names) assert.ok(existsSync(dir + one), one);
      }
});

test('the tray follows the status, and leaves an open menu alone when nothing changed', () => {
  const { electron, trays } = standInElectron();
  let toggled = 0;
  const tray = createTray(electron, 'linux', '/icons', () => words, { ...actions, toggle: () => toggled++ });
  tray.show(null);
  assert.equal(trays[0]?.image, '/icons/starting.png');
  tray.show(status());
  assert.equal(trays[0]?.image, '/icons/ok.png');
  const menu = trays[0]?.menu;
  tray.show(status({ events: 43 }));
  assert.equal(trays[0]?.menu, menu);
  trays[0]?.emit('click');
  assert.equal(toggled, 1);
  tray.remove();
  assert.equal(trays[0]?.destroyed, true);
});

test('on Linux the session’s bus is asked who shows tray icons', async () => {
  const answering = (error: Error | null, stdout: string) =>
    ((
      _command: string,
      _args: string[],
      _options: object,
      done: (error: Error | null, stdout: string) => void,
    ) => done(error, stdout)) as unknown as typeof execFile;
  const wayland = { DISPLAY: ':0', WAYLAND_DISPLAY: 'wayland-0' };
  assert.equal(await hasTray('linux', wayland, answering(null, '(true,)\n')), true);
  assert.equal(await hasTray('linux', wayland, answering(null, '(false,)\n')), false);
  assert.equal(await hasTray('linux', wayland, answering(new Error('no bus'), '')), false);
  assert.equal(await hasTray('linux', { DISPLAY: ':0' }, answering(null, '(false,)\n')), 'unknown');
  assert.equal(await hasTray('macos', {}, answering(new Error('not asked'), '')), true);
});

test('a panel that comes after the app is found, and asked for no longer', async () => {
  const clock = new VirtualClock();
  const seen = { asked: 0, found: 0 };
  const hasTray = async () => {
    seen.asked++;
    if (seen.asked === 1) throw new Error('the bus is not there yet');
    return seen.asked === 3;
  };
  awaitTray(clock, hasTray, () => seen.found++);
  await clock.advance(3_600_000);
  assert.deepEqual(seen, { asked: 3, found: 1 });
  assert.equal(clock.timers, 0);
});

test('a desktop without a panel isn’t asked forever, nor after the app has ended', async () => {
  const clock = new VirtualClock();
  let asked = 0;
  const never = async () => {
    asked++;
    return false;
  };
  awaitTray(clock, never, () => assert.fail('there is none'));
  await clock.advance(24 * 3_600_000);
  assert.ok(asked > 3 && asked < 20, `${asked}`);
  assert.equal(clock.timers, 0);

  const answer = Promise.withResolvers<boolean>();
  const end = awaitTray(
    clock,
    () => answer.promise,
    () => assert.fail('the app is gone'),
  );
  await clock.advance(1_000);
  end();
  answer.resolve(true);
  await clock.advance(3_600_000);
  assert.equal(clock.timers, 0);
});

function appTray(hasTray: () => Promise<HasTray>, make?: () => never) {
  const clock = new VirtualClock();
  const seen: string[] = [];
  const tray = new AppTray({
    clock,
    hasTray,
    make:
      make ??
      (() => ({
        show: (status) => seen.push(trayIcon(status)),
        remove: () => seen.push('removed'),
      })),
    log: { warn: (_details, message) => seen.push(message) },
  });
  return { clock, seen, tray };
}

test('the tray is there while the node starts, then follows it, and goes with the app', async () => {
  const { seen, tray } = appTray(async () => true);
  await tray.open();
  assert.equal(tray.isThere, true);
  tray.show(status());
  tray.redraw();
  tray.remove();
  assert.equal(tray.isThere, false);
  assert.deepEqual(seen, ['starting', 'ok', 'ok', 'removed']);
});

test('a tray that appears later shows the current state of the node', async () => {
  let panel = false;
  let appeared = 0;
  const { clock, seen, tray } = appTray(async () => panel);
  await tray.open();
  tray.show(status());
  tray.awaitPanel(() => appeared++);
  assert.deepEqual([tray.isThere, seen], [false, []]);
  panel = true;
  await clock.advance(60_000);
  assert.deepEqual([tray.isThere, appeared, seen], [true, 1, ['ok']]);
});

test('on X11 an old panel may show the icon, but nobody relies on it; a newer panel gets an icon of its own', async () => {
  let there: HasTray = 'unknown';
  const { clock, seen, tray } = appTray(async () => there);
  await tray.open();
  tray.show(status());
  assert.deepEqual([tray.isThere, seen], [false, ['starting', 'ok']]);
  tray.awaitPanel(() => {});
  there = true;
  await clock.advance(1_000);
  assert.deepEqual([tray.isThere, seen.slice(2)], [true, ['removed', 'ok']]);
});

test('the app works if the system can’t create a tray', async () => {
  const { seen, tray } = appTray(
    async () => true,
    () => {
      throw new Error('no icons');
    },
  );
  await tray.open();
  assert.deepEqual([tray.isThere, seen], [false, ['the system shows no tray icon']]);
});

test('an app that ends no longer waits for a panel', async () => {
  const { clock, tray } = appTray(async () => false);
  await tray.open();
  tray.awaitPanel(() => assert.fail('the app is gone'));
  tray.stopWaiting();
  assert.equal(clock.timers, 0);
});

test('“Add someone in your home” opens the dialog in the window', () => {
  const opened: (string | undefined)[] = [];
  const menu = trayMenu(status(), { ...actions, open: (route) => void opened.push(route) }, words);
  const item = menu.find(({ label }) => label === 'Add someone in your home…');
  (item?.click as (() => void) | undefined)?.();
  assert.deepEqual(opened, ['#/people/add']);
});
