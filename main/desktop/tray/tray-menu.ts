/** Makes the tray's icon, tooltip and menu from the node's status. Pure. */
import type { MenuItemConstructorOptions } from 'electron';
import type { Standing } from '../../../shared/api/standing.ts';
import type { StatusView, WorkView } from '../../../shared/api/views/node-views.ts';
import type { Words } from '../../../shared/words/words.ts';
import { appName } from '../host.ts';
import type { WatchedStatus } from './status-watch.ts';

type Texts = Words['desktop']['tray'];

/** A peer that doesn't answer is no news for somebody who looks at the tray. */
type TrayIcon = Exclude<Standing, 'waiting'> | 'starting';
export const trayIcons = ['ok', 'needs', 'broken', 'starting'] as const satisfies TrayIcon[];

/** The menus of the app and of the tray share these. */
export interface MenuActions {
  /** Opens the window, at this route if there is one. */
  readonly open: (route?: string) => void;
  readonly showLog: () => void;
}

export interface TrayActions extends MenuActions {
  /** Opens the window, or hides it if it is in front. */
  readonly toggle: () => void;
  readonly pause: () => void;
  readonly pauseForAnHour: () => void;
  readonly resume: () => void;
  readonly copyInvite: () => void;
  readonly quit: () => void;
}

/** The part of the status that the tray shows; `null` while the node starts. */
export type TrayStatus =
  | (Pick<WatchedStatus, 'set_up' | 'peers' | 'outbox' | 'unread' | 'work'> & {
      readonly health: Pick<StatusView['health'], 'state' | 'text' | 'cause'>;
      /** Unix ms, if it resumes by itself. */
      readonly pausedUntil?: number | null;
    })
  | null;

/** After the node has stopped by itself. */
export const stoppedStatus = (text: string): TrayStatus => ({
  set_up: false,
  health: { state: 'broken', text, cause: null },
  unread: { unread: 0, mentions: 0 },
  work: [],
  peers: { total: 0, ok: 0, waiting: 0, unreachable: 0, silent: 0, blocked: 0, quarantined: 0 },
  outbox: { queued: 0, retrying: 0, parked: 0, dead: 0 },
});

export function trayIcon(status: TrayStatus): TrayIcon {
  const state = status?.health.state ?? 'starting';
  return state === 'waiting' ? 'ok' : state;
}

const isPaused = ({ health }: NonNullable<TrayStatus>): boolean => health.cause === 'federation-paused';

const healthSentence = (status: TrayStatus, words: Words): string =>
  status?.health.text ?? words.desktop.tray.starting;

/** Windows cuts a tooltip after 127 characters. */
export function trayTooltip(status: TrayStatus, words: Words): string {
  const news = unreadSentence(status?.unread.unread ?? 0, words.desktop.tray);
  const line = `${appName}: ${news === null ? '' : `${news}. `}${healthSentence(status, words)}`;
  return line.length > 127 ? `${line.slice(0, 126)}…` : line;
}

/** `update`: a version that waits for its owner. */
export function trayMenu(
  status: TrayStatus,
  actions: TrayActions,
  words: Words,
  update: string | null = null,
): MenuItemConstructorOptions[] {
  const texts = words.desktop.tray;
  const news = unreadSentence(status?.unread.unread ?? 0, texts);
  const said = (label: string): MenuItemConstructorOptions => ({ label: literal(label), enabled: false });
  const federation: MenuItemConstructorOptions[] = status?.set_up
    ? [
        ...(news === null ? [] : [{ label: literal(news), click: () => actions.open() }]),
        said(peersSentence(status.peers, texts)),
        said(queueSentence(status.outbox, texts)),
        { type: 'separator' },
        { label: texts.copyInvite, click: actions.copyInvite },
        { label: texts.addSomeone, click: () => actions.open('#/people/add') },
        ...(isPaused(status)
          ? [{ label: texts.resume, click: actions.resume }]
          : [
              { label: texts.pause, click: actions.pause },
              { label: texts.pauseForAnHour, click: actions.pauseForAnHour },
            ]),
      ]
    : [];
  return [
    said(healthSentence(status, words)),
    ...(status !== null && isPaused(status) && status.pausedUntil
      ? [said(texts.pausedUntil({ until: status.pausedUntil }))]
      : []),
    ...(status?.work ?? []).slice(0, 1).map((item) => said(workLine(item, texts))),
    ...federation,
    ...(update === null
      ? []
      : [
          { type: 'separator' } as const,
          { label: texts.update({ version: update }), click: () => actions.open('#/server/settings') },
        ]),
    { type: 'separator' },
    { label: texts.open, click: () => actions.open() },
    // The log is there before the screens are.
    ...(status === null
      ? [logItem(actions, words)]
      : [
          settingsItem(actions, words),
          {
            label: words.desktop.menu.help,
            submenu: [aboutItem(actions, words), ...helpItems(actions, words)],
          },
        ]),
    { type: 'separator' },
    { label: texts.quit, click: actions.quit },
  ];
}

type Item = (actions: MenuActions, words: Words) => MenuItemConstructorOptions;

export const settingsItem: Item = ({ open }, { desktop: { menu } }) => ({
  label: menu.settings,
  click: () => open('#/server/settings'),
});

export const aboutItem: Item = ({ open }, { desktop: { menu } }) => ({
  label: menu.about,
  click: () => open('#/server/settings/about'),
});

const logItem: Item = ({ showLog }, { desktop: { menu } }) => ({ label: menu.showLog, click: showLog });

export const helpItems = (actions: MenuActions, words: Words): MenuItemConstructorOptions[] => [
  { label: words.desktop.menu.report, click: () => actions.open('#/server/settings/diagnostics') },
  logItem(actions, words),
];

const countedMax = 99;

/** `null` if nothing is unread. */
export function unreadSentence(count: number, texts: Texts): string | null {
  if (count === 0) return null;
  return count > countedMax ? texts.manyUnread({ count: countedMax }) : texts.unread({ count });
}

/** Counts in tenths, because a menu that changes while it is open closes. */
function workLine({ title, done, total }: WorkView, texts: Texts): string {
  if (total === null || total === 0) return title;
  return texts.work({ title, percent: Math.min(10, Math.floor((done * 10) / total)) * 10 });
}

/** Doesn't count blocked and quarantined servers, because they should not be connected. */
function peersSentence({ total, ok, blocked, quarantined }: StatusView['peers'], texts: Texts): string {
  const wanted = total - blocked - quarantined;
  return wanted <= 0 ? texts.noPeers : texts.peers({ ok, wanted });
}

function queueSentence({ queued, retrying, parked, dead }: StatusView['outbox'], texts: Texts): string {
  const count = queued + retrying + parked;
  const waiting = count === 0 ? texts.noneWaiting : texts.waiting({ count });
  return dead === 0 ? waiting : texts.failed({ waiting, dead });
}

/** In a menu, `&` makes the next letter a shortcut. */
const literal = (sentence: string): string => sentence.replaceAll('&', '&&');
