import assert from 'node:assert/strict';
import { before, test } from 'node:test';

interface Found {
  readonly complete: boolean;
  readonly busy: boolean;
  search(input: object | null): void;
}
let FoundClass: new (node: object, as: string) => Found;
before(async () => {
  const state = (value: unknown) => value;
  Object.assign(globalThis, { $state: Object.assign(state, { raw: state }) });
  const path = new URL('../../../../../../renderer/screens/rooms/search/found.svelte.ts', import.meta.url)
    .href;
  FoundClass = (await import(path)).Found;
});

test('a search in a room that doesn’t exist is complete, whatever the one before was', async (t) => {
  t.mock.timers.enable();
  const answer = Promise.resolve({ items: [], next: null, complete: false });
  const found = new FoundClass({ api: { search: () => answer } }, '@anna:a.test');
  found.search({ words: 'cake' });
  t.mock.timers.tick(1_000);
  await answer;
  await Promise.resolve();
  assert.deepEqual([found.busy, found.complete], [false, false]);
  found.search(null);
  assert.deepEqual([found.busy, found.complete], [false, true]);
});
