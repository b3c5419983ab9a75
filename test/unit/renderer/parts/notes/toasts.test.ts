import assert from 'node:assert/strict';
import { before, test } from 'node:test';

interface Toasts {
  readonly list: readonly { readonly text: string; readonly kind: string }[];
  say(text: string, how?: { kind?: 'good' | 'warning' }): void;
}
let toasts: Toasts;
const shown = () => toasts.list.map(({ text }) => text);
before(async () => {
  Object.assign(globalThis, { $state: { raw: (value: unknown) => value } });
  const path = new URL('../../../../../renderer/parts/notes/toasts.svelte.ts', import.meta.url).href;
  toasts = (await import(path)).toasts;
});

test('a success replaces the previous one, and at most two warnings stay with it', (t) => {
  t.mock.timers.enable();
  toasts.say('Saved.');
  toasts.say('Copied.');
  assert.deepEqual(shown(), ['Copied.']);
  toasts.say('The clock is off', { kind: 'warning' });
  toasts.say('ben.test is unreachable', { kind: 'warning' });
  assert.deepEqual(shown(), ['The clock is off', 'Copied.', 'ben.test is unreachable']);
  toasts.say('The disk is almost full', { kind: 'warning' });
  toasts.say('Sent.');
  assert.deepEqual(shown(), ['ben.test is unreachable', 'The disk is almost full', 'Sent.']);
  t.mock.timers.tick(6_000);
  assert.deepEqual(shown(), ['ben.test is unreachable', 'The disk is almost full']);
  t.mock.timers.tick(12_000);
  assert.deepEqual(shown(), []);
});
