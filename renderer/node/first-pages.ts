interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

const pageSize = 500;

/** The first `wanted` items of a list that comes in pages, and whether there are more. */
export async function firstPages<T>(
  read: (input: { limit: number; cursor?: string }) => Promise<Page<T>>,
  wanted: number,
): Promise<{ readonly items: readonly T[]; readonly more: boolean }> {
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
