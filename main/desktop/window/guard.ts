import type { MediaAccessPermissionRequest, Session, WebContents } from 'electron';
import type { Electron } from '../host.ts';
import { appOrigin, indexUrl } from './app-scheme.ts';

/** The page alone may be loaded; where it is in itself is behind the `#`. */
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

export interface SessionGuard {
  readonly devTools: boolean;
  /** What the system says to the camera; asked when the page wants it, and not before. */
  readonly allowsCamera: () => Promise<boolean>;
}

/** Permissions are refused but for two, and nothing is fetched but the page's own files. */
export function guardSession(session: Session, options: SessionGuard): void {
  session.setPermissionRequestHandler((_contents, permission, answer, details) => {
    const isOurs = details.isMainFrame && sameOrigin(details.requestingUrl);
    if (isOurs && permission === 'media' && isCameraAlone(details))
      options.allowsCamera().then(answer, () => answer(false));
    else answer(isOurs && permission === 'clipboard-sanitized-write');
  });
  session.setPermissionCheckHandler((_contents, permission, origin, details) => {
    if (!sameOrigin(origin)) return false;
    if (permission === 'media') return details.isMainFrame && details.mediaType === 'video';
    return permission === 'clipboard-sanitized-write';
  });
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

/** `media` is camera, microphone or both, and with no type at all the screen. */
function isCameraAlone({ mediaTypes, securityOrigin }: MediaAccessPermissionRequest): boolean {
  return (
    mediaTypes?.length === 1 &&
    mediaTypes[0] === 'video' &&
    securityOrigin !== undefined &&
    sameOrigin(securityOrigin)
  );
}

const sameOrigin = (address: string): boolean => address === appOrigin || address.startsWith(`${appOrigin}/`);

function mayRequest(address: string, devTools: boolean): boolean {
  if (address.startsWith(`${appOrigin}/`) || address.startsWith(`blob:${appOrigin}/`)) return true;
  return devTools && address.startsWith('devtools://');
}

const addressCharsMax = 2048;

/**
 * What may be handed to the system's browser or mail program, rewritten so that it is exactly what was checked; `null`
 * for the rest. Other schemes start other programs, and of a mail only the address is kept: some programs attach
 * the files that a link names.
 */
export function externalAddress(text: string): string | null {
  if (text.length > addressCharsMax) return null;
  const url = URL.parse(text);
  if (url === null) return null;
  if (url.protocol === 'mailto:')
    return /^[^\s/?#&"'<>]+@[^\s/?#&"'<>]+$/.test(url.pathname) ? `mailto:${url.pathname}` : null;
  const plain = url.protocol === 'https:' && url.username === '' && url.password === '';
  return plain ? url.href : null;
}
