/** How a command saves a text as a file. */
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { FileView } from '../../shared/api/views/access-views.ts';
import type { Words } from '../../shared/words/words.ts';
import { usageFailure } from '../start/failure.ts';
import { type Call, type OptionRow, type Outcome, textOption } from './command.ts';

export const outputOption = ({ cliHelp }: Words): OptionRow => ['--output <file>', cliHelp.options.output];

/** Writes the file, readable only by its owner, and never over an existing one. With `--json` nothing is written. */
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
    throw usageFailure(({ cli: { errors } }) =>
      code === 'EEXIST' ? errors.fileExists({ path }) : errors.fileNotWritten({ path, reason: message }),
    );
  }
  return { json: file, text: said(path) };
}
