import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Command } from 'commander';
import { createProgram } from '../../../main/cli/program.ts';
import { type ExitCode, exitCodes } from '../../../main/start/exit-codes.ts';
import { reportFailure } from '../../../main/start/failure.ts';
import type { Api } from '../../../shared/api/contract.ts';
import { type Words, wordsIn } from '../../../shared/words/words.ts';
import { run, withNode } from '../../support/ground/command-line.ts';
import { peer, room, status } from '../../support/ground/fake-api.ts';
import { textsIn, unmarkedWords } from '../../support/unmarked.ts';

const pseudo = wordsIn('en-XA');
const at = 1_700_000_000_000;

/** The command line within this process; gives what it printed, its failure included. */
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
    assert.deepEqual(unmarkedWords(names.join('\n')), [], `${path.join(' ')} --help`);
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

const id = '!100:home.example';
const invite = {
  ...{ id: 'i1', room_id: id, room_name: 'Kitchen', home: 'b.test', inviter: '@bob:b.test' },
  ...{ user_id: '@ann:home.example', created_at: at, status: 'pending' },
};
const peerInvite = {
  ...{ id: 'p1', link: 'paracord://peer/x', status: 'pending', made_at: at, expires_at: at },
  ...{ used_by: null, used_at: null },
};
const token = { id: 't1', name: 'helper', user_id: '@bob:home.example', created_at: at, last_used_at: null };
const key = {
  ...{ key_id: 'ed25519:1', algorithm: 'ed25519', public_key: 'abc', valid_until: at, created_at: at },
  ...{ active: true, fingerprint: 'ab12', seen_by: ['b.test'] },
};
const delivery = {
  ...{ total: 3, delivered: 1, not_shown_at: null },
  destinations: ['delivered', 'handed_over', 'dead', 'queued', 'retrying', 'held'].map((state, n) => ({
    ...{ server_name: `s${n}.test`, state, via: state === 'handed_over' ? 's0.test' : null },
    ...{ reason: null, next_attempt_at: null, at },
  })),
};
const message = {
  ...{ event_id: '$1:a', channel_id: '1', message_id: '1', sender: '@bob:b.test', origin_server: 'b.test' },
  ...{ origin_ts: at, depth: 1, body: 'hello', edited_at: at, deleted: false },
  files: [{ name: 'a.txt' }, { name: '' }],
  ...{ files_signed: false, mentions: [], reactions: [{ emoji: '👍', users: ['@a:a'] }], delivery },
};
const settings = {
  ...{ paused: false, public_url: 'https://home.example:8448', outbox_max_age_days: 30, port: 8448 },
  ...{ default_limits: { requests_per_minute: 6000, burst: 2000 }, extend_keys: true, port_mapping: true },
  ...{ tls: { mode: 'self-signed' }, keep_edit_history: true, language: 'de', by_flag: ['port'] },
};
const held = {
  ...{ event_id: '$h:b.test', room_id: id, event_type: 'm.message', sender: '@bob:b.test' },
  ...{ origin_ts: at, received_at: at, body: 'spam' },
};
const step = { step: 'tcp', result: 'failed', text: 'no answer', fix: 'try later' };
const check = { server_name: 'b.test', at, running: false, ok: false, result: 'failed', steps: [step] };
const self = { at, running: false, steps: [{ ...step, step: 'identity', result: 'ok' }] };
const finding = {
  ...{ code: 'offline', subject: null, severity: 'error', title: 'Bad', text: 'so bad', fix: 'mend it' },
  ...{ depends_on: [], help: 'docs/failures/offline.md' },
};
const page = (...items: unknown[]) => ({ items, next: 'c2' });

/** A node with something of everything. */
const everything: Record<string, unknown> = {
  status,
  setUp: { ...status, restored_at: at, recovery_saved_at: null, clock_offset_ms: null },
  makeLoginLink: { url: 'http://127.0.0.1/x', code: 'y', expires_at: at },
  keys: page(key),
  rotateKeys: page(key),
  users: page({ user_id: '@a:a', localpart: 'a', display_name: 'Ann', owner: true, created_at: at }),
  addUser: { user_id: '@a:a', localpart: 'a', display_name: 'Ann', owner: false, created_at: at },
  settings,
  changeSettings: {
    ...settings,
    keep_edit_history: false,
    extend_keys: false,
    language: 'system',
    public_url: null,
  },
  retryCertificate: { done: true },
  peers: page(peer, { ...peer, mode: 'quarantine', state: 'quarantined' }, { ...peer, mode: 'block' }),
  peer: {
    ...{
      ...peer,
      domain: 'dom.test',
      reason: 'noisy',
      until: at,
      tls_sha256: 'ff00',
      warnings: ['Look out.'],
    },
    clock_offset_ms: null,
    keys: (['valid', 'by_day', 'for_good', 'expired'] as const).flatMap((standing) => [
      { ...peer.keys[0], standing, extended_at: at, extended_until: null },
      { ...peer.keys[0], standing, extended_at: at, extended_until: at, pinned: false },
    ]),
  },
  addPeer: peer,
  checkPeer: check,
  changePeer: { ...peer, mode: 'block', endpoint: null },
  extendPeerKeys: peer,
  forgetPeer: { done: true },
  heldEvents: page(held),
  releaseHeld: { released: 2, refused: [{ event_id: '$h:b.test', message: 'not now' }] },
  discardHeld: { discarded: 1 },
  makePeerInvite: peerInvite,
  peerInvites: page(peerInvite),
  revokePeerInvite: peerInvite,
  previewPeerInvite: {
    ...{
      server_name: 'b.test',
      domain: 'b.test',
      endpoint: 'https://b.test',
      key_id: 'k',
      fingerprint: 'ba-bo',
    },
    ...{ tls_sha256: null, expires_at: at, is_peer: false },
  },
  acceptPeerInvite: { server_name: 'b.test', state: 'waiting', text: 'It waits.', peer: null },
  waitingAcceptances: page({ server_name: 'b.test', accepted_at: at, expires_at: at, last_error: 'silence' }),
  giveUpAcceptance: { done: true },
  rooms: page({ ...room, join_rule: 'invite', membership: null }, room),
  createRoom: { ...room, homed_here: false, home_kind: 'other', membership: null },
  room: { ...room, other_servers: ['b.test', 'c.test'] },
  joinRoom: { ...room, membership: 'joining' },
  leaveRoom: { ...room, membership: 'left' },
  inviteUser: { event_id: '$1:a', joined: true },
  members: page({ user_id: '@a:a', server: 'a', role: 'owner', joined_at: at }),
  removeMember: { event_id: '$1:a' },
  addChannel: { channel_id: '103', name: 'cellar' },
  invites: page(invite),
  acceptInvite: room,
  declineInvite: invite,
  postMessage: { event_id: '$1:a', message_id: '1' },
  timeline: page(message, { ...message, deleted: true, body: null }),
  event: {
    ...{ envelope: '{}', event_id: '$1:a', room_id: id, event_type: 'm.message', origin_server: 'a.test' },
    ...{ received_from: 'b.test', received_at: at, effect: 'applied', attempts: [], delivery },
    signature: { key_id: 'k', state: 'verified', covers_files: true },
  },
  editMessage: { event_id: '$1:a' },
  deleteMessage: { event_id: '$1:a' },
  react: { event_id: '$1:a' },
  unreact: { event_id: '$1:a' },
  outbox: page({
    ...{ server_name: 'b.test', queued: 1, retrying: 0, parked: 0, dead: 0 },
    ...{ next_attempt_at: null, state: 'ok', state_text: 'Fine here.' },
  }),
  lacking: {
    items: [
      {
        ...{ server_name: 'c.test', via: 'b.test', waiting: 1, unknown: 1, held: 1, refused: 1 },
        ...{ reason: null, next_attempt_at: null },
      },
    ],
    silent: ['old.test'],
  },
  outboxEntries: page(
    ...(['queued', 'retrying', 'parked', 'dead'] as const).map((state) => ({
      ...{ event_id: '$1:a', room_id: id, event_type: 'm.message', attempts: 1, enqueued_at: at, state },
      ...{ next_attempt_at: at, last_status: 503, last_error: 'too busy' },
    })),
  ),
  retryOutbox: { retried: 2 },
  giveUpOutbox: { done: true },
  backUp: { folder: '/data/backups/one', created_at: at, bytes: 1_200_000 },
  backups: page({ folder: '/data/backups/one', created_at: at, bytes: 1200 }),
  tokens: page(token),
  addToken: { ...token, token: 'secret123' },
  revokeToken: { done: true },
  diagnostics: { file_name: 'd.json', text: '{"a":1}' },
  exportIdentity: { file_name: 'r.json', text: '{"b":2}' },
  recoverIdentity: status,
  runDoctor: { self, findings: [] },
  doctor: { self, findings: [finding, { ...finding, code: 'x', depends_on: ['offline'] }] },
};
/** Where nothing is there yet. */
const empty: Record<string, unknown> = {
  ...Object.fromEntries(
    Object.entries(everything)
      .filter(([, answer]) => typeof answer === 'object' && answer !== null && 'items' in answer)
      .map(([name]) => [name, { items: [], next: null, silent: [] }]),
  ),
  status: { ...status, set_up: false, server_name: null, active_key: null, public_url: null },
  room: { ...room, channels: [] },
  doctor: { self: null, findings: [] },
  runDoctor: { self: null, findings: [] },
};

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
  ['accept', 'paracord://peer/x'],
  ['accept', 'paracord://peer/x', '--yes'],
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
  ['timeline', id],
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
  test(`every word that a command prints of a node with ${what} lists comes from the catalogs`, async (t) => {
    const cli = await nodeWith(t, answers);
    /** What is to be pasted elsewhere is no text. */
    const withoutCode = (text: string): string =>
      text.replace(/^curl .*?\n\n/ms, '').replace(/^\S+ \{\n.*^\}$/ms, '');
    const data = [
      // The API's names of states are no words for people.
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

test('every word of an error before the node is asked comes from the catalogs', async () => {
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

test('the node is asked in the language of the terminal', async (t) => {
  const { dir, locales } = await withNode(t, { status: async () => status });
  assert.equal((await run(['status', '--data-dir', dir], { LC_ALL: 'de_AT.UTF-8' })).code, 0);
  assert.deepEqual(locales, ['de-AT']);
});

test('dates and numbers of German output are German, and its JSON is that of the API', async (t) => {
  const cli = await nodeWith(t, { ...everything, status: { ...status, events: 12_345 } });
  const { text } = await cli(wordsIn('de-DE'), ['status']);
  assert.match(text, /^läuft seit +14\.11\.2023, \d\d:13$/m);
  assert.match(text, /^Ereignisse +12\.345$/m);
  const json = await cli(wordsIn('de-DE'), ['status', '--json']);
  assert.deepEqual(JSON.parse(json.text), { ...status, events: 12_345 });
  const { text: refused } = await cli(wordsIn('de-DE'), ['accept', 'paracord://peer/x']);
  assert.match(refused, /Es wurde nichts geändert\..*ba-bo.*--yes/s);
});
