import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { WebContents } from 'electron';
import { answerIpc, inputCharsMax } from '../../../../../main/desktop/bridge/ipc.ts';
import type { Question } from '../../../../../main/desktop/window/confirm.ts';
import { contract } from '../../../../../shared/api/contract.ts';
import { confirmedNatively, type ShellApi, shellContract } from '../../../../../shared/api/shell.ts';
import { refusal } from '../../../../../shared/words/refusal.ts';
import { quoted, said } from '../../../../../shared/words/said.ts';
import { languages, wordsIn } from '../../../../../shared/words/words.ts';
import { pageFrame, standInElectron } from '../../../../support/electron/electron-stand-in.ts';
import { fakeApi, status } from '../../../../support/parties/fake-api.ts';
import { tempDir } from '../../../../support/temp.ts';
import { VirtualClock } from '../../../../support/virtual-clock.ts';

function bridge(
  answers: Parameters<typeof fakeApi>[0],
  agree = true,
  saveAs: string | null = null,
  copies = true,
) {
  const files: string[] = [];
  const copied: string[] = [];
  const stand = standInElectron();
  const window = new stand.electron.BrowserWindow({});
  const fake = fakeApi(answers);
  const asked: Question[] = [];
  const logged: string[] = [];
  const locales: string[] = [];
  answerIpc(stand.electron.ipcMain, {
    apiIn: (locale) => {
      locales.push(locale);
      return fake.api;
    },
    shell: { takeLink: async () => ({ link: null }) } as unknown as ShellApi,
    contents: () => window.webContents as WebContents,
    confirm: async (question) => {
      asked.push(question);
      return agree;
    },
    chooseFile: async (name) => {
      files.push(name);
      return saveAs;
    },
    copy: async (text) => {
      if (!copies) throw new Error('No clipboard.');
      copied.push(text);
    },
    saveRecoveryFile: async (passphrase, save) => {
      const file = await fake.api.exportIdentity({ passphrase });
      await save?.(file.text);
      return file;
    },
    clock: new VirtualClock(),
    log: { error: (_details, message) => void logged.push(message) },
  });
  return { ...stand, calls: fake.calls, asked, logged, locales, files, copied };
}

test('there is one handler for each procedure, and no other', () => {
  const { channels } = bridge({});
  const wanted = [
    ...Object.keys(contract).map((name) => `node:${name}`),
    ...Object.keys(shellContract).map((name) => `shell:${name}`),
  ];
  assert.deepEqual(channels().sort(), wanted.sort());
});

test('a call is answered with its value; a refusal keeps its code, status and details', async () => {
  const { invoke } = bridge({
    status: async () => status,
    rooms: async () => {
      throw refusal('CONFLICT', quoted('Set up first.'), { details: { reason: 'key_differs' } });
    },
  });
  assert.deepEqual(await invoke('node:status', [{}]), { ok: true, value: status });
  assert.deepEqual(await invoke('node:status', []), { ok: true, value: status });
  assert.deepEqual(await invoke('node:rooms', [{}]), {
    ok: false,
    error: {
      status: 409,
      code: 'CONFLICT',
      message: 'Set up first.',
      details: { reason: 'key_differs' },
    },
  });
});

test('unexpected errors are logged and reveal nothing to the page', async () => {
  const { invoke, logged } = bridge({});
  const answer = await invoke('node:status', [{}]);
  assert.equal(answer.ok, false);
  assert.doesNotMatch(JSON.stringify(answer), /secret/);
  assert.equal(answer.ok === false && answer.error.status, 500);
  assert.equal(logged.length, 1);
});

const strangers: Readonly<Record<string, object | null>> = {
  'a frame within the page': { ...pageFrame, parent: pageFrame },
  'another origin': { ...pageFrame, origin: 'https://evil.example' },
  'an origin that begins like ours': { ...pageFrame, origin: 'app://paracord.evil' },
  'another scheme with our host': { ...pageFrame, origin: 'http://paracord' },
  'an opaque origin': { ...pageFrame, origin: 'null' },
  'another address of our origin’s name': { ...pageFrame, url: 'https://evil.example/app://paracord/' },
  'a frame that has gone': null,
  'a frame that is being taken down': {
    get parent(): never {
      throw new Error('Render frame was disposed before WebFrameMain could be accessed');
    },
  },
};
for (const [who, frame] of Object.entries(strangers))
  test(`${who} is refused before anything is done`, async () => {
    const { invoke, calls } = bridge({ status: async () => status });
    const answer = await invoke('node:status', [{}], frame);
    assert.equal(answer.ok === false && answer.error.code, 'FORBIDDEN');
    assert.deepEqual(calls, []);
  });

test('another window’s contents are refused', async () => {
  const { invoke, electron, calls } = bridge({ status: async () => status });
  new electron.BrowserWindow({});
  const answer = await invoke('node:status', [{}]);
  assert.equal(answer.ok === false && answer.error.code, 'FORBIDDEN');
  assert.deepEqual(calls, []);
});

test('an unknown channel has no handler', async () => {
  const { invoke } = bridge({});
  for (const channel of ['node:constructor', 'node:__proto__', 'node:toString', 'shell:eval', 'status'])
    await assert.rejects(invoke(channel, [{}]), /No handler/);
});

const circle: Record<string, unknown> = {};
circle.circle = circle;
const badInputs: Readonly<Record<string, readonly unknown[]>> = {
  'no object': ['text'],
  'a list': [[]],
  null: [null],
  'a cycle': [circle],
  'a big integer': [{ room_id: 1n }],
  'two inputs': [{ room_id: '!1:a.test' }, {}],
  'an unknown field': [{ room_id: '!1:a.test', ass: '@a:a.test' }],
  'a field that is missing': [{}],
  'a field of another kind': [{ room_id: { toString: 1 } }],
  'a prototype under its own name': [JSON.parse('{"room_id":"!1:a.test","__proto__":{"as":"@a:a.test"}}')],
  'a constructor': [JSON.parse('{"room_id":"!1:a.test","constructor":{"prototype":{"x":1}}}')],
};
for (const [what, args] of Object.entries(badInputs))
  test(`${what} is a bad request, and nothing is called`, async () => {
    const { invoke, calls } = bridge({ room: async () => assert.fail('called') });
    const answer = await invoke('node:room', args);
    assert.equal(answer.ok === false && answer.error.code, 'BAD_REQUEST', JSON.stringify(answer));
    assert.deepEqual(calls, []);
    assert.equal(({} as Record<string, unknown>).as, undefined);
  });

test('the refusal of a field names it, as over HTTP', async () => {
  const { invoke } = bridge({});
  const answer = await invoke('node:createRoom', [{ name: 'Kitchen', join_rule: 'nobody', nmae: '' }]);
  assert.ok(answer.ok === false);
  assert.deepEqual(answer.error.details?.fields, [
    {
      field: 'nmae',
      message: 'unknown field. The fields are name, join_rule, channels, as',
      expected: 'name, join_rule, channels, as',
    },
  ]);
});

test('an input that is too large is refused with 413', async () => {
  const { invoke, calls } = bridge({});
  const body = 'x'.repeat(inputCharsMax);
  const answer = await invoke('node:postMessage', [{ room_id: '!1:a.test', body }]);
  assert.equal(answer.ok === false && answer.error.status, 413);
  assert.deepEqual(calls, []);
});

const dangerous = {
  forgetPeer: { server_name: 'b.test' },
  discardHeld: { server_name: 'b.test' },
  giveUpOutbox: { destination: 'b.test', event_id: '$1:a.test' },
  rotateKeys: {},
  exportIdentity: { passphrase: 'lantern gravel opera quince' },
  addToken: { name: 'helper', user_id: '@bob:a.test' },
  makeLoginLink: {},
  limitRoom: { room_id: '!1:a.test', days: 90, megabytes: null },
} satisfies Record<(typeof confirmedNatively)[number], object>;
for (const name of confirmedNatively)
  test(`${name} asks in a window of the app’s own, and does nothing without a yes`, async (t) => {
    const { invoke, calls, asked } = bridge({}, false);
    const answer = await invoke(`node:${name}`, [dangerous[name]]);
    assert.deepEqual(answer.ok === false && [answer.error.status, answer.error.code], [0, 'CANCELLED']);
    assert.equal(asked.length, 1);
    assert.ok(asked[0]?.message.endsWith('?'));
    assert.deepEqual(calls, []);
    const agreed = bridge(
      { status: async () => status, [name]: async () => ({ text: '', token: '', url: '' }) },
      true,
      join(tempDir(t), 'file'),
    );
    assert.equal((await agreed.invoke(`node:${name}`, [dangerous[name]])).ok, true);
    assert.equal(agreed.calls.at(-1)?.name, name);
  });

test('to keep all of a room again needs no question', async () => {
  const { invoke, asked, calls } = bridge({ limitRoom: async () => ({}) as never }, false);
  const all = { room_id: '!1:a.test', days: null, megabytes: null };
  assert.equal((await invoke('node:limitRoom', [all])).ok, true);
  assert.deepEqual([asked, calls.at(-1)?.name], [[], 'limitRoom']);
});

test('a hijacked page can neither steal the identity nor trust anyone without the owner’s consent', () => {
  const taking = ['exportIdentity', 'addToken', 'makeLoginLink'] as const;
  assert.deepEqual(
    taking.filter((name) => !confirmedNatively.includes(name)),
    [],
  );
});

test('invalid input is refused without a question', async () => {
  const { invoke, asked } = bridge({});
  await invoke('node:forgetPeer', [{}]);
  assert.deepEqual(asked, []);
});

test('a question stays on its line, whatever it is about', async () => {
  const { invoke, asked } = bridge({});
  await invoke('node:forgetPeer', [{ server_name: 'b.test\n\nPress Forget to update.' }]);
  assert.equal(asked[0]?.message, 'Forget “b.test Press Forget to update.”?');
});

test('the app’s questions and the screens have the same word for an action, in every language', async () => {
  for (const locale of languages) {
    const { peers, deliveries, settings } = wordsIn(locale);
    const screens = {
      forgetPeer: peers.forget.verb,
      discardHeld: peers.heldEvents.discardVerb,
      giveUpOutbox: deliveries.giveUp.verb,
      rotateKeys: settings.keys.rotateVerb,
      exportIdentity: settings.recovery.save,
      addToken: settings.tokens.make,
    };
    for (const [name, verb] of Object.entries(screens) as [keyof typeof screens, string][]) {
      const { invoke, asked } = bridge({}, false);
      await invoke(`node:${name}`, [dangerous[name], locale]);
      assert.equal(asked[0]?.button, verb);
    }
  }
});

test('a call is answered in the language of the page, a refusal too; a locale from nowhere is English', async () => {
  const { invoke, locales } = bridge({
    rooms: async () => {
      throw refusal('CONFLICT', said('plain.text', { text: 'ö' }));
    },
  });
  await invoke('node:rooms', [{}, 'de-AT']);
  await invoke('node:rooms', [{}, '../../x']);
  await invoke('node:rooms', [{}]);
  assert.deepEqual(locales, ['de-AT', 'en', 'en']);
  const answer = await invoke('node:rooms', [{}, 'de']);
  assert.equal(answer.ok === false && answer.error.message, 'ö');
});

test('the recovery file goes to where its owner saves it, and never to the page', async (t) => {
  const passphrase = 'correct horse battery staple';
  const answers = {
    status: async () => status,
    exportIdentity: async () => ({ file_name: 'x.json', text: '{"sealed":"secret"}' }),
  };
  const path = join(tempDir(t), 'mine.json');
  const saved = bridge(answers, true, path);
  const answer = await saved.invoke('node:exportIdentity', [{ passphrase }]);
  assert.deepEqual(answer, { ok: true, value: { file_name: 'mine.json', text: '' } });
  assert.match(saved.files[0] ?? '', /^[\w.-]+-recovery-[\d-]+\.json$/);
  assert.equal(readFileSync(path, 'utf8'), '{"sealed":"secret"}');
  assert.equal(statSync(path).mode & 0o777, 0o600);

  const cancelled = bridge(answers, true, null);
  const none = await cancelled.invoke('node:exportIdentity', [{ passphrase }]);
  assert.equal(none.ok === false && none.error.code, 'CANCELLED');
  assert.deepEqual(
    cancelled.calls.map(({ name }) => name),
    ['status'],
  );
});

test('a token and a login link go onto the clipboard, and never to the page', async () => {
  const token = { id: 't1', name: 'helper', user_id: '@bob:a.test', created_at: 1, last_used_at: null };
  const answers = {
    addToken: async () => ({ ...token, token: 'paracord_secret' }),
    makeLoginLink: async () => ({ url: 'http://127.0.0.1:8449/#/login/secret', expires_at: 2 }),
    revokeToken: async () => ({ done: true as const }),
  };
  const { invoke, copied } = bridge(answers);
  assert.deepEqual(await invoke('node:addToken', [dangerous.addToken]), {
    ok: true,
    value: { ...token, token: '' },
  });
  assert.deepEqual(await invoke('node:makeLoginLink', [{}]), { ok: true, value: { url: '', expires_at: 2 } });
  assert.deepEqual(copied, ['paracord_secret', 'http://127.0.0.1:8449/#/login/secret']);

  const failing = bridge(answers, true, null, false);
  const refused = await failing.invoke('node:addToken', [dangerous.addToken]);
  assert.match(
    refused.ok === false ? refused.error.message : '',
    /^The token .* No clipboard\.\. It was revoked/,
  );
  assert.deepEqual(failing.calls.at(-1), { name: 'revokeToken', input: { id: 't1' } });
  const none = await failing.invoke('node:makeLoginLink', [{}]);
  assert.match(none.ok === false ? none.error.message : '', /^The login link .* expires by itself/);
});

test('a recovery file that can’t be written says so', async (t) => {
  const answers = {
    status: async () => status,
    exportIdentity: async () => ({ file_name: 'x', text: 'secret' }),
  };
  const file = join(tempDir(t), 'file');
  writeFileSync(file, '');
  const { invoke } = bridge(answers, true, join(file, 'x.json'));
  const answer = await invoke('node:exportIdentity', [{ passphrase: 'correct horse battery staple' }]);
  assert.match(
    answer.ok === false ? answer.error.message : '',
    /^The recovery file couldn’t be saved: .+ another folder\.$/,
  );
});
