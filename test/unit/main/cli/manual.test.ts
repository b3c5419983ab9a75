import assert from 'node:assert/strict';
import { test } from 'node:test';
import { manualPage } from '../../../../main/cli/manual.ts';
import { everyCommand, outlineOf } from '../../../../main/cli/outline.ts';
import { createProgram, examples } from '../../../../main/cli/program.ts';
import { wordsIn } from '../../../../shared/words/words.ts';

const words = wordsIn('en');
const shell = { words, out() {}, finish() {}, start: async () => {} };
const program = outlineOf(createProgram(shell, '1.2.3'));
const page = manualPage(program, words, { version: '1.2.3', examples });
const plain = page.replaceAll('\\-', '-');

test('the manual page names every command and every option', () => {
  const commands = everyCommand(program);
  assert.ok(commands.length > 70);
  for (const { path, command } of commands) {
    if (path.length > 0)
      assert.ok(plain.includes(`.B ${[...path, ...command.args].join(' ')}\n`), path.join(' '));
    for (const { spec } of command.flags) assert.ok(plain.includes(spec.split(' ', 1)[0] ?? ''), spec);
  }
});

test('no line of the manual page is taken for a macro by accident', () => {
  const macros = new Set(['.TH', '.SH', '.B', '.br', '.TP', '.RS', '.RE', '.nf', '.fi']);
  for (const line of page.split('\n'))
    if (/^[.']/.test(line)) assert.ok(macros.has(line.split(' ', 1)[0] ?? ''), line);
});

test('the manual page lists the exit codes and the examples', () => {
  assert.match(plain, /\.SH "EXIT CODES"\n\.nf\n {3}0 {2}Success/);
  for (const line of examples) assert.ok(plain.includes(line.replace(/^(?=[.'])/, '\\&')), line);
});
