import { Command } from 'commander';
import type { Words } from '../../shared/words/words.ts';
import { exitCodesText, usageFailure } from '../start/failure.ts';
import { type RawStartFlags, readStartFlags, type StartFlags, startFlagHelp } from '../start/flags.ts';
import { translatedHelp } from '../start/language.ts';
import { Branch, type Shell } from './command.ts';
import { addAccessCommands } from './commands/access.ts';
import { addCompletionCommand } from './commands/completion.ts';
import { addDatabaseCommands } from './commands/database.ts';
import { addDoctorCommand } from './commands/doctor.ts';
import { addMessageCommands } from './commands/messages.ts';
import { addNameCommands } from './commands/name.ts';
import { addNodeCommands } from './commands/node.ts';
import { addOutboxCommands } from './commands/outbox.ts';
import { addPairingCommands } from './commands/pairing.ts';
import { addPeerCommands } from './commands/peers.ts';
import { addPeopleCommands } from './commands/people.ts';
import { addProxyCommand } from './commands/proxy.ts';
import { addRecoveryCommand } from './commands/recovery.ts';
import { addInviteCommands, addRoomCommands } from './commands/rooms.ts';
import { addSettingsCommands } from './commands/settings.ts';
import { addWatchCommand } from './commands/watch.ts';

interface ProgramShell extends Shell {
  /** Runs a node until it is stopped, in a window if the caller wants one and there is a display. */
  start(flags: StartFlags, inWindow: boolean): Promise<void>;
}

/** Shown by `--help` and the manual page. */
export const examples = [
  'paracord-node --server-name chat.example --public-url https://chat.example:8448',
  'paracord-node peers add https://friend.example:8448',
  "paracord-node send Kitchen 'Hello there'",
  'paracord-node status --json',
];

function moreHelp(words: Words): string {
  const { withoutCommand, title } = words.cliHelp;
  return [
    '',
    withoutCommand,
    '',
    title.exitCodes,
    exitCodesText(words),
    '',
    title.examples,
    ...examples.map((line) => `  ${line}`),
  ].join('\n');
}

/** The whole command line. Commander's errors are thrown to the caller, not printed. */
export function createProgram(shell: ProgramShell, version: string): Command {
  const { words } = shell;
  const texts = words.cliHelp;
  const program = new Command('paracord-node')
    .description(texts.about)
    .version(version, '-V, --version', texts.version)
    .helpOption('-h, --help', texts.help)
    .helpCommand('help [command]', texts.helpCommand)
    .configureHelp(translatedHelp(words))
    .exitOverride()
    .configureOutput({ writeOut: (text) => shell.out(text.trimEnd()), outputError: () => {} })
    .enablePositionalOptions()
    .allowExcessArguments()
    .addHelpText('after', moreHelp(words));
  for (const [flag, meaning] of startFlagHelp(words)) program.option(flag, meaning);
  program.option('--window', texts.flags.window);
  program.action(async () => {
    const [command] = program.args;
    if (command !== undefined) throw usageFailure(({ cli }) => cli.errors.unknownCommand({ command }));
    const flags = readStartFlags(program.opts<RawStartFlags>());
    await shell.start(flags, program.opts<{ window?: boolean }>().window === true && !flags.headless);
  });
  const top = new Branch(shell, program);
  addNodeCommands(top);
  addSettingsCommands(top);
  addNameCommands(top);
  addPeerCommands(top);
  addPairingCommands(top);
  addRoomCommands(top);
  addInviteCommands(top);
  addMessageCommands(top);
  addOutboxCommands(top);
  addPeopleCommands(top);
  addAccessCommands(top);
  addRecoveryCommand(top);
  addDoctorCommand(top);
  addProxyCommand(top);
  addWatchCommand(top);
  addCompletionCommand(shell, program);
  addDatabaseCommands(shell, program);
  return program;
}
