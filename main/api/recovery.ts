import type { RecoveryItem, RecoveryView } from '../../shared/api/views/recovery-views.ts';
import type { Sayable } from '../../shared/words/in-words.ts';
import { type Said, said } from '../../shared/words/said.ts';
import { fingerprint } from '../identity/fingerprint.ts';
import type { Keyring } from '../identity/keyring.ts';
import type { Drill } from '../recovery/drill.ts';
import type { Recovery } from '../recovery/recovery.ts';
import type { Restore } from '../recovery/restore.ts';
import type { WriteHold } from '../recovery/write-hold.ts';
import type { Tables } from '../store/ports.ts';
import type { Find } from '../store/tables/recovery-store.ts';
import type { PeerDirectory } from '../trust/peer-directory.ts';
import type { SaidApi } from './answer.ts';

export interface RecoveryApiDeps {
  readonly store: Tables<'recovery' | 'rooms'>;
  readonly recovery: Pick<
    Recovery,
    'begun' | 'isOpen' | 'isUnfinished' | 'begin' | 'finish' | 'confirm' | 'answers'
  >;
  readonly hold: Pick<WriteHold, 'rooms'>;
  readonly drill: Pick<Drill, 'run'>;
  readonly restore: Pick<Restore, 'run'>;
  readonly directory: Pick<PeerDirectory, 'all' | 'get' | 'isAllowed' | 'isOfOurKind' | 'answers'>;
  readonly keyring: Pick<Keyring, 'isSetUp' | 'serverName'>;
}

export function recoveryApi(deps: RecoveryApiDeps) {
  const { recovery, store } = deps;
  return {
    async recovery() {
      return recoveryView(deps);
    },
    async startRecovery() {
      await recovery.begin('asked');
      return recoveryView(deps);
    },
    async finishRecovery() {
      await recovery.finish();
      return recoveryView(deps);
    },
    async drill() {
      const { backup, problems, missing, events } = await deps.drill.run();
      return {
        folder: backup.folder,
        created_at: backup.createdAt,
        problems,
        events,
        missing: missing && {
          events: missing.events,
          events_only_here: missing.eventsOnlyHere,
          rooms: missing.rooms,
          users: missing.users,
          decisions: missing.decisions,
          keys: missing.keys,
          files: missing.files,
        },
      };
    },
    async restoreBackup(input) {
      const { server, events, rooms } = await deps.restore.run(input.folder.trim());
      return { server_name: server, events, rooms };
    },
    async confirmTrust(input) {
      await recovery.confirm(input.server_names ?? store.recovery.decisions());
      return recoveryView(deps);
    },
  } satisfies Partial<SaidApi>;
}

function recoveryView(deps: RecoveryApiDeps): Sayable<RecoveryView> {
  const { recovery, store, hold, directory, keyring } = deps;
  const { begun } = recovery;
  const finds = store.recovery.finds();
  const count = (outcome: Find['outcome'], kind?: Find['kind']) =>
    finds.filter((find) => find.outcome === outcome && (kind === undefined || find.kind === kind)).length;
  const answers = recovery.answers();
  const unanswered = directory
    .all()
    .map(({ server_name }) => server_name)
    .filter(
      (name) => directory.isAllowed(name) && directory.isOfOurKind(name) !== false && !answers.has(name),
    );
  const held = hold.rooms.length;
  return {
    state: begun === null ? 'none' : held > 0 ? 'running' : 'done',
    why: begun?.why ?? null,
    began_at: begun?.at ?? null,
    unfinished: recovery.isUnfinished,
    answered: [...answers.keys()].sort(),
    unanswered: begun !== null && recovery.isOpen ? unanswered : [],
    messages: begun === null ? {} : Object.fromEntries(store.recovery.broughtBy(begun.seq, begun.at)),
    held_rooms: held,
    held_until: held > 0 && begun !== null ? begun.hold_until : null,
    recovered: {
      events:
        begun !== null && keyring.isSetUp
          ? store.recovery.countBroughtBack(begun.seq, keyring.serverName, begun.at)
          : 0,
      rooms: count('recovered', 'room'),
      users: count('recovered', 'user'),
      keys: count('recovered', 'key'),
    },
    elsewhere: count('elsewhere'),
    lost: count('lost'),
    items: finds.map((find) => itemOf(deps, find)),
    unconfirmed: store.recovery.decisions().flatMap((server_name) => {
      const peer = directory.get(server_name);
      return peer ? [{ server_name, mode: peer.mode }] : [];
    }),
  };
}

function itemOf({ store }: RecoveryApiDeps, find: Find): Sayable<RecoveryItem> {
  const { kind, id, outcome, told_by } = find;
  const names = {
    room: () => store.rooms.room(id)?.name ?? id,
    user: () => id,
    key: () => fingerprint(id),
  };
  return { kind, id, name: names[kind](), outcome, told_by, text: whatItMeans(find) };
}

function whatItMeans({ kind, outcome, told_by: server }: Find): Said {
  if (kind === 'user') return said('recall.user_recovered');
  if (kind === 'key')
    return outcome === 'recovered' ? said('recall.key_recovered') : said('recall.key_lost', { server });
  if (outcome === 'recovered') return said('recall.room_recovered');
  return outcome === 'elsewhere'
    ? said('recall.room_elsewhere', { server })
    : said('recall.room_lost', { server });
}
