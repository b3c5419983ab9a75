import assert from 'node:assert/strict';
import { test } from 'node:test';
import { barOf, ProgressLine } from '../../../../main/cli/progress.ts';

const screen = (isTTY: boolean) => {
  const written: string[] = [];
  return { isTTY, columns: 60, written, write: (text: string) => written.push(text) };
};

test('in a terminal a bar is drawn on one line, with later output below it', () => {
  const terminal = screen(true);
  const line = new ProgressLine(terminal, () => 0);
  line.count(1, 2, '1 of 2');
  line.count(2, 2, '2 of 2');
  line.count(0, null, 'Checking the copy');
  line.end();
  assert.deepEqual(terminal.written, [
    `\r\u001b[2K[${'█'.repeat(12)}${'─'.repeat(12)}] 1 of 2`,
    `\r\u001b[2K[${'█'.repeat(24)}] 2 of 2`,
    '\r\u001b[2KChecking the copy',
    '\n',
  ]);
  assert.ok(barOf(1, 3, 'x'.repeat(100), 40).length < 40);
});

test('a pipe gets plain lines, one at the start and one for each tenth, however the work is cut', () => {
  const tenths = [1, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100];
  const pipe = screen(false);
  const line = new ProgressLine(pipe, () => 0);
  for (let done = 1; done <= 100; done++) line.count(done, 100, `${done}`);
  line.end();
  assert.deepEqual(
    pipe.written,
    tenths.map((done) => `${done}\n`),
  );

  const coarse = screen(false);
  const few = new ProgressLine(coarse, () => 0);
  for (const done of [1, 45, 46, 49, 100]) few.count(done, 100, `${done}`);
  assert.deepEqual(coarse.written, ['1\n', '45\n', '100\n']);
});

test('a pipe gets a line every five seconds about work whose end is not known', () => {
  const pipe = screen(false);
  let now = 0;
  const line = new ProgressLine(pipe, () => now);
  for (; now <= 12_000; now += 250) line.count(now, null, `${now}`);
  assert.deepEqual(pipe.written, ['0\n', '5000\n', '10000\n']);
});
