import type { Command } from 'commander';
import { addCommand, optional, type Shell } from '../command.ts';
import { fileOutcome, outputOption } from '../file-outcome.ts';
import { fileText, passphraseOption, readPassphrase } from '../passphrase.ts';

/** keys export, keys recover. */
export function addRecoveryCommands(shell: Shell, keys: Command): void {
  addCommand(
    shell,
    keys,
    'export',
    'write the recovery file: the whole identity, encrypted by a passphrase of at least 12 characters',
    async (call) => {
      const passphrase = await readPassphrase(call.options, { again: true });
      const file = await call.api.exportIdentity({ passphrase });
      return await fileOutcome(
        call,
        file,
        (path) =>
          `Wrote ${path}. Keep it away from this machine, and the passphrase away from it: together they are this server.`,
      );
    },
    [passphraseOption, outputOption],
  );

  addCommand(
    shell,
    keys,
    'recover <file>',
    'give a new node the identity in a recovery file',
    async ({ api, args, options }) => {
      const text = await fileText(args[0]!, 'keys recover');
      const passphrase = await readPassphrase(options, { again: false });
      const status = await api.recoverIdentity({
        text,
        passphrase,
        owner: 'owner',
        ...optional(options, 'owner', 'owner'),
      });
      return {
        json: status,
        text: `This node is ${status.server_name} again. Add its peers and join its rooms anew, or restore a backup for those.`,
      };
    },
    [passphraseOption, ['--owner <localpart>', 'name of the first local user (default: owner)']],
  );
}
