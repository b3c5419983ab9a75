import { reasonWords } from '../../shared/api/delivery-words.ts';
import type { LackingView } from '../../shared/api/views.ts';
import { tuning } from '../config.ts';
import type { ApiParts, WordedParts } from './parts.ts';

/** What member servers lack of what we wrote, as far as the homes of the rooms have told; the longest list first. */
export function lackingViews({
  store,
  ports,
  words,
}: Pick<WordedParts, 'store' | 'ports' | 'words'>): LackingView[] {
  // What will never arrive is told for as long as a failed attempt is.
  const rows = store.receipts.lacking(ports.clock.now() - tuning.attemptsKeepMs);
  const byServer = Map.groupBy(rows, (row) => `${row.server_name} ${row.via}`);
  return [...byServer.values()]
    .map((states) => {
      const { server_name, via } = states[0]!;
      const count = (...wanted: string[]): number =>
        states.reduce((sum, row) => sum + (wanted.includes(row.state) ? row.count : 0), 0);
      const latest = via === null ? undefined : store.receipts.latest(server_name, via);
      return {
        server_name,
        via,
        waiting: count('waiting'),
        unknown: count('unknown'),
        held: count('held'),
        refused: count('refused', 'gave_up'),
        reason: latest?.reason ? reasonWords(words, latest.reason, latest.via) : null,
        next_attempt_at: latest?.next_attempt_at ?? null,
      };
    })
    .sort(
      (a, b) => b.waiting + b.unknown - a.waiting - a.unknown || (a.server_name < b.server_name ? -1 : 1),
    );
}

/** Homes of rooms with members on further servers that do not tell who has what we write there. */
export function silentHomes({
  store,
  registry,
  directory,
  keyring,
}: Pick<ApiParts, 'store' | 'registry' | 'directory' | 'keyring'>): string[] {
  if (!keyring.isSetUp) return [];
  const self = keyring.serverName;
  const homes = new Set<string>();
  for (const { room_id, home } of store.rooms.rooms()) {
    if (home === self || homes.has(home) || directory.answers(home, 'receipts')) continue;
    const servers = [...(registry.get(room_id)?.servers ?? [])];
    const isMember = servers.includes(self);
    if (
      isMember &&
      servers.some((server) => server !== self && server !== home && !directory.isAllowed(server))
    )
      homes.add(home);
  }
  return [...homes].sort();
}
