/** The console's built files. They are found by name in a list, never by a path from the request. */
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Context } from 'koa';
import { refusal } from '../../../shared/words/refusal.ts';
import { said } from '../../../shared/words/said.ts';

/** Content types, by the ending of a file's name. */
export const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
};
const compressible = new Set(['.html', '.js', '.css', '.svg']);
const compress = promisify(gzip);

interface Page {
  readonly type: string;
  readonly read: () => Promise<Buffer>;
  readonly gzipped: Buffer | null;
}

interface Pages {
  /** Answers GET for a file; returns false for everything else. */
  answer(ctx: Context): Promise<boolean>;
  /** The name of the build that the files are of; '' without one. */
  build(): Promise<string>;
}

/** The files of each folder, for both listeners: compressing them takes a quarter of a second. */
const loaded = new Map<string, Promise<ReadonlyMap<string, Page>>>();

function load(folder: string): Promise<ReadonlyMap<string, Page>> {
  const reading = loaded.get(folder) ?? readAll(folder);
  loaded.set(folder, reading);
  return reading;
}

/** Files are read once, on the first request; typefaces each time. */
export function createPages(folder: string | null): Pages {
  let build: string | undefined;
  async function answer(ctx: Context): Promise<boolean> {
    if (folder === null || (ctx.method !== 'GET' && ctx.method !== 'HEAD')) return false;
    const pages = await load(folder);
    if (pages.size === 0 && ctx.path === '/') {
      loaded.delete(folder);
      build = undefined;
      throw refusal('SERVICE_UNAVAILABLE', said('control.no_pages'));
    }
    const page = pages.get(ctx.path === '/' ? '/index.html' : ctx.path);
    if (!page) return false;
    ctx.set({
      'content-type': page.type,
      // Names under assets/ contain a hash of the content.
      'cache-control': ctx.path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
      ...pageHeaders,
      vary: 'accept-encoding',
    });
    if (page.gzipped && ctx.acceptsEncodings('gzip') === 'gzip') {
      ctx.set('content-encoding', 'gzip');
      ctx.body = page.gzipped;
    } else ctx.body = await page.read();
    return true;
  }
  return {
    answer,
    async build() {
      if (build !== undefined) return build;
      const html = folder === null ? undefined : await (await load(folder)).get('/index.html')?.read();
      build = /<meta name="build" content="(\w+)">/.exec(html?.toString() ?? '')?.[1] ?? '';
      return build;
    },
  };
}

async function readAll(folder: string): Promise<Map<string, Page>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const pages = new Map<string, Page>();
  for (const entry of entries) {
    const type = contentTypes[extname(entry.name)];
    if (!entry.isFile() || type === undefined) continue;
    const path = join(entry.parentPath, entry.name);
    // Typefaces stay on the disk: they are megabytes, and a browser asks for each once.
    const isFont = extname(entry.name) === '.woff2';
    const bytes = isFont ? null : await readFile(path);
    const read = bytes === null ? readTogether(path) : () => Promise.resolve(bytes);
    pages.set(path.slice(join(folder, '/').length - 1).replaceAll(sep, '/'), {
      type,
      read,
      gzipped: bytes !== null && compressible.has(extname(entry.name)) ? await compress(bytes) : null,
    });
  }
  return pages;
}

/** Reads a file once for all that send it at the same time: anyone can ask for the largest, and not read the answer. */
export function readTogether(path: string): () => Promise<Buffer> {
  let sent: WeakRef<Buffer> | null = null;
  let reading: Promise<Buffer> | null = null;
  return async () => {
    const kept = sent?.deref();
    if (kept !== undefined) return kept;
    reading ??= readFile(path).finally(() => {
      reading = null;
    });
    const bytes = await reading;
    sent = new WeakRef(bytes);
    return bytes;
  };
}

/**
 * Allows the page, in the window and in the console, to load its own files, talk to its own node, and nothing else.
 */
export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  // A picture that was chosen and isn't sent yet is only in the browser's memory.
  "img-src 'self' blob:",
  "media-src 'self'",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Allows the page to ask the browser for the camera, to read invites, and for nothing else. */
export const permissionsPolicy = 'camera=(self), microphone=(), geolocation=()';

/** How browsers limit the page, in the window and in the console. */
export const pageHeaders = {
  'content-security-policy': contentSecurityPolicy,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': permissionsPolicy,
  'referrer-policy': 'no-referrer',
};
