import type { Command } from 'commander';
import type { BackupView, TokenView } from '../../../shared/api/views/access-views.ts';
import type { Words } from '../../../shared/words/words.ts';
import { addCommand, addNoun, listOutcome, paging, type Shell } from '../command.ts';
import { fileOutcome, outputOption } from '../file-outcome.ts';
import { size, table, when } from '../text.ts';

/** backup, backups, tokens, diagnostics. */
export function addAccessCommands(shell: Shell, program: Command): void {
  const { commands } = shell.words.cliHelp;
  const texts = shell.words.cli.access;
  addCommand(shell, program, 'backup', commands.backup, async ({ api, words }) => {
    const backup = await api.backUp({});
    return {
      json: backup,
      text: texts.backedUp({ folder: backup.folder, size: size(words, backup.bytes) }),
    };
  });

  addNoun(
    shell,
    program,
    'backups',
    commands.backups,
    async ({ api, words }) => listOutcome(words, await api.backups({}), backupsText),
    [],
  );

  const tokens = addNoun(shell, program, 'tokens', commands.tokens, async (call) =>
    listOutcome(call.words, await call.api.tokens(paging(call)), tokensText),
  );
  addCommand(shell, tokens, 'add <user-id> <name>', commands.tokensAdd, async ({ api, args }) => {
    const made = await api.addToken({ user_id: args[0]!, name: args[1]! });
    return {
      json: made,
      text: `${made.token}\n${texts.tokenMade({ user: made.user_id, id: made.id })}`,
    };
  });
  addCommand(shell, tokens, 'revoke <id>', commands.tokensRevoke, async ({ api, args }) => ({
    json: await api.revokeToken({ id: args[0]! }),
    text: texts.tokenRevoked({ id: args[0]! }),
  }));

  addCommand(
    shell,
    program,
    'diagnostics',
    commands.diagnostics,
    async (call) => fileOutcome(call, await call.api.diagnostics({}), (path) => texts.diagnostics({ path })),
    [outputOption(shell.words)],
  );
}

function backupsText(words: Words, backups: readonly BackupView[]): string {
  const rows = backups.map((one) => [when(words, one.created_at), size(words, one.bytes), one.folder]);
  const { heads, access } = words.cli;
  return table([heads.created, heads.size, heads.folder], rows, access.noBackups);
}

function tokensText(words: Words, tokens: readonly TokenView[]): string {
  const rows = tokens.map((token) => [
    token.id,
    token.name,
    token.user_id,
    when(words, token.created_at),
    when(words, token.last_used_at),
  ]);
  const { heads, access } = words.cli;
  const { token, name, accountOf, since, lastUsed } = heads;
  return table([token, name, accountOf, since, lastUsed], rows, access.noTokens);
}
