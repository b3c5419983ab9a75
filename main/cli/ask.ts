/** Questions to a person at the terminal. The reader of answers is loaded late: a running node asks nothing. */

import { readFile } from 'node:fs/promises';
import { Writable } from 'node:stream';
import type { Words } from '../../shared/words/words.ts';
import { CommandFailure, exitCodes, usageFailure } from '../start/failure.ts';
import { type Call, type OptionRow, type Options, textOption } from './command.ts';

/** Whether there is someone to ask. A script can't answer and must not be kept waiting. */
export const isAttended = (): boolean => process.stdin.isTTY === true && process.stderr.isTTY === true;

/** Asks, and takes only a typed yes for a yes, in the reader's language or in English. */
async function confirm({ cli }: Words, question: string): Promise<boolean> {
  const { yesNo, yesLetter, yesWord } = cli.ask;
  const { createInterface } = await import('node:readline/promises');
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = (await lines.question(`${question} ${yesNo} `)).trim().toLowerCase();
    return [yesLetter, yesWord, 'y', 'yes'].includes(answer);
  } finally {
    lines.close();
  }
}

/**
 * Whether the owner agrees: with `--yes`, or by typing it. Fails with `needsYes`, which names that flag, if there is
 * nobody to ask.
 */
export async function agreed(
  { options, json, words }: Pick<Call, 'options' | 'json' | 'words'>,
  question: string,
  needsYes: (words: Words) => string,
): Promise<boolean> {
  if (options.yes === true) return true;
  if (json || !isAttended()) throw new CommandFailure('NOT_CONFIRMED', exitCodes.usage, needsYes);
  return confirm(words, question);
}

/** The input is not echoed. */
async function askUnseen(prompt: string): Promise<string> {
  process.stderr.write(`${prompt} `);
  const unseen = new Writable({ write: (_chunk, _encoding, done) => done() });
  const { createInterface } = await import('node:readline/promises');
  const lines = createInterface({ input: process.stdin, output: unseen, terminal: true });
  try {
    return await lines.question('');
  } finally {
    lines.close();
    process.stderr.write('\n');
  }
}

export const passphraseOption = ({ cliHelp }: Words): OptionRow => [
  '--passphrase-file <file>',
  cliHelp.options.passphraseFile,
];

/**
 * Reads a passphrase from a file, from standard input, or typed without echo; never from the command line itself.
 * `again`: asks twice if it is typed, because a typo would lock everybody out.
 */
export async function readPassphrase(
  options: Options,
  words: Words,
  { again }: { again: boolean },
): Promise<string> {
  const { ask } = words.cli;
  const read = await readSecret(textOption(options, 'passphraseFile'), '--passphrase-file', ask.passphrase);
  if (again && read.typed && read.secret !== (await askUnseen(ask.passphraseAgain)))
    throw usageFailure(({ cli }) => cli.errors.passphrasesDiffer);
  return read.secret;
}

/** Reads a secret from a file or from standard input, or asks for it without echo. It is never an argument. */
export async function readSecret(
  file: string | undefined,
  flag: string,
  prompt: string,
): Promise<{ readonly secret: string; readonly typed: boolean }> {
  if (file !== undefined) return { secret: oneLine(await fileText(file, flag)), typed: false };
  if (process.stdin.isTTY) return { secret: await askUnseen(prompt), typed: true };
  const { text } = await import('node:stream/consumers');
  return { secret: oneLine(await text(process.stdin)), typed: false };
}

/** The content of a file; a failure with one sentence if it can't be read. */
export async function fileText(path: string, what: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? '';
    throw usageFailure(({ cli }) => cli.errors.fileNotRead({ what, path, reason }));
  }
}

/** Editors and `echo` add a line break at the end that nobody meant. */
const oneLine = (content: string): string => content.replace(/\r?\n$/, '');
