/**
 * All that the page gets of the app: five functions, values in, values out. Runs sandboxed, so that nothing but
 * `electron` can be imported when it runs; the build inlines the rest.
 */
import { contextBridge, type IpcRendererEvent, ipcRenderer } from 'electron';
import type { Bridge } from '../../../shared/api/shell.ts';
import { changeChannel, linkChannel, nodeChannel, shellChangeChannel, shellChannel } from './channels.ts';

/** Hands on what came and never the event, whose `sender` could be used to say anything to the app. */
function listen<T>(channel: string, listener: (value: T) => void): () => void {
  const relay = (_event: IpcRendererEvent, value: T): void => listener(value);
  ipcRenderer.on(channel, relay);
  return () => {
    ipcRenderer.removeListener(channel, relay);
  };
}

const bridge: Bridge = {
  node: (name, input, locale) => ipcRenderer.invoke(nodeChannel(name), input, locale),
  shell: (name, input, locale) => ipcRenderer.invoke(shellChannel(name), input, locale),
  onChange: (listener) => listen(changeChannel, listener),
  onShellChange: (listener) => listen(shellChangeChannel, listener),
  onLink: (listener) => listen<void>(linkChannel, () => listener()),
};

contextBridge.exposeInMainWorld('paracord', bridge);
