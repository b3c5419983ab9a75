import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { completionScript } from '../../../../main/cli/completion.ts';
import { outlineOf } from '../../../../main/cli/outline.ts';
import { createProgram } from '../../../../main/cli/program.ts';
import { wordsIn } from '../../../../shared/words/words.ts';
import { withoutPackage } from '../../../support/daemons/packages.ts';
import { tempDir } from '../../../support/temp.ts';

const shell = { words: wordsIn('en'), out() {}, finish() {}, start: async () => {} };
const program = outlineOf(createProgram(shell, '1.2.3'));

const bash = (t: TestContext, ...typed: string[]): string[] => {
  const script = join(tempDir(t), 'completion.bash');
  writeFileSync(script, completionScript(program, 'bash'));
  const ask = [
    'source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _paracord_node',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is an array of bash
    'printf "%s\\n" "${COMPREPLY[@]}"',
  ].join('; ');
  return execFileSync('bash', ['-c', ask, script, 'paracord-node', ...typed], { encoding: 'utf8' })
    .trim()
    .split('\n');
};

test('bash completes a command from its first letters', (t) => {
  assert.deepEqual(bash(t, 'pee'), ['peers']);
});

test('bash completes the words after a command, past options and their values', (t) => {
  assert.ok(bash(t, 'peers', '').includes('quarantine'));
  assert.deepEqual(bash(t, '--data-dir', '/somewhere', 'peers', 'quar'), ['quarantine']);
  assert.deepEqual(bash(t, 'peers', 'add', 'https://a.example', '--js'), ['--json']);
});

test('bash completes the choices of an option', (t) => {
  assert.deepEqual(bash(t, 'peers', 'add', '--mode', ''), ['allow', 'block', 'quarantine']);
});

for (const [name, flag] of [
  ['zsh', '-n'],
  ['fish', '--no-execute'],
] as const)
  test(`${name} can read its script`, { skip: withoutPackage(name) }, (t) => {
    const script = join(tempDir(t), `completion.${name}`);
    writeFileSync(script, completionScript(program, name));
    execFileSync(name, [flag, script]);
  });

test('fish completes the words after a command', { skip: withoutPackage('fish') }, (t) => {
  const script = join(tempDir(t), 'completion.fish');
  writeFileSync(script, completionScript(program, 'fish'));
  const offered = execFileSync('fish', ['-c', `source ${script}; complete -C 'paracord-node peers '`], {
    encoding: 'utf8',
  });
  assert.match(offered, /^quarantine\t/m);
  assert.doesNotMatch(offered, /^rooms\t/m);
});
