import type { Language } from '../../../shared/words/locale.ts';

/**
 * docs/failures as it is built into the screens, by name: `peer-refusing`, `start/disk`, `README`. Loads the pages of
 * this language only, and all of them, so that they can still be read when the node has stopped.
 */
export async function pagesIn(language: Language): Promise<ReadonlyMap<string, string>> {
  const { files } = await (language === 'de' ? import('./pages-de.ts') : import('./pages-en.ts'));
  return new Map(
    Object.entries(files).map(([path, markdown]) => [
      path.replace(/^.*docs\/failures\/(?:de\/)?|\.md$/g, ''),
      markdown,
    ]),
  );
}
