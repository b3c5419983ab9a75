/** What the tray shows: a pure function of how the node is. */
import type { MenuItemConstructorOptions } from 'electron';
import type { StatusView } from '../../../shared/api/views.ts';
import { appName } from '../electron.ts';
import { text } from '../text.ts';

export type TrayIcon = StatusView['health']['state'];
export const trayIcons = ['ok', 'attention', 'offline', 'paused', 'starting'] as const satisfies TrayIcon[];

export interface TrayActions {
  readonly pause: () => void;
  readonly resume: () => void;
  /** Absent where there is no clipboard. */
  readonly copyInvite?: (() => void) | undefined;
  readonly open: () => void;
  readonly quit: () => void;
}

/** What the tray wants to know of a status; `null` while the node starts. */
export type TrayStatus = Pick<StatusView, 'set_up' | 'health' | 'peers' | 'outbox'> | null;

export const trayIcon = (status: TrayStatus): TrayIcon => status?.health.state ?? 'starting';

export const healthSentence = (status: TrayStatus): string => status?.health.text ?? text.tray.starting;

/** Windows cuts a tooltip after 127 characters. */
export function trayTooltip(status: TrayStatus): string {
  const line = `${appName}: ${healthSentence(status)}`;
  return line.length > 127 ? `${line.slice(0, 126)}…` : line;
}

export function trayMenu(status: TrayStatus, actions: TrayActions): MenuItemConstructorOptions[] {
  const said = (label: string): MenuItemConstructorOptions => ({ label: literal(label), enabled: false });
  const federation: MenuItemConstructorOptions[] = status?.set_up
    ? [
        said(peersSentence(status.peers)),
        said(queueSentence(status.outbox)),
        { type: 'separator' },
        ...(actions.copyInvite ? [{ label: text.tray.copyInvite, click: actions.copyInvite }] : []),
        status.health.state === 'paused'
          ? { label: text.tray.resume, click: actions.resume }
          : { label: text.tray.pause, click: actions.pause },
      ]
    : [];
  return [
    said(healthSentence(status)),
    ...federation,
    { type: 'separator' },
    { label: text.tray.open, click: actions.open },
    { label: text.tray.quit, click: actions.quit },
  ];
}

/** Blocked and quarantined servers are not meant to be connected. */
function peersSentence({ total, ok, blocked, quarantined }: StatusView['peers']): string {
  const wanted = total - blocked - quarantined;
  if (wanted <= 0) return text.tray.noPeers;
  return text.tray.peers(ok, wanted);
}

function queueSentence({ queued, retrying, parked, dead }: StatusView['outbox']): string {
  const waiting = queued + retrying + parked;
  const waits = waiting === 0 ? text.tray.nothingWaits : text.tray.waits(waiting);
  return dead === 0 ? waits : text.tray.failed(waits, dead);
}

/** In a menu `&` marks the next letter as its key. */
const literal = (sentence: string): string => sentence.replaceAll('&', '&&');
