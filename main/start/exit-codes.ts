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
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

const meanings: Readonly<Record<keyof typeof exitCodes, string>> = {
  ok: 'all is well',
  failure: 'something unexpected failed',
  usage: 'a flag, an argument or the input is wrong',
  portInUse: 'a port is in use',
  dataFolderInUse: 'the data folder is in use by another node',
  databaseNewer: 'the database is newer than this program, or damaged',
  findings: 'a check found something (doctor, peers check), or an accepted invite is not through yet',
  identityDiffers: 'the data folder belongs to another server name',
  notRunning: 'no node is running, or it cannot be reached',
  refused: 'the node refused or could not do it',
  nodeTooOld: 'Node.js is too old',
};

/** One line per code, for `--help` and the documentation. */
export function exitCodesText(): string {
  const rows = Object.entries(exitCodes) as [keyof typeof exitCodes, ExitCode][];
  return rows.map(([name, code]) => `  ${String(code).padStart(2)}  ${meanings[name]}`).join('\n');
}
