import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forgetKept, keeping } from '../../../../renderer/node/kept.ts';
import type { Output } from '../../../../shared/api/contract.ts';
import { fakeApi } from '../../../support/parties/fake-api.ts';

class FakeStorage {
  readonly #values = new Map<string, string>();
  get length(): number {
    return this.#values.size;
  }
  key(at: number): string | null {
    return [...this.#values.keys()][at] ?? null;
  }
  getItem(key: string): string | null {
    return this.#values.get(key) ?? null;
  }
  setItem(key: string, value: string): void {
    this.#values.set(key, value);
  }
  removeItem(key: string): void {
    this.#values.delete(key);
  }
}

/** The rooms of somebody whose server answers, or is away. */
function phone() {
  const state = { name: 'Family', isAway: false, isOpen: true };
  const storage = new FakeStorage();
  const answer = async (): Promise<never> => {
    if (state.isAway) throw new TypeError('Failed to fetch');
    return { items: [{ name: state.name }], next: null } as never;
  };
  const { api, calls } = fakeApi({ rooms: answer, timeline: answer, devices: answer });
  const kept = keeping(api, () => state.isOpen, storage);
  const read = async () => ((await kept.rooms({})) as Output<'rooms'>).items[0]?.name;
  return { state, storage, kept, read, calls };
}

test('the last answers are shown while the server is away, and until it is connected', async () => {
  const { state, read, calls } = phone();
  assert.equal(await read(), 'Family');
  Object.assign(state, { isAway: true });
  assert.equal(await read(), 'Family');
  Object.assign(state, { isAway: false, isOpen: false, name: 'Household' });
  const before = calls.length;
  assert.equal(await read(), 'Family');
  assert.equal(calls.length, before, 'nothing was asked');
  state.isOpen = true;
  assert.equal(await read(), 'Household');
});

test('neither devices nor older pages are kept, nor anything that was forgotten', async () => {
  const { state, storage, kept, read } = phone();
  await kept.devices({});
  await kept.timeline({ room_id: '!1:a.test', cursor: 'x' });
  assert.equal(storage.length, 0);
  await read();
  await kept.timeline({ room_id: '!1:a.test' });
  assert.equal(storage.length, 2);
  storage.setItem('theme', 'dark');
  forgetKept(storage);
  state.isAway = true;
  await assert.rejects(read(), TypeError);
  assert.equal(storage.length, 1);
});

test('an answer that was asked for before everything was forgotten is not kept', async () => {
  const { storage, kept } = phone();
  const asked = kept.rooms({});
  forgetKept(storage);
  await asked;
  assert.equal(storage.length, 0);
});

test('kept answers stay within their bounds: the oldest makes room, and a large one is not kept', async () => {
  const { state, storage, kept } = phone();
  for (let at = 0; at < 70; at++) await kept.timeline({ room_id: `!${at}:a.test` });
  assert.equal(storage.length, 60);
  state.name = 'x'.repeat(100_000);
  for (let at = 0; at < 40; at++) await kept.timeline({ room_id: `!${at}:a.test` });
  const size = Array.from({ length: storage.length }, (_, at) => storage.getItem(storage.key(at)!)!.length);
  assert.ok(size.reduce((sum, each) => sum + each, 0) <= 2_000_000);
  state.name = 'x'.repeat(400_000);
  await kept.rooms({});
  assert.equal(storage.length, size.length);
});
