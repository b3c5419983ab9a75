/** Electron's entry point: passes Electron and the process to the app. */
import { execFile, spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import * as electron from 'electron';
import { systemPorts } from '../kernel/ports.ts';
import { dataDirOr } from '../start/flags.ts';
import { platformOf } from './host.ts';
import { ownFlags } from './process/restart.ts';
import { startDesktop } from './start.ts';
import { hasTray } from './tray/tray.ts';
import { ownAppImage } from './updates/app-image.ts';

const platform = platformOf(process.platform);
const appImage = ownAppImage(process.env, process.execPath);

/**
 * `app.relaunch` doesn't work for an AppImage: the folder that it is mounted in no longer exists by then. The lock is
 * released first, because otherwise the new app would find this one and exit.
 */
function startAppImage(path: string, args: readonly string[]): void {
  electron.app.releaseSingleInstanceLock();
  spawn(path, [...args], { detached: true, stdio: 'ignore' }).unref();
}

/** `codesign` is part of macOS. An app that isn't signed, or only ad hoc, has no team. */
const isSigned = (): Promise<boolean> =>
  new Promise((resolve) => {
    const bundle = dirname(dirname(dirname(process.execPath)));
    execFile('/usr/bin/codesign', ['--display', '--verbose=2', bundle], (error, _out, text) =>
      resolve(error === null && /^TeamIdentifier=(?!not set)/m.test(String(text))),
    );
  });

void startDesktop(electron, {
  args: process.argv.slice(1),
  env: process.env,
  platform,
  execPath: process.execPath,
  appImage,
  root: join(import.meta.dirname, '../..'),
  isFromStore: process.windowsStore === true || process.mas === true,
  defaultDataDir: dataDirOr(undefined),
  languages: () => electron.app.getPreferredSystemLanguages(),
  clock: systemPorts.clock,
  hasTray: () => hasTray(platform, process.env),
  copy: (text) => electron.clipboard.writeText(text),
  isSigned,
  loadUpdater: async (log, downloads) =>
    (await import('./updates/electron-updater.ts')).createUpdater({
      log,
      downloads,
      appImage,
      startAppImage: (path) => startAppImage(path, ownFlags(process.argv.slice(1))),
    }),
  run: (command, args) =>
    new Promise((resolve) => {
      execFile(command, [...args], { timeout: 60_000 }, (error, out, text) =>
        resolve({ isOk: error === null, output: `${out}${text}`.trim() }),
      );
    }),
  startAgain: (args) => {
    if (appImage === null) electron.app.relaunch({ args: [...args] });
    else startAppImage(appImage, args);
  },
  onSignal: (listener) => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, listener);
  },
  onUncaught: (listener) => {
    process.on('uncaughtException', listener);
    process.on('unhandledRejection', listener);
  },
});
