/**
 * Everything that the page can use of the app: one function for each procedure and each kind of news. The page can't
 * name a channel. This script runs in the sandbox, where it can only import `electron`; the build inlines the rest.
 */
import { contextBridge, type IpcRendererEvent, ipcRenderer } from 'electron';
import { type Api, contract } from '../../../shared/api/contract.ts';
import {
  type Bridge,
  type BridgeCall,
  type ShellProcedureName,
  shellContract,
} from '../../../shared/api/shell.ts';
import { changeChannel, linkChannel, nodeChannel, shellChangeChannel, shellChannel } from './channels.ts';

/** Passes on the value, but never the event: with its `sender`, the page could send anything to the app. */
function listen<T>(channel: string, listener: (value: T) => void): () => void {
  const relay = (_event: IpcRendererEvent, value: T): void => listener(value);
  ipcRenderer.on(channel, relay);
  return () => {
    ipcRenderer.removeListener(channel, relay);
  };
}

const calls = <N extends string>(
  table: Readonly<Record<N, unknown>>,
  channel: (name: N) => string,
): Record<N, BridgeCall> =>
  Object.fromEntries(
    (Object.keys(table) as N[]).map((name): [N, BridgeCall] => [
      name,
      (input, locale) => ipcRenderer.invoke(channel(name), input, locale),
    ]),
  ) as Record<N, BridgeCall>;

const bridge: Bridge = {
  node: calls<keyof Api>(contract, nodeChannel),
  shell: calls<ShellProcedureName>(shellContract, shellChannel),
  onChange: (listener) => listen(changeChannel, listener),
  onShellChange: (listener) => listen(shellChangeChannel, listener),
  onLink: (listener) => listen<void>(linkChannel, () => listener()),
};

contextBridge.exposeInMainWorld('paracord', bridge);
