import { globSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Source {
  /** From the root of the repository, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

export interface Import {
  readonly name: string;
  /** The file of ours that is meant; null for a package. */
  readonly path: string | null;
}

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Every source file in these folders. */
export function sources(...folders: readonly string[]): Source[] {
  return folders
    .flatMap((folder) =>
      globSync(`${folder}/**/*.{ts,mjs,js,svelte}`, { cwd: root, exclude: ['**/node_modules/**'] }),
    )
    .map((found) => {
      const path = found.replaceAll('\\', '/');
      return { path, text: readFileSync(posix.join(root.replaceAll('\\', '/'), path), 'utf8') };
    });
}

/** `import … from`, `export … from`, bare and dynamic imports, and what a worker is started with. */
const importPattern =
  /\bfrom '([^']+)'|\bimport '([^']+)'|\bimport\(\s*'([^']+)'\s*\)|\brequire\(\s*'([^']+)'\s*\)/g;

export function importsOf(file: Source): Import[] {
  return [...file.text.matchAll(importPattern)].map((match) => {
    const name = match.slice(1).find((group) => group !== undefined) ?? '';
    const path = name.startsWith('.') ? posix.join(posix.dirname(file.path), name) : null;
    return { name, path };
  });
}
