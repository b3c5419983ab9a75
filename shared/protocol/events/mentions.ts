/** How the existing server writes that somebody is meant: the number under which it knows that user. */
const pattern = /<@!?([0-9]{1,20})>/g;
const lookedUpMax = 50;

/** The numbers that a body mentions, each once. */
export function mentionedIds(body: string): string[] {
  if (!body.includes('<@')) return [];
  const ids = new Set<string>();
  for (const [, id] of body.matchAll(pattern)) if (id !== undefined && ids.size < lookedUpMax) ids.add(id);
  return [...ids];
}

/** A body with names in place of the numbers that `nameOf` knows; the rest stays as it was written. */
export const withNames = (body: string, nameOf: (id: string) => string | undefined): string =>
  body.replace(pattern, (written, id: string) => {
    const name = nameOf(id);
    return name === undefined ? written : `@${name}`;
  });
