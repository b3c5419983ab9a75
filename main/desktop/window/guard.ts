import type { MediaAccessPermissionRequest, Session, WebContents } from 'electron';
import type { Electron } from '../host.ts';
import { appOrigin, indexUrl } from './app-scheme.ts';

/** Allows one page to be loaded. Its routes are behind the `#`. */
const isThePage = (address: string): boolean => address.replace(/#.*$/s, '') === indexUrl;

/** Keeps the window on its page, whatever the page shows. Links open in the system's browser, or not at all. */
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
    // Fails if no program can open it. Then there is nothing to do.
    if (address !== null) electron.shell.openExternal(address).catch(() => {});
    return { action: 'deny' };
  });
}

interface SessionGuard {
  readonly devTools: boolean;
  /** Whether the system allows the camera. Called only when the page asks for it. */
  readonly allowsCamera: () => Promise<boolean>;
}

/** Denies all permissions except two, and all requests except for the page's own files. */
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
  // The page creates files itself, such as diagnostics. Electron asks where to save them.
  session.on('will-download', (event, item) => {
    if (!item.getURL().startsWith(`blob:${appOrigin}/`)) event.preventDefault();
  });
}

/** `media` means camera, microphone or both. Without a type it means the screen. */
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
 * The address to open in the system's browser or mail program, rebuilt so that it is exactly what was checked; `null`
 * if it may not be opened. Other schemes start other programs. Only the address of a mail link is kept, because some
 * mail programs attach files that a link names.
 */
export function externalAddress(text: string): string | null {
  if (text.length > addressCharsMax) return null;
  const url = URL.parse(text);
  if (url === null) return null;
  if (url.protocol === 'mailto:')
    return /^[^\s/?#&"'<>]+@[^\s/?#&"'<>]+$/.test(url.pathname) ? `mailto:${url.pathname}` : null;
  const plain = ['https:', 'http:'].includes(url.protocol) && url.username === '' && url.password === '';
  return plain ? url.href : null;
}
