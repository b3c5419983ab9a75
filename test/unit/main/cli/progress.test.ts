import assert from 'node:assert/strict';
import { test } from 'node:test';
import { barOf, ProgressLine } from '../../../../main/cli/progress.ts';

const screen = (isTTY: boolean) => {
  const written: string[] = [];
  return { isTTY, columns: 60, written, write: (text: string) => written.push(text) };
};

test('in a terminal a bar is drawn on one line, and what follows stands below it', () => {
  const terminal = screen(true);
  const line = new ProgressLine(terminal);
  line.step('Checking…');
  line.count(1, 2, '1 of 2');
  line.count(2, 2, '2 of 2');
  line.end();
  assert.deepEqual(terminal.written, [
    'Checking…\n',
    `\r\u001b[2K[${'█'.repeat(12)}${'─'.repeat(12)}] 1 of 2`,
    `\r\u001b[2K[${'█'.repeat(24)}] 2 of 2`,
    '\n',
  ]);
  assert.ok(barOf(1, 3, 'x'.repeat(100), 40).length < 40);
});

test('a pipe gets plain lines, one for each tenth', () => {
  const pipe = screen(false);
  const line = new ProgressLine(pipe);
  for (let done = 1; done <= 100; done++) line.count(done, 100, `${done}`);
  line.end();
  assert.deepEqual(
    pipe.written,
    [10, 20, 30, 40, 50, 60, 70, 80, 90, 100].map((done) => `${done}\n`),
  );
});
