import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { type Said, said, sentences } from '../../shared/words/said.ts';
import type { Clock, Random } from '../kernel/ports.ts';
import type { Tables } from '../store/ports.ts';
import { writeFileAtomically } from './vault.ts';

const LifeFile = v.object({
  life: v.string(),
  /** The ID that the database may still have between the two steps of a start; empty if it had none. */
  before: v.nullable(v.string()),
  born: v.nullable(v.number()),
});
type LifeFile = v.InferOutput<typeof LifeFile>;

const restoredReason = said('delivery.restored');

interface LifeDeps {
  readonly store: Tables<
    'events' | 'outbox' | 'sessions' | 'accountSessions' | 'peopleLinks' | 'meta' | 'writer'
  >;
  readonly dataDir: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly warn: (news: Said) => void;
}

/**
 * Each run marks the database with a new ID and saves the same ID in a file next to it. If they differ, the database is
 * a restored older one, or a copy; a database that wasn't closed and has lost its log counts as an older one, too. Then
 * peers' arrival tokens must no longer match it. The events in its queue may have been delivered long ago; they are
 * sent again, and receivers recognize the ones they have.
 */
export class Life {
  readonly #deps: LifeDeps;
  #begun: Promise<void> | null = null;

  constructor(deps: LifeDeps) {
    this.#deps = deps;
  }

  /** Before anything is sent or answered. Does its work once per run, however often it is called. */
  begin(): Promise<void> {
    this.#begun ??= beginLife(this.#deps);
    return this.#begun;
  }
}

async function beginLife({ store, dataDir, clock, random, warn }: LifeDeps): Promise<void> {
  const path = join(dataDir, 'life.json');
  const born = lockBornAt(dataDir);
  const noted = read(path);
  const recorded = store.meta.get('life');
  // If nothing was ever stored, there is nothing to send or read twice.
  const isNew = recorded === undefined && store.events.lastSeq() === 0;
  const restored =
    !isNew && (store.meta.isRestored ?? (store.meta.isLogLost || !agree(recorded, noted, born)));
  const life = random.bytes(16).toString('hex');
  const note = (file: LifeFile) => writeFileAtomically(path, `${JSON.stringify(file)}\n`);
  // The file first: after a crash following either step, the two still agree.
  if (!restored) note({ life, before: recorded ?? '', born });
  const sentAgain = await store.writer.write(() => {
    store.meta.put('life', life);
    store.meta.noteOpen();
    if (restored || store.meta.get('epoch') === undefined)
      store.meta.put('epoch', random.bytes(8).toString('hex'));
    if (!restored) return 0;
    store.meta.put('restored_at', String(clock.now()));
    // Browsers that were logged out after the copy was made stay logged out, and links that were used stay used.
    store.sessions.clear();
    store.accountSessions.clear();
    store.peopleLinks.clear();
    return store.outbox.askAgain(restoredReason);
  });
  note({ life, before: null, born });
  if (restored) warn(restoredNews(sentAgain));
}

const restoredNews = (sentAgain: number): Said =>
  sentences(
    said('identity.restored'),
    sentAgain === 0 ? null : said('identity.restored_queue', { n: sentAgain }),
    said('identity.restored_twin'),
  );

/** When a run started on a restored database; `null` if none ever did. */
export function restoredAt(store: Tables<'meta'>): number | null {
  const at = store.meta.get('restored_at');
  return at === undefined ? null : Number(at);
}

function agree(recorded: string | undefined, noted: LifeFile | null | 'unreadable', born: number | null) {
  // A database from before IDs were recorded. A file next to it belongs to another one, or to an unfinished first
  // start.
  if (recorded === undefined) return noted === null || (noted !== 'unreadable' && noted.before === '');
  if (noted === null || noted === 'unreadable') return false;
  if (noted.born !== null && born !== null && noted.born !== born) return false;
  return recorded === noted.life || recorded === noted.before;
}

function read(path: string): LifeFile | null | 'unreadable' {
  if (!existsSync(path)) return null;
  try {
    return v.parse(LifeFile, JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return 'unreadable';
  }
}

/** The lock file is created once and never written to, so in a copied folder it is younger. */
function lockBornAt(dataDir: string): number | null {
  const born = Math.trunc(statSync(join(dataDir, 'lock')).birthtimeMs);
  return born > 0 ? born : null;
}
