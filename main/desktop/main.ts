/** Where Electron starts: it hands itself and the process to the app. */
import { join } from 'node:path';
import * as electron from 'electron';
import { systemPorts } from '../kernel/ports.ts';
import { defaultDataDir } from '../start/flags.ts';
import { platformOf } from './host.ts';
import { startDesktop } from './start.ts';
import { hasTray } from './tray/tray.ts';

const platform = platformOf(process.platform);

void startDesktop(electron, {
  args: process.argv.slice(1),
  env: process.env,
  platform,
  execPath: process.execPath,
  root: join(import.meta.dirname, '../..'),
  isFromStore: process.windowsStore === true || process.mas === true,
  defaultDataDir: defaultDataDir(),
  languages: () => electron.app.getPreferredSystemLanguages(),
  clock: systemPorts.clock,
  hasTray: () => hasTray(platform),
  copy: (text) => electron.clipboard.writeText(text),
  loadUpdater: async (log) => (await import('./updates/electron-updater.ts')).createUpdater(log),
  onSignal: (listener) => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, listener);
  },
});
