/** What a command does with a text that is to be a file. */
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { FileView } from '../../shared/api/access-views.ts';
import { usageFailure } from '../start/failure.ts';
import { type Call, type OptionRow, type Outcome, textOption } from './command.ts';

export const outputOption: OptionRow = [
  '--output <file>',
  'where to write it; - prints it (default: its own name, in this folder)',
];

/** Writes the file, readable by its owner alone, over nothing that is there. With `--json` nothing is written. */
export async function fileOutcome(
  { options, json }: Call,
  file: FileView,
  said: (path: string) => string,
): Promise<Outcome> {
  const output = textOption(options, 'output');
  if (json || output === '-') return { json: file, text: file.text.trimEnd() };
  const path = resolve(output ?? file.file_name);
  try {
    await writeFile(path, file.text, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw usageFailure(
      code === 'EEXIST'
        ? `${path} is there already. Name another file with --output.`
        : `${path} cannot be written: ${message}. Name another file with --output.`,
    );
  }
  return { json: file, text: said(path) };
}
