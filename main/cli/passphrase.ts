/** A passphrase from a file, from standard input, or typed unseen; never from the command's own words. */
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { usageFailure } from '../start/failure.ts';
import { askUnseen } from './ask.ts';
import { type OptionRow, type Options, textOption } from './command.ts';

export const passphraseOption: OptionRow = [
  '--passphrase-file <file>',
  'file that holds the passphrase; without it standard input does',
];

/** `again`: somebody who types is asked twice, because a slip would lock everybody out. */
export async function readPassphrase(options: Options, { again }: { again: boolean }): Promise<string> {
  const file = textOption(options, 'passphraseFile');
  if (file !== undefined) return oneLine(await fileText(file, '--passphrase-file'));
  if (!process.stdin.isTTY) return oneLine(await text(process.stdin));
  const typed = await askUnseen('Passphrase: ');
  if (again && typed !== (await askUnseen('Once more: ')))
    throw usageFailure('The two passphrases differ. Nothing was done.');
  return typed;
}

/** What a file says; one sentence where it cannot be read. */
export async function fileText(path: string, what: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw usageFailure(`${what}: ${path} cannot be read (${(error as NodeJS.ErrnoException).code}).`);
  }
}

/** Editors and `echo` end a file with a line break that nobody meant. */
const oneLine = (content: string): string => content.replace(/\r?\n$/, '');
