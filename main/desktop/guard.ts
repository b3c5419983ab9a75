import type { Session, WebContents } from 'electron';
import { appOrigin, indexUrl } from './app-scheme.ts';
import type { Electron } from './electron.ts';
import { externalAddress } from './external.ts';

/** The page alone may be loaded; where it stands in itself is behind the `#`. */
const isThePage = (address: string): boolean => address.replace(/#.*$/s, '') === indexUrl;

/** No page of ours leads anywhere else, whatever it shows: links open in the system's browser, or not at all. */
export function guardContents(contents: WebContents, electron: Pick<Electron, 'shell'>): void {
  contents.on('will-frame-navigate', (details) => {
    if (!details.isMainFrame || !isThePage(details.url)) details.preventDefault();
  });
  contents.on('will-navigate', (details) => {
    if (!isThePage(details.url)) details.preventDefault();
  });
  contents.on('will-redirect', (details) => details.preventDefault());
  contents.on('will-attach-webview', (event) => event.preventDefault());
  contents.setWindowOpenHandler(({ url }) => {
    const address = externalAddress(url);
    // Fails where no program is there for it, and then there is nothing to do.
    if (address !== null) electron.shell.openExternal(address).catch(() => {});
    return { action: 'deny' };
  });
}

/** Permissions are refused but for one, and nothing is fetched but the page's own files. */
export function guardSession(session: Session, options: { readonly devTools: boolean }): void {
  const allows = (permission: string, origin: string): boolean =>
    permission === 'clipboard-sanitized-write' && sameOrigin(origin);
  session.setPermissionRequestHandler((_contents, permission, answer, details) =>
    answer(details.isMainFrame && allows(permission, details.requestingUrl)),
  );
  session.setPermissionCheckHandler((_contents, permission, origin) => allows(permission, origin));
  session.setDevicePermissionHandler(() => false);
  session.setDisplayMediaRequestHandler(null);
  session.webRequest.onBeforeRequest(({ url }, answer) =>
    answer({ cancel: !mayRequest(url, options.devTools) }),
  );
  // The page makes files of its own (the recovery file, diagnostics); the system asks where to put them.
  session.on('will-download', (event, item) => {
    if (!item.getURL().startsWith(`blob:${appOrigin}/`)) event.preventDefault();
  });
}

const sameOrigin = (address: string): boolean => address === appOrigin || address.startsWith(`${appOrigin}/`);

function mayRequest(address: string, devTools: boolean): boolean {
  if (address.startsWith(`${appOrigin}/`) || address.startsWith(`blob:${appOrigin}/`)) return true;
  return devTools && address.startsWith('devtools://');
}
