import type { Command } from 'commander';
import type { MovedView } from '../../../shared/api/views/access-views.ts';
import type { Words } from '../../../shared/words/words.ts';
import type { RepairProgress, RepairReport } from '../../start/database/repair.ts';
import { exitCodes, usageFailure } from '../../start/failure.ts';
import { defaultDataDir, readStartFlags } from '../../start/flags.ts';
import { addCommand, type Options, type Outcome, type Shell, textOption } from '../command.ts';
import { isOf, ProgressLine, whileShown } from '../progress.ts';

/** repair, move-data. */
export function addDatabaseCommands(shell: Shell, program: Command): void {
  addRepairCommand(shell, program);
  addMoveCommand(shell, program);
}

/** Asks the running node, which keeps running. Works on the files if it is stopped. */
function addMoveCommand(shell: Shell, program: Command): void {
  const { words } = shell;
  const { commands, options: texts } = words.cliHelp;
  const placeIn = (options: Options): string => {
    const to = textOption(options, 'to');
    if (to === undefined) throw usageFailure(({ cli }) => cli.errors.missingFlag({ flag: '--to' }));
    return to;
  };
  const outcome = (moved: MovedView): Outcome => ({ json: moved, text: movedText(words, moved) });
  addCommand(
    shell,
    program,
    'move-data',
    commands.moveData,
    async (call) => {
      const to = placeIn(call.options);
      return outcome(await whileShown(call, isOf('move'), () => call.api.moveData({ to })));
    },
    [['--to <place>', texts.moveTo]],
    async (dataDir, { options, json }) => {
      const to = placeIn(options);
      const flags = readStartFlags({ dataDir }, defaultDataDir());
      const { moveStopped } = await import('../../start/database/move.ts');
      const line = new ProgressLine(process.stderr, () => performance.now());
      try {
        return outcome(
          await moveStopped(flags, to, words.locale, (done, total, text) => {
            if (!json) line.count(done, total, text);
          }),
        );
      } finally {
        line.end();
      }
    },
  );
}

function movedText(words: Words, { place, tables, rows, paused_ms, kept }: MovedView): string {
  return words.cli.access.moved({ place, tables, rows, paused: paused_ms, kept });
}

/** Works on the files of a stopped node, so it doesn't connect to one. */
function addRepairCommand(shell: Shell, program: Command): void {
  const { words } = shell;
  const { commands, options } = words.cliHelp;
  const command = program.command('repair').description(commands.repair);
  command.option('--json', options.json).option('--data-dir <dir>', options.dataDir);
  command.action(async () => {
    const { json, dataDir } = command.optsWithGlobals<{ json?: boolean; dataDir?: string }>();
    const flags = readStartFlags(dataDir === undefined ? {} : { dataDir }, defaultDataDir());
    const { repair } = await import('../../start/database/repair.ts');
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
