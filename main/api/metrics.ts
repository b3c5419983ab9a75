import { type StatusParts, statusView } from './node.ts';

/** Prometheus text: what an owner would plot or be woken by. */
export function metricsText(parts: StatusParts): string {
  const status = statusView(parts);
  const lines: string[] = [];
  const gauge = (
    name: string,
    help: string,
    values: readonly (readonly [labels: string, value: number])[],
  ) => {
    lines.push(`# HELP paracord_${name} ${help}`, `# TYPE paracord_${name} gauge`);
    for (const [labels, value] of values) lines.push(`paracord_${name}${labels} ${value}`);
  };
  gauge('up_seconds', 'Seconds since this run began.', [['', (status.now - status.started_at) / 1000]]);
  gauge('events', 'Events stored.', [['', status.events]]);
  gauge(
    'outbox_entries',
    'Events waiting to be delivered, by state.',
    Object.entries(status.outbox).map(([state, value]) => [`{state="${state}"}`, value]),
  );
  gauge(
    'peers',
    'Peers, by state.',
    Object.entries(status.peers).map(([state, value]) => [`{state="${state}"}`, value]),
  );
  gauge('rooms', 'Rooms, by where their home is.', [
    ['{home="here"}', status.rooms.homed],
    ['{home="elsewhere"}', status.rooms.joined],
  ]);
  gauge('key_valid_seconds', 'Seconds until the signing key expires.', [
    ['', status.active_key ? (status.active_key.valid_until - status.now) / 1000 : 0],
  ]);
  gauge('resident_bytes', 'Memory of this process.', [['', process.memoryUsage.rss()]]);
  return `${lines.join('\n')}\n`;
}
