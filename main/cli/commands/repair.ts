import type { Command } from 'commander';
import type { Words } from '../../../shared/words/words.ts';
import { exitCodes } from '../../start/failure.ts';
import { defaultDataDir, readStartFlags } from '../../start/flags.ts';
import type { RepairProgress, RepairReport } from '../../start/repair.ts';
import type { Shell } from '../command.ts';

/** repair: works on the files of a stopped node, so it doesn't connect to one. */
export function addRepairCommand(shell: Shell, program: Command): void {
  const { words } = shell;
  const { commands, options } = words.cliHelp;
  const command = program.command('repair').description(commands.repair);
  command.option('--json', options.json).option('--data-dir <dir>', options.dataDir);
  command.action(async () => {
    const { json, dataDir } = command.optsWithGlobals<{ json?: boolean; dataDir?: string }>();
    const flags = readStartFlags(dataDir === undefined ? {} : { dataDir }, defaultDataDir());
    const { repair } = await import('../../start/repair.ts');
    const report = await repair(flags, (progress) => {
      if (!json && isWorthALine(progress)) shell.out(progressText(words, progress));
    });
    shell.out(json ? JSON.stringify(report) : reportText(words, report));
    if (report.damage_after.length > 0) shell.finish(exitCodes.databaseNewer);
  });
}

/** Prints after every tenth of the rooms. */
function isWorthALine(progress: RepairProgress): boolean {
  if (progress.step !== 'rooms') return true;
  const { done, total } = progress;
  return done === total || Math.floor((done * 10) / total) > Math.floor(((done - 1) * 10) / total);
}

function progressText({ start: { repair } }: Words, progress: RepairProgress): string {
  return progress.step === 'rooms'
    ? repair.rooms({ done: String(progress.done), total: String(progress.total) })
    : repair[progress.step];
}

function reportText({ start: { repair } }: Words, report: RepairReport): string {
  const { damage_after, damaged_file, rooms, rooms_changed } = report;
  if (damage_after.length > 0)
    return [repair.damageLeft, ...damage_after.map((line) => `  ${line}`)].join('\n');
  return [
    damaged_file === null ? repair.databaseWell : repair.indexesMended({ file: damaged_file }),
    repair.roomsDone({ rooms, changed: rooms_changed.length }),
    ...rooms_changed.map((room) => `  ${room}`),
  ].join('\n');
}
