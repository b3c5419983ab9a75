import { appendFile, open, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import {
  type BackupView,
  type FileView,
  recoveryFileName,
  type TokenView,
} from '../../../shared/api/views/access-views.ts';
import type { Words } from '../../../shared/words/words.ts';
import { usageFailure } from '../../start/failure.ts';
import { fileText, passphraseOption, readPassphrase } from '../ask.ts';
import {
  type Branch,
  type Call,
  listOutcome,
  type OptionRow,
  type Outcome,
  paging,
  pagingOptions,
  textOption,
} from '../command.ts';
import { isOf, whileShown } from '../progress.ts';
import { size, table, when } from '../text.ts';

/** backup, restore, backups, tokens, diagnostics. */
export function addAccessCommands(program: Branch): void {
  const { commands } = program.words.cliHelp;
  const texts = program.words.cli.access;
  program.add(
    'backup',
    commands.backup,
    [['--without-files', program.words.cliHelp.options.withoutFiles]],
    async (call) => {
      const { api, words } = call;
      const without_files = call.options.withoutFiles === true;
      const backup = await whileShown(call, isOf('backup'), () => api.backUp({ without_files }));
      return {
        json: backup,
        text: texts.backedUp({ folder: backup.folder, size: size(words, backup.bytes) }),
      };
    },
  );

  program.add('restore <folder>', commands.restore, async (call) => {
    const folder = resolve(call.args[0]!);
    const restored = await whileShown(call, isOf('restore'), () => call.api.restoreBackup({ folder }));
    const { server_name: server, events, rooms } = restored;
    return { json: restored, text: texts.restored({ server, events, rooms }) };
  });

  program.noun('backups', commands.backups, async ({ api, words }) =>
    listOutcome(words, await api.backups({}), backupsText),
  );

  const tokens = program.noun('tokens', commands.tokens, pagingOptions(program.words), async (call) =>
    listOutcome(call.words, await call.api.tokens(paging(call)), tokensText),
  );
  tokens.add('add <user-id> <name>', commands.tokensAdd, async ({ api, args }) => {
    const made = await api.addToken({ user_id: args[0]!, name: args[1]! });
    return {
      json: made,
      text: `${made.token}\n${texts.tokenMade({ user: made.user_id, id: made.id })}`,
    };
  });
  tokens.add('revoke <id>', commands.tokensRevoke, async ({ api, args }) => ({
    json: await api.revokeToken({ id: args[0]! }),
    text: texts.tokenRevoked({ id: args[0]! }),
  }));

  program.add('diagnostics', commands.diagnostics, [outputOption(program.words)], async (call) => {
    const file = await call.api.diagnostics({});
    return await fileOutcome(
      call,
      file.file_name,
      async () => file,
      (path) => texts.diagnostics({ path }),
    );
  });
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

/** keys export, keys recover. */
export function addRecoveryCommands(keys: Branch): void {
  const { words } = keys;
  const { commands } = words.cliHelp;
  const texts = words.cli.access;
  keys.add('export', commands.keysExport, [passphraseOption(words), outputOption(words)], async (call) => {
    const { server_name } = await call.api.status({});
    const make = async (): Promise<FileView> => {
      const passphrase = await readPassphrase(call.options, words, { again: true });
      return await call.api.exportIdentity({ passphrase });
    };
    const name = recoveryFileName(server_name ?? '', Date.now());
    return await fileOutcome(call, name, make, (path) => texts.recoveryFile({ path }));
  });

  keys.add(
    'recover <file>',
    commands.keysRecover,
    [passphraseOption(words)],
    async ({ api, args, options }) => {
      const text = await fileText(args[0]!, 'keys recover');
      const passphrase = await readPassphrase(options, words, { again: false });
      const status = await api.recoverIdentity({ text, passphrase });
      return {
        json: status,
        text: texts.recovered({ server: status.server_name ?? '' }),
      };
    },
  );
}

const outputOption = ({ cliHelp }: Words): OptionRow => ['--output <file>', cliHelp.options.output];

/** Takes more than a recovery file, and usually more than a diagnostics file. */
const roomBytes = 256 * 1024;

/**
 * Writes the file, readable only by its owner, and never overwrites an existing one. It is created before `make`, with
 * room for what follows: the node considers a recovery file saved as soon as it has made one. With `--json` or
 * `--output -` nothing is written.
 */
async function fileOutcome(
  { options, json }: Call,
  name: string,
  make: () => Promise<FileView>,
  said: (path: string) => string,
): Promise<Outcome> {
  const output = textOption(options, 'output');
  if (json || output === '-') {
    const file = await make();
    return { json: file, text: file.text.trimEnd() };
  }
  const path = resolve(output ?? name);
  const to = await writing(path, () => open(path, 'wx', 0o600));
  let written = false;
  try {
    // A full disk fails here, so that what is written later doesn't.
    await writing(path, () => appendFile(path, new Uint8Array(roomBytes), { flush: true }));
    const file = await make();
    await writing(path, async () => {
      await to.writeFile(file.text);
      await to.truncate(Buffer.byteLength(file.text));
      await to.sync();
    });
    written = true;
    return { json: file, text: said(path) };
  } finally {
    await to.close();
    if (!written) await rm(path, { force: true });
  }
}

async function writing<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw usageFailure(({ cli: { errors } }) =>
      code === 'EEXIST' ? errors.fileExists({ path }) : errors.fileNotWritten({ path, reason: message }),
    );
  }
}
