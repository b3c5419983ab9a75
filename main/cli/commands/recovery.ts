import type { Command } from 'commander';
import { addCommand, optional, type Shell } from '../command.ts';
import { fileOutcome, outputOption } from '../file-outcome.ts';
import { fileText, passphraseOption, readPassphrase } from '../passphrase.ts';

/** keys export, keys recover. */
export function addRecoveryCommands(shell: Shell, keys: Command): void {
  const { words } = shell;
  const { commands, options: flags } = words.cliHelp;
  const texts = words.cli.access;
  addCommand(
    shell,
    keys,
    'export',
    commands.keysExport,
    async (call) => {
      const passphrase = await readPassphrase(call.options, words, { again: true });
      const file = await call.api.exportIdentity({ passphrase });
      return await fileOutcome(call, file, (path) => texts.recoveryFile({ path }));
    },
    [passphraseOption(words), outputOption(words)],
  );

  addCommand(
    shell,
    keys,
    'recover <file>',
    commands.keysRecover,
    async ({ api, args, options }) => {
      const text = await fileText(args[0]!, 'keys recover');
      const passphrase = await readPassphrase(options, words, { again: false });
      const status = await api.recoverIdentity({
        text,
        passphrase,
        owner: 'owner',
        ...optional(options, 'owner', 'owner'),
      });
      return {
        json: status,
        text: texts.recovered({ server: status.server_name ?? '' }),
      };
    },
    [passphraseOption(words), ['--owner <localpart>', flags.setupOwner]],
  );
}
