/** The app's command line: the flags of a node, and those of the window. Chromium's flags are ignored. */
import { Command } from 'commander';
import type { Words } from '../../shared/words/words.ts';
import { type RawStartFlags, readStartFlags, type StartFlags, startFlagHelp } from '../start/flags.ts';
import { translatedHelp } from '../start/language.ts';

export interface DesktopFlags extends StartFlags {
  /** Start without showing the window, as at login. */
  readonly background: boolean;
}

/**
 * Throws FlagError for an invalid flag, and CommanderError for --help or a flag without its value. Accepts unknown
 * flags, because desktops, debuggers and Chromium add their own.
 */
export function readDesktopFlags(
  args: readonly string[],
  defaultDataDir: string,
  words: Words,
): DesktopFlags {
  const { about, flags, help } = words.cliHelp;
  const command = new Command('paracord-node')
    .description(about)
    .helpOption('-h, --help', help)
    .configureHelp(translatedHelp(words))
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .allowUnknownOption()
    .allowExcessArguments();
  for (const [flag, meaning] of startFlagHelp(words)) command.option(flag, meaning);
  command.option('--background', flags.background);
  command.parse([...args], { from: 'user' });
  const raw = command.opts<RawStartFlags & { background?: boolean }>();
  return Object.freeze({ ...readStartFlags(raw, defaultDataDir), background: raw.background ?? false });
}
