import type { Command } from 'commander';
import type { Words } from '../../../shared/words/words.ts';
import { exitCodes } from '../../start/failure.ts';
import { defaultDataDir, readStartFlags } from '../../start/flags.ts';
import type { RepairProgress, RepairReport } from '../../start/repair.ts';
import type { Shell } from '../command.ts';
import { ProgressLine } from '../progress.ts';

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
  const { damage_after, damaged_file, rooms, rooms_changed } = report;
  if (damage_after.length > 0)
    return [repair.damageLeft, ...damage_after.map((line) => `  ${line}`)].join('\n');
  return [
    damaged_file === null ? repair.databaseWell : repair.indexesMended({ file: damaged_file }),
    repair.roomsDone({ rooms, changed: rooms_changed.length }),
    ...rooms_changed.map((room) => `  ${room}`),
  ].join('\n');
}
