import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Command } from 'commander';
import { createProgram } from '../../../main/cli/program.ts';
import { type ExitCode, exitCodes, reportFailure } from '../../../main/start/failure.ts';
import type { Api } from '../../../shared/api/contract.ts';
import { type Words, wordsIn } from '../../../shared/words/words.ts';
import { run, withNode } from '../../support/nodes/command-line.ts';
import { empty, everything, roomId as id } from '../../support/nodes/full-node.ts';
import { status } from '../../support/parties/fake-api.ts';
import { textsIn, unmarkedWords } from '../../support/unmarked.ts';

const pseudo = wordsIn('en-XA');

/** Runs the command line in this process. Returns its output, including a failure. */
async function inProcess(words: Words, args: readonly string[]): Promise<{ text: string; code: number }> {
  const printed: string[] = [];
  let code: number = exitCodes.ok;
  const shell = {
    words,
    out: (text: string) => void printed.push(text),
    finish: (exitCode: ExitCode) => {
      code = exitCode;
    },
    start: async () => assert.fail('no node is to be started'),
  };
  try {
    await createProgram(shell, '1.2.3').parseAsync(args, { from: 'user' });
  } catch (error) {
    if (error instanceof Error && 'exitCode' in error && error.exitCode === 0)
      return { text: printed.join('\n'), code: 0 };
    const failure = reportFailure(error, words);
    assert.equal(failure.stack, undefined, failure.body.message);
    return { text: [...printed, failure.body.message].join('\n'), code: failure.exitCode };
  }
  return { text: printed.join('\n'), code };
}

const program = (words: Words): Command =>
  createProgram({ words, out() {}, finish() {}, start: async () => {} }, '1.2.3');

function commandsBelow(command: Command, path: readonly string[] = []): string[][] {
  const own = command.commands.map((one) => [...path, one.name()]);
  return command.commands.flatMap((one, at) => [own[at] ?? [], ...commandsBelow(one, own[at])]);
}

const commands = [[], ...commandsBelow(program(pseudo))];
function argumentsOf(command: Command): string[] {
  const own = command.registeredArguments.map((one) => one.name());
  const values = command.options.flatMap(({ flags }) => /\[(\w+)\]$/.exec(flags)?.[1] ?? []);
  return [...own, ...values, ...command.commands.flatMap(argumentsOf)];
}

/** The arguments, and values of options, that one may leave out, as the help shows them. */
const optionalArguments = [...new Set(argumentsOf(program(pseudo)))].map((name) => `[${name}]`);
const commandNames = [...new Set(commands.flat()), 'help', 'paracord-node', 'PARACORD'];

test('every word of every help text comes from the catalogs', async () => {
  assert.ok(commands.length > 70, `${commands.length} commands`);
  for (const path of commands) {
    const { text, code } = await inProcess(pseudo, [...path, '--help']);
    assert.equal(code, 0);
    assert.match(text, /⟦Usage:⟧/);
    const names = text
      .split('\n')
      .filter((line) => !line.startsWith('  paracord-node '))
      .map((line) => line.replace(/^ {2}(?:[a-z]+(?:-[a-z]+)*)(?= )/, ' ').replace(/^⟦Usage:⟧ [\w -]*/, ''));
    assert.deepEqual(unmarkedWords(names.join('\n'), optionalArguments), [], `${path.join(' ')} --help`);
  }
});

test('every German help text is German', async () => {
  for (const path of commands) {
    const { text } = await inProcess(wordsIn('de-DE'), [...path, '--help']);
    assert.match(text, /^Aufruf: paracord-node/m);
    assert.match(text, /^Optionen:$/m);
    assert.match(text, /-h, --help +Hilfe anzeigen$/m);
    assert.doesNotMatch(text, /\b(?:the|Show|default|Options|Commands|with)\b/, path.join(' '));
  }
});

const typed: readonly (readonly string[])[] = [
  ['status'],
  ['setup', 'home.example'],
  ['console'],
  ['keys'],
  ['keys', 'rotate'],
  ['keys', 'export', '--passphrase-file', 'PASS', '--output', 'NEW'],
  ['keys', 'export', '--passphrase-file', 'PASS', '--output', 'PASS'],
  ['keys', 'export', '--passphrase-file', 'NOWHERE'],
  ['keys', 'recover', 'PASS', '--passphrase-file', 'PASS'],
  ['users'],
  ['users', 'add', 'ann'],
  ['settings'],
  ['settings', 'change', '--port', '9000'],
  ['settings', 'change', '--keep-edit-history', 'maybe'],
  ['settings', 'change'],
  ['settings', 'change', '--tls', 'acme'],
  ['settings', 'retry-certificate'],
  ['peers'],
  ['peers', 'add', 'https://friend.example:8448'],
  ['peers', 'show', 'b.test'],
  ['peers', 'allow', 'b.test'],
  ['peers', 'block', 'b.test'],
  ['peers', 'forget', 'b.test'],
  ['peers', 'extend-keys', 'b.test'],
  ['peers', 'check', 'b.test'],
  ['peers', 'held', 'b.test'],
  ['peers', 'release', 'b.test'],
  ['peers', 'discard', 'b.test'],
  ['invite'],
  ['invite', 'list'],
  ['invite', 'revoke', 'p1'],
  ['accept', 'paracord://join/b.test/x'],
  ['accept', 'paracord://join/b.test/x', '--yes'],
  ['waiting'],
  ['waiting', 'drop', 'b.test'],
  ['rooms'],
  ['rooms', 'create', 'Kitchen'],
  ['rooms', 'show', id],
  ['rooms', 'show', 'nowhere'],
  ['rooms', 'join', id],
  ['rooms', 'leave', id],
  ['rooms', 'invite', id, '@bob:b.test'],
  ['rooms', 'members', id],
  ['rooms', 'remove', id, '@bob:b.test'],
  ['rooms', 'channel', id, 'cellar'],
  ['invites'],
  ['invites', 'accept', 'i1'],
  ['invites', 'decline', 'i1'],
  ['send', id, 'x'.repeat(2001)],
  ['send', id, 'hello', '--channel', 'attic'],
  ['rooms', 'describe', id, '--topic', 'Cake'],
  ['rooms', 'archive', id],
  ['rooms', 'archive', id, '--undo'],
  ['timeline', id],
  ['pinned', id],
  ['pin', id, '$1:a'],
  ['pin', id, '$1:a', '--undo'],
  ['event', '$1:a'],
  ['edit', id, '$1:a', 'hello'],
  ['delete', id, '$1:a'],
  ['react', id, '$1:a', '👍'],
  ['react', id, '$1:a', '👍', '--remove'],
  ['outbox'],
  ['outbox', 'show', 'b.test'],
  ['outbox', 'retry', 'b.test'],
  ['outbox', 'drop', 'b.test', '$1:a'],
  ['backup'],
  ['backups'],
  ['tokens'],
  ['tokens', 'add', '@bob:home.example', 'helper'],
  ['tokens', 'revoke', 't1'],
  ['diagnostics', '--output', 'NEW'],
  ['doctor'],
  ['proxy', 'caddy'],
  ['proxy', 'apache'],
  ['proxy', 'caddy', '--host', 'a;}'],
];
/** Wrong before the node is asked. */
const wrong: readonly (readonly string[])[] = [
  ['frobnicate'],
  ['peers', 'lsit'],
  ['send', 'Kitchen'],
  ['edit', 'Kitchen', '$1:a'],
  ['status', '--bogus'],
  ['status', '--jsno'],
  ['peers', '--limit'],
  ['peers', '--limit', 'many'],
  ['invite', '--hours', '0'],
  ['rooms', 'create', 'X', '--rule', 'all'],
  ['--listen', '127.0.0.1:1', 'status'],
  ['--listen', 'nowhere'],
  ['--owner', 'Ann'],
  ['--data-dir', ''],
  ['--log-level', 'loud'],
  ['--tls', 'on'],
  ['--tls', 'files'],
  ['--tls', 'files', '--tls-cert', 'x'],
  ['--tls', 'off', '--tls-cert', 'x'],
  ['--tls', 'acme'],
  ['--tls', 'acme', '--acme-agree', '--acme-name', 'https://a'],
  ['--tls', 'acme', '--acme-agree', '--acme-email', 'ann'],
  ['--tls', 'acme', '--acme-agree', '--acme-directory', 'x'],
];

async function nodeWith(t: TestContext, answers: Record<string, unknown>) {
  const calls = Object.entries(answers).map(([name, answer]) => [
    name,
    async ({ cursor }: { cursor?: string }) =>
      cursor === undefined ? answer : { ...(answer as object), next: null },
  ]);
  const { dir } = await withNode(t, Object.fromEntries(calls) as Partial<Api>);
  const passphrase = join(dir, 'pass');
  await writeFile(passphrase, 'lantern gravel opera quince\n');
  let files = 0;
  return async (words: Words, args: readonly string[]) => {
    const places: Record<string, string> = { PASS: passphrase, NOWHERE: join(dir, 'nowhere') };
    const given = args.map((arg) => (arg === 'NEW' ? join(dir, `new${files++}`) : (places[arg] ?? arg)));
    return inProcess(words, [...given, '--data-dir', dir]);
  };
}

for (const [what, answers] of [
  ['full', everything],
  ['empty', { ...everything, ...empty }],
] as const)
  test(`every word that a command prints about a node with ${what} lists comes from the catalogs`, async (t) => {
    const cli = await nodeWith(t, answers);
    /** Text to paste elsewhere is not translated. */
    const withoutCode = (text: string): string =>
      text.replace(/^curl .*?\n\n/ms, '').replace(/^\S+ \{\n.*^\}$/ms, '');
    const data = [
      // The API's names of states aren't words for people.
      ...textsIn(answers).filter((one) => one.length > 2 && !(one in pseudo.cli.states)),
      ...commandNames,
      'German',
    ];
    for (const args of typed) {
      const { text } = await cli(pseudo, args);
      assert.deepEqual(
        unmarkedWords(withoutCode(text), [...data, ...args]),
        [],
        `${args.join(' ')}\n${text}`,
      );
    }
  });

test('every word of an error that occurs before the node is asked comes from the catalogs', async () => {
  for (const args of wrong) {
    const { text, code } = await inProcess(pseudo, args);
    assert.equal(code, 2, args.join(' '));
    assert.deepEqual(unmarkedWords(text), [], text);
  }
  const { text } = await inProcess(pseudo, ['status', '--data-dir', '/nonexistent/x']);
  assert.deepEqual(unmarkedWords(text), [], text);
});

test('the terminal’s language is that of LC_ALL, else of LC_MESSAGES, else of LANG', async () => {
  const said = async (env: NodeJS.ProcessEnv) =>
    (await run(['frobnicate'], { LC_ALL: '', LC_MESSAGES: '', LANG: '', LANGUAGE: '', ...env })).stderr;
  const german = /^Es gibt keinen Befehl „frobnicate“/;
  const english = /^There is no command “frobnicate”/;
  const cases: [NodeJS.ProcessEnv, RegExp][] = [
    [{}, english],
    [{ LANG: 'de_DE.UTF-8' }, german],
    [{ LANG: 'C.UTF-8' }, english],
    [{ LANG: 'fr_FR.UTF-8' }, english],
    [{ LANG: 'en_US.UTF-8', LC_MESSAGES: 'de_AT.UTF-8' }, german],
    [{ LANG: 'de_DE.UTF-8', LC_MESSAGES: 'de_DE.UTF-8', LC_ALL: 'POSIX' }, english],
    [{ LANG: 'en_XA' }, /^⟦There is no command/],
  ];
  const outcomes = await Promise.all(cases.map(([env]) => said(env)));
  for (const [n, text] of outcomes.entries()) assert.match(text, cases[n]![1], JSON.stringify(cases[n]![0]));
});

test('requests to the node contain the language of the terminal', async (t) => {
  const { dir, locales } = await withNode(t, { status: async () => status });
  assert.equal((await run(['status', '--data-dir', dir], { LC_ALL: 'de_AT.UTF-8' })).code, 0);
  assert.deepEqual([...new Set(locales)], ['de-AT']);
});

test('dates and numbers in German output are German, and the JSON output is the API’s', async (t) => {
  const cli = await nodeWith(t, { ...everything, status: { ...status, events: 12_345 } });
  const { text } = await cli(wordsIn('de-DE'), ['status']);
  assert.match(text, /^läuft seit +14\.11\.2023, \d\d:13$/m);
  assert.match(text, /^Ereignisse +12\.345$/m);
  const json = await cli(wordsIn('de-DE'), ['status', '--json']);
  assert.deepEqual(JSON.parse(json.text), { ...status, events: 12_345 });
  const { text: refused } = await cli(wordsIn('de-DE'), ['accept', 'paracord://join/b.test/x']);
  assert.match(refused, /Es wurde nichts geändert\..*ba-bo.*--yes/s);
});
