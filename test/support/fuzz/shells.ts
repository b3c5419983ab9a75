/** The interfaces for a page or a local program: the desktop bridge and the control API. */
import assert from 'node:assert/strict';
import type { WebContents } from 'electron';
import { answerIpc } from '../../../main/desktop/bridge/ipc.ts';
import { createLog } from '../../../main/kernel/log.ts';
import {
  apiPrefix,
  inputFields,
  type Procedure,
  pathParams,
} from '../../../shared/api/contract/procedure.ts';
import { type Api, contract } from '../../../shared/api/contract.ts';
import { confirmedNatively, type ShellApi, shellContract } from '../../../shared/api/shell.ts';
import { type Dice, mutate, someJson } from '../attack/dice.ts';
import { open, written, writtenWithLength } from '../attack/socket.ts';
import { pageFrame, standInElectron } from '../electron/electron-stand-in.ts';
import { startLocalNode } from '../nodes/local-node.ts';
import { fakeApi } from '../parties/fake-api.ts';
import type { MakeTarget } from './target.ts';

const names = Object.keys(contract) as (keyof typeof contract)[];
const channels = [
  ...names.map((name) => `node:${name}`),
  ...Object.keys(shellContract).map((n) => `shell:${n}`),
];
const plausible = [
  '!1:a.test',
  '@a:a.test',
  '$1:a.test',
  'b.test',
  'https://b.test',
  '1',
  'text',
  5,
  true,
  null,
];

/** Makes a value that structured cloning allows, which is more than JSON. */
function anyValue(dice: Dice): unknown {
  const circle: Record<string, unknown> = {};
  circle.circle = circle;
  return dice.pick<() => unknown>([
    () => dice.pick(plausible),
    () => dice.pick(plausible),
    () => JSON.parse(someJson(dice)),
    () => dice.pick([Number.NaN, Number.POSITIVE_INFINITY, -0, 1n, undefined, 2 ** 53]),
    () => dice.pick([new Date(Number.NaN), new Map([['room_id', 1]]), new Set([1]), /x/, new Error('x')]),
    () => dice.pick([circle, new Uint8Array(8), Array(3), 'x'.repeat(1 + dice.below(5) * 10_000)]),
  ])();
}

function anyInput(dice: Dice, procedure: Procedure | undefined): unknown {
  if (!procedure || dice.below(5) === 0) return anyValue(dice);
  const fields = [
    ...inputFields(procedure),
    ...(dice.below(6) === 0 ? ['__proto__', 'constructor', 'as'] : []),
  ];
  return Object.fromEntries(
    fields.flatMap((field) => (dice.below(4) === 0 ? [] : [[field, anyValue(dice)]])),
  );
}

export const bridge: MakeTarget = () => {
  const stand = standInElectron();
  const window = new stand.electron.BrowserWindow({});
  const answers = Object.fromEntries(names.map((name) => [name, async () => ({})])) as unknown as Api;
  const { api, calls } = fakeApi(answers);
  const shell = new Proxy({}, { get: () => async () => ({}) }) as ShellApi;
  const logged: unknown[] = [];
  answerIpc(stand.electron.ipcMain, {
    apiIn: () => api,
    shell,
    contents: () => window.webContents as WebContents,
    confirm: async () => false,
    chooseFile: async () => null,
    saveRecoveryFile: async () => ({ file_name: '', text: '' }),
    copy: async () => {},
    clock: { now: () => 0 },
    log: { error: (details) => void logged.push(details) },
  });
  const frames = [
    pageFrame,
    { ...pageFrame, origin: 'https://evil.example' },
    { ...pageFrame, parent: pageFrame },
    null,
  ];
  return {
    async feed(dice) {
      const channel = dice.pick(channels);
      const procedure = contract[channel.slice('node:'.length) as keyof typeof contract];
      const args = Array.from({ length: dice.below(10) === 0 ? dice.below(4) : 1 }, () =>
        anyInput(dice, procedure),
      );
      const frame = dice.below(5) === 0 ? dice.pick(frames) : pageFrame;
      calls.length = 0;
      const answer = await stand.invoke(channel, args, frame);
      if (answer.ok === false) assert.ok(answer.error.status < 500, JSON.stringify(answer.error));
      assert.deepEqual(logged, []);
      if (frame !== pageFrame) assert.deepEqual(calls, [], 'a stranger calls nothing');
      const asked: readonly string[] = confirmedNatively;
      for (const call of calls) assert.ok(!asked.includes(call.name), `${call.name} was not confirmed`);
    },
  };
};

/** These take seconds even without input. Their inputs are tested over the bridge. */
const slow = new Set(
  names.filter((name) => contract[name].method !== 'GET' && inputFields(contract[name]).length === 0),
);

export const controlApi: MakeTarget = async (t) => {
  const faults: string[] = [];
  const log = Object.assign(createLog('silent'), {
    error: (line: { err?: Error }) => faults.push(String(line.err?.stack)),
  });
  const node = await startLocalNode(t, { name: 'a.test', parts: { log } });
  const { room_id } = await node.api.createRoom({ name: 'Lobby', join_rule: 'peers' });
  const { token } = node.node;
  const host = new URL(node.control).host;
  return {
    async feed(dice) {
      const name = dice.pick(names.filter((each) => !slow.has(each)));
      const { path, method } = contract[name] as Procedure;
      const filled = pathParams(path).reduce(
        (at, param) =>
          at.replace(
            `{${param}}`,
            encodeURIComponent(dice.pick([room_id, 'x', '%', '../', String(dice.pick(plausible))])),
          ),
        path,
      );
      const input = JSON.stringify(safely(anyInput(dice, contract[name]))) ?? '';
      const query = method === 'GET' && dice.below(2) === 0 ? `?${new URLSearchParams(flat(input))}` : '';
      const headers = [
        ['Host', host],
        ['Authorization', dice.below(12) === 0 ? 'Bearer x' : `Bearer ${token}`],
        ['Content-Type', dice.pick(['application/json', 'application/json', 'text/plain'])],
      ] as const;
      const target = apiPrefix + filled + query;
      const request = (
        method === 'GET'
          ? written(method, target, headers)
          : writtenWithLength(method, target, headers, input)
      )
        // `written` sets its own Host header.
        .replace('Host: node.test\r\n', '');
      const bytes = Buffer.from(request);
      const answer = await fling(node.control, dice.below(3) === 0 ? mutate(dice, bytes) : bytes);
      for (const [, status] of answer.matchAll(/^HTTP\/1\.1 (\d{3}) /gm))
        assert.ok(Number(status) < 500 || status === '503', `${status} for ${request}\n${answer}`);
      assert.deepEqual(faults, [], request);
    },
    async finish() {
      assert.equal((await node.api.status({})).server_name, 'a.test');
    },
  };
};

/** Sends, and hangs up once something was received. An incomplete request gets no answer. */
export async function fling(base: string, bytes: Buffer): Promise<string> {
  const { socket, end } = await open(base);
  const answered = new Promise((resolve) => socket.once('data', resolve));
  // The other direction stays open: half-closing only says that the request is complete.
  socket.end(bytes);
  await Promise.race([answered, end]);
  socket.destroy();
  return end;
}

const safely = (value: unknown): unknown => {
  try {
    JSON.stringify(value);
    return value;
  } catch {
    return {};
  }
};

const flat = (json: string): Record<string, string> => {
  const value: unknown = json === '' ? {} : JSON.parse(json);
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  return Object.fromEntries(
    entries.map(([key, each]) => [key, typeof each === 'string' ? each : JSON.stringify(each)]),
  );
};
