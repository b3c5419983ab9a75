/**
 * The words in a text that don't come from a catalog, if the language is the pseudo-locale (which puts every message in
 * ⟦…⟧). `data`: text written by others. Numbers, dates, flags, placeholders and addresses aren't words.
 */
export function unmarkedWords(text: string, data: Iterable<string> = []): string[] {
  let rest = text;
  const replaceAll = (pattern: RegExp): void => {
    let before: string;
    do {
      before = rest;
      rest = rest.replaceAll(pattern, ' ');
    } while (rest !== before);
  };
  replaceAll(/⟦[^⟦⟧]*⟧/g);
  replaceAll(/\w+:\/\/\S+|(?:\/[\w.-]+){2,}/g);
  replaceAll(/<[^<>]*>|\[[^[\]]*\.\.\.\]|(?<![\w-])--?[a-zA-Z][\w-]*/g);
  replaceAll(
    /\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d+, \d+, \d+:\d+ [AP]M\b|\b\d[\d.,]* [kM]B\b/g,
  );
  for (const one of [...data].sort((a, b) => b.length - a.length)) rest = rest.replaceAll(one, ' ');
  return rest.match(/\p{L}{2,}/gu) ?? [];
}

/** Every text within a value, to pass as `data`. */
export function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return value === '' ? [] : [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}
