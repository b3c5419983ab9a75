/** How the app is started: the flags of a node, those of the window, and whatever Chromium knows, which is left alone. */
import { Command } from 'commander';
import { type RawStartFlags, readStartFlags, type StartFlags, startFlagHelp } from '../start/flags.ts';

export interface DesktopFlags extends StartFlags {
  /** Begin in the tray: what start at login uses. */
  readonly background: boolean;
}

/**
 * Throws FlagError for a flag that cannot be meant, and CommanderError when help was asked for. Unknown flags pass:
 * desktops, debuggers and Chromium add their own.
 */
export function readDesktopFlags(args: readonly string[], defaultDataDir: string): DesktopFlags {
  const command = new Command('paracord-node')
    .description('A federation node for small chat servers.')
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .allowUnknownOption()
    .allowExcessArguments();
  for (const [flag, meaning] of startFlagHelp) command.option(flag, meaning);
  command.option('--background', 'begin without showing the window');
  command.parse([...args], { from: 'user' });
  const raw = command.opts<RawStartFlags & { background?: boolean }>();
  return Object.freeze({ ...readStartFlags(raw, defaultDataDir), background: raw.background ?? false });
}
