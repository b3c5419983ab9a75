import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createLog } from '../kernel/log.ts';
import { systemPorts } from '../kernel/ports.ts';
import { copyRowByRow, damageIn, type OnStep, replaceWith, setAside } from '../store/check/mend.ts';
import { lockDataFolder } from '../store/data-lock.ts';
import { isCopyAt } from '../store/database.ts';
import { CommandFailure, exitCodes } from './failure.ts';
import type { StartFlags } from './flags.ts';
import { createNodeFor, hasServer, version } from './run-node.ts';
import { explained } from './start-failure.ts';

export interface RepairReport {
  /** SQLite's findings before and after, at most 100 lines each. */
  readonly damage_before: readonly string[];
  readonly damage_after: readonly string[];
  /** The new place of the damaged database; `null` if it was not damaged, or could not be repaired. */
  readonly damaged_file: string | null;
  readonly rooms: number;
  /** Rooms whose projection didn't match their events. */
  readonly rooms_changed: readonly string[];
  /** Events whose text can't be read, at most 100. The node fetches them again from its peers when it runs. */
  readonly events_unreadable: number;
}

/** How much of a step is done, in tables and indexes or in rooms. */
export interface RepairProgress {
  readonly step: 'check' | 'indexes' | 'check_again' | 'rooms';
  readonly done: number;
  readonly total: number;
}

/**
 * Repairs what can be rebuilt: indexes from their tables, and what rooms show from their events. For a stopped node. Throws CommandFailure as a start does.
 */
export async function repair(
  flags: StartFlags,
  onProgress: (progress: RepairProgress) => void,
): Promise<RepairReport> {
  const dataDir = resolve(flags.dataDir);
  const path = join(dataDir, 'node.db');
  if (!existsSync(path))
    throw new CommandFailure('NOT_FOUND', exitCodes.usage, ({ start }) => start.repair.nothing({ path }));
  try {
    const { before, after, kept } = (isCopy(flags, dataDir, path) ? dropDamagedCopy : mendIndexes)(
      dataDir,
      path,
      onProgress,
    );
    const found = { damage_before: before, damage_after: after, damaged_file: kept };
    if (after.length > 0) return { ...found, rooms: 0, rooms_changed: [], events_unreadable: 0 };
    const { rooms, changed, unreadable } = await rebuildRooms(flags, dataDir, onProgress);
    return { ...found, rooms, rooms_changed: changed, events_unreadable: unreadable };
  } catch (error) {
    throw explained(error, flags);
  }
}

interface Mended {
  readonly before: readonly string[];
  readonly after: readonly string[];
  readonly kept: string | null;
}

function mendIndexes(dataDir: string, path: string, onProgress: (progress: RepairProgress) => void): Mended {
  const during =
    (step: RepairProgress['step']): OnStep =>
    (done, total) =>
      onProgress({ step, done, total });
  const lock = lockDataFolder(dataDir);
  try {
    const before = damageIn(path, during('check'));
    if (before.length === 0) return { before, after: before, kept: null };
    const copy = copyRowByRow(path, during('indexes'));
    if (copy === null) return { before, after: before, kept: null };
    const after = damageIn(copy, during('check_again'));
    return {
      before,
      after,
      kept: after.length === 0 ? replaceWith(copy, path, systemPorts.clock.now()) : null,
    };
  } finally {
    lock.release();
  }
}

/** A file that is too damaged to say what it is, is a copy if this folder has a database server. */
function isCopy({ database }: StartFlags, dataDir: string, path: string): boolean {
  try {
    return isCopyAt(path);
  } catch {
    return hasServer(database, dataDir);
  }
}

/** Everything is on the database server: the next start copies it into a new file. */
function dropDamagedCopy(
  dataDir: string,
  path: string,
  onProgress: (progress: RepairProgress) => void,
): Mended {
  const lock = lockDataFolder(dataDir);
  try {
    const before = damageIn(path, (done, total) => onProgress({ step: 'check', done, total }));
    const kept = before.length === 0 ? null : setAside(path, systemPorts.clock.now());
    return { before, after: [], kept };
  } finally {
    lock.release();
  }
}

async function rebuildRooms(
  flags: StartFlags,
  dataDir: string,
  onProgress: (progress: RepairProgress) => void,
): Promise<{ rooms: number; changed: readonly string[]; unreadable: number }> {
  const { listen, control, tls, byFlag } = flags;
  const config = { dataDir, listen, control, tls, byFlag, publicUrl: null, version };
  const node = await createNodeFor(flags, config, systemPorts, { log: createLog('error') }, null);
  let rooms = 0;
  try {
    const found = await node.repair((done, total) => {
      rooms = total;
      onProgress({ step: 'rooms', done, total });
    });
    return { rooms, ...found };
  } finally {
    await node.stop();
  }
}
