import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { tuning } from '../../main/config.ts';
import { signerFromSeed } from '../../main/crypto/ed25519.ts';
import { federationRoutes, type RouteDeps } from '../../main/http/federation/routes/routes.ts';
import { pagesPerRoundMax, uselessPagesMax } from '../../main/outbound/catch-up/catch-up-page.ts';
import {
  overlapMs,
  pullIntervalMs,
  sweepEveryMs,
  sweepMs,
} from '../../main/outbound/catch-up/catch-up-policy.ts';
import { pauseMsMin } from '../../main/outbound/receipts/receipt-policy.ts';
import { delayMsMax, nextDelayMs, probeDelayMs, quickTries } from '../../main/outbound/waits.ts';
import { lookAgainMs } from '../../main/trust/discovery/rediscovery.ts';
import { aheadMs, extensionMs } from '../../main/trust/keys/key-validity.ts';
import { extensions } from '../../shared/protocol/extensions.ts';
import { limits } from '../../shared/protocol/limits.ts';
import {
  callReasons,
  findingCodes,
  inviteFaults,
  scopes,
  wireReasons,
} from '../../shared/protocol/reasons.ts';
import { receiptReasons, receiptStates } from '../../shared/protocol/receipts.ts';
import { federationPrefix } from '../../shared/protocol/transport.ts';
import { headingsOf, rowsUnder } from './citations.ts';

const cwd = fileURLToPath(new URL('../../docs/protocol', import.meta.url));
const byName = new Map(
  globSync('*.md', { cwd }).map((name) => [name, readFileSync(`${cwd}/${name}`, 'utf8')] as const),
);
const pages = [...byName.values()];

/** The codes, by the first cell of their table's header. */
const lists: Readonly<Record<string, readonly string[]>> = {
  reason: [...wireReasons, ...inviteFaults, ...callReasons],
  scope: scopes,
  finding: findingCodes,
  extension: extensions,
  state: receiptStates,
  'reason for not having it': receiptReasons,
};

for (const [header, codes] of Object.entries(lists))
  test(`docs/protocol explains each ${header} once, and no other`, () => {
    const told = pages.flatMap((page) => rowsUnder(header, page));
    assert.deepEqual(told.toSorted(), codes.toSorted());
  });

const n = (number: number) => number.toLocaleString('en-US');
const mebibytes = (bytes: number) => `${bytes / 1_048_576} MiB`;
const [second, minute, hour, day] = [1000, 60_000, 3_600_000, 86_400_000];
const quiet = { pullOnly: false, pushes: false, quietRounds: 99, failures: 0, isOfOurKind: true };

/** Phrases that each page must contain, with the numbers of the code. */
const numbers: Readonly<Record<string, readonly string[]>> = {
  'wire.md': [
    `more than ${n(limits.clockSkewMsMax)} ms`,
    `remembers it for ${n(tuning.replayKeepMs)} ms`,
    `fewer than ${tuning.ingestQueueMax} writes`,
    `| request body | ${n(limits.bodyBytesMax)} bytes`,
    `| \`content\`, canonical | ${n(limits.contentBytesMax)} bytes`,
    `| levels in \`content\` | ${limits.contentLevelsMax} |`,
    `| levels in any JSON | ${limits.jsonLevelsMax} |`,
    `| entries in one array or object | ${n(limits.contentEntriesMax)} |`,
    `| server name | ${limits.serverNameCharsMax} characters`,
    `| endpoint | ${limits.endpointCharsMax} characters`,
    `| localpart | ${limits.localpartCharsMax} characters`,
    `\`state_key\` | ${limits.eventIdCharsMax} characters`,
    `| event type | ${limits.eventTypeCharsMax} characters`,
    `| key id | ${limits.keyIdCharsMax} characters`,
    `| emoji | ${limits.emojiCharsMax} characters`,
    `keys in an answer | ${limits.keysInAnswerMax} |`,
    `signatures of its origin on an event | ${limits.eventSignaturesMax} |`,
    `\`limit\` is 1 to ${limits.eventsPageMax}, default ${limits.eventsPageDefault}.`,
    `fills ${mebibytes(tuning.eventsPageBytesMax)}`,
    `clamped to ${limits.inviteAgeSecondsMin}…${n(limits.inviteAgeSecondsMax)}; the default is ${limits.inviteAgeSecondsDefault}`,
  ],
  'events.md': [
    `more than ${limits.aheadMsMax / minute} minutes ahead`,
    `shows at most ${limits.filesShownMax}`,
    `shortens a name to ${limits.fileNameCharsMax} characters`,
  ],
  'rooms.md': [
    `${tuning.pendingEventsMax} such events per room and origin`,
    `at most ${tuning.heldEventsMax} per server`,
  ],
  'delivery.md': [
    `at most ${tuning.inFlightMax} requests in flight`,
    `within ${tuning.outboxMaxAgeDays} days`,
    `| ${nextDelayMs(1, 1 / 3)} ms, ${nextDelayMs(2, 1 / 3)} ms, ${nextDelayMs(3, 1 / 3) / second} s |`,
    `| ${nextDelayMs(quickTries + 1, 1 / 3) / second} s, doubling, to ${delayMsMax / hour} hour |`,
    `| ${probeDelayMs(1, 1 / 3) / second} s, doubling, to ${delayMsMax / hour} hour |`,
    `A call carries at most ${limits.receiptsMax}.`,
    `at most ${limits.receiptNextMsMax / minute} minutes ahead`,
    `a pause of at least ${pauseMsMin / second} seconds`,
    `at most ${pullIntervalMs({ ...quiet, pullOnly: true }) / second} s |`,
    `at most ${pullIntervalMs({ ...quiet, pushes: true }) / minute} min |`,
    `at most ${pullIntervalMs(quiet) / second} s |`,
    `from ${overlapMs / minute} minutes before`,
    `once an hour from ${sweepMs / sweepEveryMs} hours before`,
    `A round reads at most ${pagesPerRoundMax} pages`,
    `After ${uselessPagesMax} pages in a row`,
    `larger than we accept (${tuning.eventsAnswerBytesMax / 1_048_576} MiB)`,
  ],
  'keys.md': [
    `read every ${lookAgainMs / hour} hours`,
    `not asked again for ${tuning.keyReadGapMs / second} s`,
    `keep at most ${limits.serverKeysMax} keys`,
    `${limits.toldServersMax} servers are kept`,
    `valid for ${tuning.keyValidityMs / day} days`,
    `less than ${tuning.keyRenewBeforeMs / day} days are left`,
    `valid for ${tuning.keyOverlapMs / day} days after that`,
    `by ${extensionMs === day ? 'one day' : '?'} at a time, ${aheadMs / hour} hour ahead`,
  ],
  'pairing.md': [
    `more than ${limits.peerInviteCharsMax} characters`,
    `| ${limits.peerInviteAgeMsMin / minute} minutes to ${limits.peerInviteAgeMsMax / day} days ahead, ${limits.peerInviteAgeMsDefault / day} days by default |`,
  ],
  'hardening.md': [
    `${n(limits.bodyBytesMax)} bytes, counted while it arrives`,
    `${tuning.requestsPerMinuteDefault} requests a minute and ${tuning.burstDefault} at once`,
    `| ${tuning.heldEventsMax} per server |`,
    `| ${tuning.pendingEventsMax} per room and origin |`,
    `| ${tuning.roomShareBytesMax / 1e9} GB per server and room, and a`,
    `| ${mebibytes(limits.peerBytes.perMinute)} a minute, ${mebibytes(limits.peerBytes.burst)} at once; then it waits |`,
    `| ${tuning.replayKeepMs / second} s |`,
    `| outbox | ${tuning.outboxMaxAgeDays} days |`,
    `| ${tuning.attemptsKeepMs / day} days | forgotten |`,
    `| ${tuning.requestTimeoutMs / second} s each |`,
    `| ${mebibytes(tuning.answerBytesMax)}; ${mebibytes(tuning.eventsAnswerBytesMax)} for`,
    `| ${tuning.inFlightMax} |`,
    `${limits.messageEffects.perMinute} a minute, ${limits.messageEffects.burst} at once`,
    `${limits.memberChanges.perMinute} a minute, ${limits.memberChanges.burst} at once`,
    `${limits.roomInvites.perMinute} a minute, ${limits.roomInvites.burst} at once`,
    `| ${limits.roomInvitesMax} per server, and a warning`,
    `${mebibytes(limits.peerBytes.perMinute)} a minute, ${mebibytes(limits.peerBytes.burst)} at once`,
    `${mebibytes(limits.unverifiedBytes.perAddress)} per IPv4 address or /64 of IPv6, ${mebibytes(limits.unverifiedBytes.total)} in total`,
    `${limits.keyWaitBytes.perOrigin / limits.keyWaitBytes.each} per named server, ${limits.keyWaitBytes.total / limits.keyWaitBytes.each} in total`,
    `${mebibytes(limits.underWayBytes.perPeer)} per peer, ${mebibytes(limits.underWayBytes.total)} in total`,
  ],
};

for (const [name, phrases] of Object.entries(numbers))
  test(`the numbers in docs/protocol/${name} are those of the code`, () => {
    const page = (byName.get(name) ?? '').replace(/\s+/g, ' ');
    assert.deepEqual(
      phrases.filter((phrase) => !page.includes(phrase)),
      [],
    );
  });

const source = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const named = (pattern: RegExp, text: string) => [
  ...new Set([...text.matchAll(pattern)].map(([, name = '']) => name)),
];

test('docs/protocol lists every call, and no other', () => {
  const calls = federationRoutes({} as RouteDeps).map(
    ({ method, path }) => `${method} ${path.replace(`${federationPrefix}/`, '').replace(/:(\w+)/, '{$1}')}`,
  );
  const told = rowsUnder('call', byName.get('wire.md') ?? '').join(' ');
  assert.deepEqual(named(/((?:GET|POST) [^\s,]+)/g, told).toSorted(), calls.toSorted());
});

test('docs/protocol describes every event type, and no other', () => {
  const types = named(/^ {2}'(m\.[a-z.]+)': v\.object/gm, source('shared/protocol/events/event-content.ts'));
  assert.ok(types.length > 5);
  const headings = headingsOf(byName.get('events.md') ?? '').join(' ');
  assert.deepEqual(named(/\b(m\.[a-z.]+)/g, headings).toSorted(), types.toSorted());
});

test('docs/protocol lists every topic of the stream, and no other', () => {
  const topics = named(/readonly topic: '([a-z-]+)'/g, source('shared/api/topics.ts'));
  const told = rowsUnder('topic', byName.get('control-api.md') ?? '');
  assert.deepEqual(told.toSorted(), topics.toSorted());
});

const fences = (page: string, language: string) =>
  [...page.matchAll(/^```(\w*)\n([\s\S]*?)\n```$/gm)].flatMap(([, is, text = '']) =>
    is === language ? [text] : [],
  );

test('the JSON in docs/protocol is JSON', () => {
  for (const text of pages.flatMap((page) => fences(page, 'json')))
    assert.doesNotThrow(() => JSON.parse(text), text);
});

test('the worked examples in docs/protocol are test vectors', () => {
  const read = (name: string) =>
    JSON.parse(readFileSync(new URL(`../vectors/${name}.json`, import.meta.url), 'utf8'))[0];
  const { canonical, body } = read('envelopes');
  const { signed, signature, seed: signingSeed } = read('transport');
  const addressed = signerFromSeed(Buffer.from(signingSeed, 'hex')).sign(`${signed}\nchat.example`);
  const { seed, public_key } = read('keys');
  const events = byName.get('events.md') ?? '';
  for (const text of [canonical, body]) assert.ok(fences(events, 'json').includes(text), text);
  for (const text of [seed, public_key]) assert.ok(events.includes(`\`${text}\``), text);
  for (const text of [signed, signature, addressed])
    assert.ok(fences(byName.get('wire.md') ?? '', '').includes(text), text);
});

test('a missing, repeated or invented row is found', () => {
  const table = (...rows: string[]) => [
    '| reason | |',
    '|---|---|',
    ...rows.map((row) => `| \`${row}\` | x |`),
  ];
  const page = (...rows: string[]) =>
    [...table(...rows), '', '| other | |', '|---|---|', '| `z` | |'].join('\n');
  assert.deepEqual(rowsUnder('reason', page('a', 'b')), ['a', 'b']);
  assert.notDeepEqual(rowsUnder('reason', page('a')), ['a', 'b']);
  assert.notDeepEqual(rowsUnder('reason', page('a', 'b', 'b')), ['a', 'b']);
});
