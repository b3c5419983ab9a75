/** `app://paracord/…`: serves the built screens, and no other file of this machine. */
import { readFile } from 'node:fs/promises';
import { extname, join, resolve, sep } from 'node:path';
import type { CustomScheme } from 'electron';
import type { Words } from '../../../shared/words/words.ts';
import { contentTypes, pageHeaders } from '../../http/control/pages.ts';

export const appOrigin = 'app://paracord';
export const indexUrl = `${appOrigin}/index.html`;

/** Standard and secure, so that the page has an origin and `fetch`. Has to be registered before Electron is ready. */
export const appScheme: CustomScheme = {
  scheme: 'app',
  // A video is played while it arrives.
  privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true, stream: true },
};

const headers = { ...pageHeaders, 'x-content-type-options': 'nosniff' };

/** All names of the build are of this form: no escapes, no separator except `/`, no segment that starts with a dot. */
const plainPath = /^[A-Za-z0-9_-][A-Za-z0-9._-]*(?:\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/;

/** The file below `root` with this address; `null` if it isn't exactly such an address. */
export function fileOf(root: string, address: string): string | null {
  const prefix = `${appOrigin}/`;
  if (!address.startsWith(prefix)) return null;
  const path = address.slice(prefix.length).replace(/[?#].*$/s, '');
  if (path === '') return join(root, 'index.html');
  if (!plainPath.test(path)) return null;
  const file = resolve(root, path);
  // The pattern allows no way out of `root`. This check still holds if somebody changes the pattern.
  return file.startsWith(resolve(root) + sep) ? file : null;
}

/** Answers the page's requests with files from `root`. */
export function appPages(root: string, words: () => Words): (request: Request) => Promise<Response> {
  return async (request) => {
    if (request.method !== 'GET') return refuse(405, words().desktop.shell.getOnly);
    const file = fileOf(root, request.url);
    const type = file && contentTypes[extname(file)];
    if (!file || !type) return refuse(404, words().desktop.shell.nothingHere);
    try {
      const bytes = await readFile(file);
      return new Response(new Uint8Array(bytes), { headers: { ...headers, 'content-type': type } });
    } catch {
      return file === join(root, 'index.html')
        ? refuse(503, words().desktop.shell.notBuilt)
        : refuse(404, words().desktop.shell.nothingHere);
    }
  };
}

const refuse = (status: number, text: string): Response =>
  new Response(text, { status, headers: { ...headers, 'content-type': 'text/plain; charset=utf-8' } });
