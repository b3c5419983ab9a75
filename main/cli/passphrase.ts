/** A passphrase from a file, from standard input, or typed unseen; never from the command's own words. */
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import type { Words } from '../../shared/words/words.ts';
import { usageFailure } from '../start/failure.ts';
import { askUnseen } from './ask.ts';
import { type OptionRow, type Options, textOption } from './command.ts';

export const passphraseOption = ({ cliHelp }: Words): OptionRow => [
  '--passphrase-file <file>',
  cliHelp.options.passphraseFile,
];

/** `again`: somebody who types is asked twice, because a slip would lock everybody out. */
export async function readPassphrase(
  options: Options,
  words: Words,
  { again }: { again: boolean },
): Promise<string> {
  const file = textOption(options, 'passphraseFile');
  if (file !== undefined) return oneLine(await fileText(file, '--passphrase-file'));
  if (!process.stdin.isTTY) return oneLine(await text(process.stdin));
  const { ask } = words.cli;
  const typed = await askUnseen(ask.passphrase);
  if (again && typed !== (await askUnseen(ask.passphraseAgain)))
    throw usageFailure(({ cli }) => cli.errors.passphrasesDiffer);
  return typed;
}

/** What a file says; one sentence where it cannot be read. */
export async function fileText(path: string, what: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? '';
    throw usageFailure(({ cli }) => cli.errors.fileNotRead({ what, path, reason }));
  }
}

/** Editors and `echo` end a file with a line break that nobody meant. */
const oneLine = (content: string): string => content.replace(/\r?\n$/, '');
