import { Command } from 'commander';
import { defaultDataDir } from '../start/data-dir.ts';
import { exitCodesText } from '../start/exit-codes.ts';
import { usageFailure } from '../start/failure.ts';
import { type RawStartFlags, readStartFlags, type StartFlags, startFlagHelp } from '../start/flags.ts';
import type { Shell } from './command.ts';
import { addAccessCommands } from './commands/access.ts';
import { addDoctorCommand } from './commands/doctor.ts';
import { addInviteCommands } from './commands/invites.ts';
import { addMessageCommands } from './commands/messages.ts';
import { addNodeCommands } from './commands/node.ts';
import { addOutboxCommands } from './commands/outbox.ts';
import { addPairingCommands } from './commands/pairing.ts';
import { addPeerCommands } from './commands/peers.ts';
import { addProxyCommand } from './commands/proxy.ts';
import { addRoomCommands } from './commands/rooms.ts';
import { addSettingsCommands } from './commands/settings.ts';
import { addWatchCommand } from './commands/watch.ts';

export interface ProgramShell extends Shell {
  /** Runs a node until it is stopped; in a window when that was asked for and can be. */
  start(flags: StartFlags, inWindow: boolean): Promise<void>;
}

const help = `
Without a command, starts a node. Commands speak to the node that runs with the data folder.

Exit codes:
${exitCodesText()}

Examples:
  paracord-node --server-name chat.example --public-url https://chat.example:8448
  paracord-node peers add https://friend.example:8448
  paracord-node send Kitchen 'Hello there'
  paracord-node status --json`;

/** The whole command line. What commander would print of an error is left to the caller, who gets it thrown. */
export function createProgram(shell: ProgramShell, version: string): Command {
  const program = new Command('paracord-node')
    .description('A federation node for small chat servers.')
    .version(version)
    .exitOverride()
    .configureOutput({ writeOut: (text) => shell.out(text.trimEnd()), outputError: () => {} })
    .enablePositionalOptions()
    .allowExcessArguments()
    .addHelpText('after', help);
  for (const [flag, meaning] of startFlagHelp) program.option(flag, meaning);
  program.option(
    '--window',
    'the desktop app where it can be shown, otherwise no window; what npm start asks for',
  );
  program.action(async () => {
    const [unknown] = program.args;
    if (unknown !== undefined) {
      throw usageFailure(`“${unknown}” is no command; “paracord-node --help” lists them.`);
    }
    const flags = readStartFlags(program.opts<RawStartFlags>(), defaultDataDir());
    await shell.start(flags, program.opts<{ window?: boolean }>().window === true && !flags.headless);
  });
  addNodeCommands(shell, program);
  addSettingsCommands(shell, program);
  addPeerCommands(shell, program);
  addPairingCommands(shell, program);
  addRoomCommands(shell, program);
  addInviteCommands(shell, program);
  addMessageCommands(shell, program);
  addOutboxCommands(shell, program);
  addAccessCommands(shell, program);
  addDoctorCommand(shell, program);
  addProxyCommand(shell, program);
  addWatchCommand(shell, program);
  return program;
}
