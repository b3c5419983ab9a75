import type { Command } from 'commander';
import type { BackupView, TokenView } from '../../../shared/api/access-views.ts';
import { addCommand, addNoun, listOutcome, paging, type Shell } from '../command.ts';
import { fileOutcome, outputOption } from '../file-outcome.ts';
import { table, when } from '../text.ts';

/** backup, backups, tokens, diagnostics. */
export function addAccessCommands(shell: Shell, program: Command): void {
  addCommand(
    shell,
    program,
    'backup',
    'copy everything the node needs, and prove the copy',
    async ({ api }) => {
      const backup = await api.backUp({});
      return {
        json: backup,
        text: `Backed up into ${backup.folder} (${sizeText(backup.bytes)}), opened and found whole.`,
      };
    },
  );

  addNoun(
    shell,
    program,
    'backups',
    'backups in the data folder, newest first',
    async ({ api }) => listOutcome(await api.backups({}), backupsText),
    [],
  );

  const tokens = addNoun(shell, program, 'tokens', 'access tokens of bots and bridges', async (call) =>
    listOutcome(await call.api.tokens(paging(call)), tokensText),
  );
  addCommand(
    shell,
    tokens,
    'add <user-id> <name>',
    'make a token that acts as one local user, in rooms only',
    async ({ api, args }) => {
      const made = await api.addToken({ user_id: args[0]!, name: args[1]! });
      return {
        json: made,
        text: `${made.token}\nIt acts as ${made.user_id} and is shown this once; “tokens revoke ${made.id}” ends it.`,
      };
    },
  );
  addCommand(shell, tokens, 'revoke <id>', 'revoke a token, at once', async ({ api, args }) => ({
    json: await api.revokeToken({ id: args[0]! }),
    text: `Revoked ${args[0]!}.`,
  }));

  addCommand(
    shell,
    program,
    'diagnostics',
    'write how the node is, for whoever helps; no keys, tokens or messages',
    async (call) =>
      fileOutcome(
        call,
        await call.api.diagnostics({}),
        (path) => `Wrote ${path}. Look through it before you hand it on: it names servers and addresses.`,
      ),
    [outputOption],
  );
}

function sizeText(bytes: number): string {
  return bytes < 1_000_000 ? `${Math.ceil(bytes / 1000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

function backupsText(backups: readonly BackupView[]): string {
  const rows = backups.map((one) => [when(one.created_at), sizeText(one.bytes), one.folder]);
  return table(['MADE', 'SIZE', 'FOLDER'], rows, 'No backups yet.');
}

function tokensText(tokens: readonly TokenView[]): string {
  const rows = tokens.map((token) => [
    token.id,
    token.name,
    token.user_id,
    when(token.created_at),
    when(token.last_used_at),
  ]);
  return table(['TOKEN', 'NAME', 'ACTS AS', 'SINCE', 'LAST USED'], rows, 'No tokens yet.');
}
