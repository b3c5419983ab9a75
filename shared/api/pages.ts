/** Reading lists that come in pages. */

interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}
type ReadPage<T> = (input: { limit: number; cursor?: string }) => Promise<Page<T>>;

const pageSize = 500;

/** The first `wanted` items of a list, and whether there are more. */
export async function firstPages<T>(
  read: ReadPage<T>,
  wanted: number,
): Promise<{ readonly items: T[]; readonly more: boolean }> {
  const items: T[] = [];
  let cursor: string | undefined;
  for (;;) {
    const limit = Math.min(pageSize, wanted - items.length);
    const page = await read({ limit, ...(cursor === undefined ? {} : { cursor }) });
    items.push(...page.items);
    if (page.next === null || items.length >= wanted) return { items, more: page.next !== null };
    cursor = page.next;
  }
}

/** Every item of a list. */
export const everyPage = async <T>(read: ReadPage<T>): Promise<T[]> =>
  (await firstPages(read, Number.POSITIVE_INFINITY)).items;
