interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

const pageSize = 500;

/** Every item of a list that comes in pages. */
export async function everyPage<T>(
  read: (input: { limit: number; cursor?: string }) => Promise<Page<T>>,
): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | undefined;
  for (;;) {
    const page = await read({ limit: pageSize, ...(cursor === undefined ? {} : { cursor }) });
    items.push(...page.items);
    if (page.next === null) return items;
    cursor = page.next;
  }
}
