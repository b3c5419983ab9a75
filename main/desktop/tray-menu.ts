/** What the tray shows: a pure function of how the node is. */
import type { MenuItemConstructorOptions } from 'electron';
import type { StatusView } from '../../shared/api/views.ts';
import { appName } from './electron.ts';

export type TrayIcon = StatusView['health']['state'];
export const trayIcons = ['ok', 'attention', 'offline', 'paused', 'starting'] as const satisfies TrayIcon[];

export interface TrayActions {
  readonly pause: () => void;
  readonly resume: () => void;
  readonly open: () => void;
  readonly quit: () => void;
}

/** What the tray wants to know of a status; `null` while the node starts. */
export type TrayStatus = Pick<StatusView, 'set_up' | 'health' | 'peers' | 'outbox'> | null;

export const trayIcon = (status: TrayStatus): TrayIcon => status?.health.state ?? 'starting';

export const healthSentence = (status: TrayStatus): string => status?.health.text ?? 'Starting…';

/** Windows cuts a tooltip after 127 characters. */
export function trayTooltip(status: TrayStatus): string {
  const text = `${appName}: ${healthSentence(status)}`;
  return text.length > 127 ? `${text.slice(0, 126)}…` : text;
}

export function trayMenu(status: TrayStatus, actions: TrayActions): MenuItemConstructorOptions[] {
  const said = (label: string): MenuItemConstructorOptions => ({ label: literal(label), enabled: false });
  const federation: MenuItemConstructorOptions[] = status?.set_up
    ? [
        said(peersSentence(status.peers)),
        said(queueSentence(status.outbox)),
        { type: 'separator' },
        status.health.state === 'paused'
          ? { label: 'Resume federation', click: actions.resume }
          : { label: 'Pause federation', click: actions.pause },
      ]
    : [];
  return [
    said(healthSentence(status)),
    ...federation,
    { type: 'separator' },
    { label: `Open ${appName}`, click: actions.open },
    { label: `Quit ${appName}`, click: actions.quit },
  ];
}

/** Blocked and quarantined servers are not meant to be connected. */
function peersSentence({ total, ok, blocked, quarantined }: StatusView['peers']): string {
  const wanted = total - blocked - quarantined;
  if (wanted <= 0) return 'No peers yet';
  return `${ok} of ${wanted} ${wanted === 1 ? 'peer' : 'peers'} connected`;
}

function queueSentence({ queued, retrying, parked, dead }: StatusView['outbox']): string {
  const waiting = queued + retrying + parked;
  const waits =
    waiting === 0 ? 'Nothing waits' : `${waiting} ${waiting === 1 ? 'delivery waits' : 'deliveries wait'}`;
  return dead === 0 ? waits : `${waits}, ${dead} failed`;
}

/** In a menu `&` marks the next letter as its key. */
const literal = (text: string): string => text.replaceAll('&', '&&');
