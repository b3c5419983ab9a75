import type { Words } from '../../shared/words/words.ts';

/** What the program's exit code tells a script; the help text lists them from here. */
export const exitCodes = {
  ok: 0,
  failure: 1,
  usage: 2,
  portInUse: 3,
  dataFolderInUse: 4,
  databaseNewer: 5,
  findings: 6,
  identityDiffers: 7,
  notRunning: 8,
  refused: 9,
  nodeTooOld: 10,
  diskFull: 11,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** One line per code, for `--help`. */
export function exitCodesText(words: Words): string {
  const rows = Object.entries(exitCodes) as [keyof typeof exitCodes, ExitCode][];
  return rows
    .map(([name, code]) => `  ${String(code).padStart(2)}  ${words.cliHelp.exitCodes[name]}`)
    .join('\n');
}
