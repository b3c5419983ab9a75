import type { StatusView } from '../../../shared/api/views/node-views.ts';
import { normalizeServerName } from '../../../shared/protocol/identifiers.ts';

export type NextThing = 'recovery' | 'peer' | 'room' | 'compare' | 'overview';

/** Three things to do next: what was left out first. */
export function nextThings(status: Pick<StatusView, 'recovery_saved_at' | 'peers'>): readonly NextThing[] {
  const things: NextThing[] = [];
  if (status.recovery_saved_at === null) things.push('recovery');
  if (status.peers.total === 0) things.push('peer');
  things.push('room');
  if (status.peers.total > 0) things.push('compare');
  things.push('overview');
  return things.slice(0, 3);
}

export type NameKind = 'domain' | 'ipv4' | 'privateIpv4' | 'loopback' | 'local' | 'single';

const localEnds = /\.(?:local|lan|home|internal|home\.arpa|intranet|corp|test|invalid)$/;
const privateIpv4 =
  /^(?:10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|169\.254\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.)/;

/** What a name is, judging by its form; `null` while it isn't a server name. */
export function kindOfName(typed: string): NameKind | null {
  let name: string;
  try {
    name = normalizeServerName(typed);
  } catch {
    return null;
  }
  if (/^(?:127|0)\.\d+\.\d+\.\d+$/.test(name) || /(?:^|\.)localhost$/.test(name)) return 'loopback';
  if (/^\d+(?:\.\d+){3}$/.test(name)) return privateIpv4.test(name) ? 'privateIpv4' : 'ipv4';
  if (!name.includes('.')) return 'single';
  return localEnds.test(name) ? 'local' : 'domain';
}
