import { resolve } from 'node:path';
import type { Command } from 'commander';
import { ProtocolError } from '../../../shared/protocol/errors.ts';
import { errorText } from '../../../shared/words/refusal.ts';
import { said } from '../../../shared/words/said.ts';
import type { Words } from '../../../shared/words/words.ts';
import { systemPorts } from '../../kernel/ports.ts';
import type { Moved } from '../../postgres/move.ts';
import { CommandFailure, exitCodes, usageFailure } from '../../start/failure.ts';
import { readStartFlags, type StartFlags } from '../../start/flags.ts';
import type { RepairProgress, RepairReport } from '../../start/repair.ts';
import { explained } from '../../start/start-failure.ts';
import type { Shell } from '../command.ts';
import { ProgressLine } from '../progress.ts';

/** repair, move-data. */
export function addDatabaseCommands(shell: Shell, program: Command): void {
  addRepairCommand(shell, program);
  addMoveCommand(shell, program);
}

/** Adds the command that moves the data of a stopped node. */
function addMoveCommand(shell: Shell, program: Command): void {
  const { words } = shell;
  const { commands, options } = words.cliHelp;
  const command = program.command('move-data').description(commands.moveData);
  command.option('--to <place>', options.moveTo);
  command.option('--json', options.json).option('--data-dir <dir>', options.dataDir);
  command.action(async () => {
    const { json, dataDir, to } = command.optsWithGlobals<{
      json?: boolean;
      dataDir?: string;
      to?: string;
    }>();
    if (to === undefined) throw usageFailure(({ cli }) => cli.errors.missingFlag({ flag: '--to' }));
    const flags = readStartFlags(dataDir === undefined ? {} : { dataDir });
    const line = new ProgressLine(process.stderr, () => performance.now());
    const moved = await moveStopped(flags, to.trim(), (done, total) => {
      if (!json) line.count(done, total, words.say(said('work.rows', { done, total })));
    });
    line.end();
    const { place, tables, rows } = moved;
    const kept = words.say(moved.kept);
    shell.out(
      json ? JSON.stringify({ ...moved, kept }) : words.cli.access.moved({ place, tables, rows, kept }),
    );
  });
}

/** Throws CommandFailure. Then the data is where it was. */
async function moveStopped(
  flags: StartFlags,
  to: string,
  onRows: (done: number, total: number) => void,
): Promise<Moved> {
  const { moveData } = await import('../../postgres/move.ts');
  try {
    return await moveData({ dataDir: resolve(flags.dataDir), to, clock: systemPorts.clock, onRows });
  } catch (error) {
    throw error instanceof ProtocolError ? refused(error) : explained(error, flags);
  }
}

/** Fails as the answer of a running node would. */
const refused = (error: ProtocolError): CommandFailure =>
  new CommandFailure(
    error.code,
    error.code === 'BAD_REQUEST' ? exitCodes.usage : exitCodes.refused,
    (words) => errorText(words, error),
  );

/** Works on the files of a stopped node, so it doesn't connect to one. */
function addRepairCommand(shell: Shell, program: Command): void {
  const { words } = shell;
  const { commands, options } = words.cliHelp;
  const command = program.command('repair').description(commands.repair);
  command.option('--json', options.json).option('--data-dir <dir>', options.dataDir);
  command.action(async () => {
    const { json, dataDir } = command.optsWithGlobals<{ json?: boolean; dataDir?: string }>();
    const flags = readStartFlags(dataDir === undefined ? {} : { dataDir });
    const { repair } = await import('../../start/repair.ts');
    const line = new ProgressLine(process.stderr, () => performance.now());
    const show = showIn(words, line);
    const report = await repair(flags, (progress) => {
      if (!json) show(progress);
    });
    line.end();
    shell.out(json ? JSON.stringify(report) : reportText(words, report));
    if (report.damage_after.length > 0) shell.finish(exitCodes.databaseNewer);
  });
}

/** Each step has a line of its own. */
function showIn({ start: { repair } }: Words, line: ProgressLine): (progress: RepairProgress) => void {
  let shown: RepairProgress['step'] | null = null;
  return ({ step, done, total }) => {
    if (step !== shown) line.end();
    shown = step;
    line.count(done, total, repair[step]({ done: String(done), total: String(total) }));
  };
}

function reportText({ start: { repair } }: Words, report: RepairReport): string {
  const { damage_after, damaged_file, rooms, rooms_changed, events_unreadable } = report;
  if (damage_after.length > 0)
    return [repair.damageLeft, ...damage_after.map((line) => `  ${line}`)].join('\n');
  return [
    damaged_file === null ? repair.databaseWell : repair.indexesMended({ file: damaged_file }),
    repair.roomsDone({ rooms, changed: rooms_changed.length }),
    ...rooms_changed.map((room) => `  ${room}`),
    ...(events_unreadable === 0 ? [] : [repair.eventsUnreadable({ events: events_unreadable })]),
  ].join('\n');
}
