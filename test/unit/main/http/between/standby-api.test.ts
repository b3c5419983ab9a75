import assert from 'node:assert/strict';
import { test } from 'node:test';
import { standbyApi } from '../../../../../main/http/between/standby-api.ts';
import { type Api, contract, type ProcedureName } from '../../../../../shared/api/contract.ts';
import { refusal } from '../../../../../shared/words/refusal.ts';
import { quoted, said } from '../../../../../shared/words/said.ts';
import { VirtualClock } from '../../../../support/virtual-clock.ts';

const finding = (code: string, title: string) => ({ code, title, subject: null });

const leader = { name: 'one', url: 'https://10.0.0.1:8450', cert: '', token: 3 };

type Answers = Record<string, unknown>;

const why = quoted('The connection was refused.');
const notAsked = refusal('SERVICE_UNAVAILABLE', said('standby.not_asked', { leader: 'one', why }));

/** A standby whose node and leader answer with these. A leader that is null can't be reached. */
function standby(here: Answers, there: Answers | Error | 'silent' | null, clock = new VirtualClock()): Api {
  const own = Object.fromEntries(
    Object.keys(contract).map((name) => [name, async () => here[name] ?? 'here']),
  );
  const callLeader = async (name: ProcedureName) => {
    if (there === null || there instanceof Error) throw there ?? notAsked;
    if (there === 'silent') return await new Promise<never>(() => {});
    return there[name] ?? 'there';
  };
  return standbyApi(own as unknown as Api, callLeader, {
    leader: () => leader,
    failurePage: (code) => `${code}.md`,
    language: 'en',
    clock,
  });
}

test('a standby asks the leader for what isn’t in the database, and reads everything else itself', async () => {
  const api = standby({}, {}) as unknown as Record<string, (input: object) => Promise<unknown>>;
  const leaders = [
    'activity',
    'peers',
    'peer',
    'peerCheck',
    'outbox',
    'peerInvites',
    'waitingAcceptances',
    'work',
  ];
  for (const name of [...leaders, 'backups', 'createRoom'])
    assert.equal(await api[name]?.({}), 'there', name);
  for (const name of ['rooms', 'timeline', 'keys', 'settings', 'makeLoginLink', 'diagnostics'])
    assert.equal(await api[name]?.({}), 'here', name);
});

test('the status of a standby says of peers what the leader knows, and the rest of itself', async () => {
  const here = { events: 3, reach: 'unknown', peers: 0, outbox: 0, clock_offset_ms: null };
  const there = { events: 4, reach: 'open', peers: 2, outbox: 1, clock_offset_ms: 5 };
  const of = (leader: typeof there | null) =>
    standby({ status: here }, leader && { status: leader }).status({});
  assert.deepEqual(await of(there), { ...there, events: 3 });
  assert.deepEqual(await of(null), here, 'without an answer');
});

test('the health check of a standby shows the leader’s findings, and those about its own computer', async () => {
  const here = [finding('disk-full', 'The disk is full'), finding('node-offline', 'Offline')];
  const there = [finding('disk-full', 'The disk is full'), finding('peer-silent', 'b.test is silent')];
  const { findings } = await standby(
    { doctor: { findings: here, self: null } },
    { doctor: { findings: there, self: null } },
  ).doctor({});
  assert.deepEqual(
    findings.map(({ title }) => title),
    ['On this computer, where the node stands by: The disk is full', 'The disk is full', 'b.test is silent'],
  );
});

test('a standby whose leader can’t be reached, or is silent, says so and shows what it knows itself', async () => {
  const own = { status: { peers: 0 }, doctor: { findings: [finding('node-offline', 'Offline')] } };
  const clock = new VirtualClock();
  for (const there of [null, 'silent'] as const) {
    const api = standby(own, there, clock);
    const answers = Promise.all([api.status({}), api.doctor({})]);
    await clock.advance(5_000);
    const [status, { findings }] = await answers;
    assert.deepEqual(status, own.status);
    assert.deepEqual(
      findings.map(({ code }) => code),
      ['leader-unreachable', 'node-offline'],
    );
    assert.equal(findings[0]?.help, 'leader-unreachable.md');
    assert.match(findings[0]?.text ?? '', /stands by for the node on one/);
  }
});

test('a standby that its leader refuses says that they do not belong together, and nothing of one that begins', async () => {
  const own = { doctor: { findings: [] } };
  const textsOf = async (refused: Error) =>
    (await standby(own, refused).doctor({})).findings.map(({ text }) => text);
  const [text = ''] = await textsOf(refusal('FORBIDDEN', said('standby.not_ours')));
  assert.match(text, /different identities, or clocks/);
  assert.deepEqual(await textsOf(refusal('SERVICE_UNAVAILABLE', said('standby.no_leader'))), []);
});
