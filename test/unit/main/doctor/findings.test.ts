import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DoctorFacts } from '../../../../main/doctor/finding.ts';
import { findings as found, healthOf } from '../../../../main/doctor/findings.ts';
import type { Finding } from '../../../../shared/api/views/doctor-views.ts';
import type { StatusView } from '../../../../shared/api/views/node-views.ts';
import { quoted, said } from '../../../../shared/words/said.ts';
import { allInEnglish } from '../../../support/words.ts';

const now = 1_800_000_000_000;
const day = 86_400_000;
const peer = (
  server_name: string,
  change: Partial<DoctorFacts['peers'][number]> = {},
): DoctorFacts['peers'][number] => ({
  server_name,
  state: 'ok',
  state_text: quoted('Connected.'),
  clock_offset_ms: 3,
  fails_here: false,
  has_other_certificate: false,
  address_taken_by: null,
  held: 0,
  keys_expired: false,
  forgets_us_at: null,
  version_news: null,
  unreadable: [],
  full_rooms: [],
  ...change,
});
const well: DoctorFacts = {
  now,
  setUp: true,
  paused: false,
  recoverySavedAt: now - day,
  recoveryLacks: [],
  startedOver: new Set(),
  unwritten: null,
  unconfirmed: 0,
  damagedEvents: 0,
  twoTexts: [],
  keyValidUntil: now + 300 * day,
  publicUrl: 'https://a.example',
  onNetwork: true,
  wayIn: null,
  entrance: [],
  nameProblem: null,
  whereabouts: { home: '192.168.1.7', outside: '81.2.69.160' },
  diskTrouble: null,
  clockDoubt: null,
  identityMissing: null,
  clockOffsetMs: 3,
  peers: [peer('b.example'), peer('c.example')],
  called: (server) => ({ who: server, server }),
  deadLetters: 0,
  dialBack: { reached: true, by: 'b.example', text: quoted('You answer.') },
  reach: { kind: 'public', text: quoted('Its address is public.'), fix: null },
  certificate: null,
  listenerProblem: null,
  toTellByHand: new Set(),
  untold: new Set(),
};
const findings = (facts: DoctorFacts) => allInEnglish<Finding[]>(found(facts));
const codes = (facts: Partial<DoctorFacts>) => findings({ ...well, ...facts }).map(({ code }) => code);
const health = (facts: Partial<DoctorFacts>) => {
  const all = { ...well, ...facts };
  const { state, text } = allInEnglish<StatusView['health']>(healthOf(found(all), all.peers, all.called));
  return { state, text };
};
const causeOf = (facts: Partial<DoctorFacts>) => {
  const all = { ...well, ...facts };
  const { cause, subject } = healthOf(found(all), all.peers, all.called);
  return [cause, subject];
};
const down = (name: string) =>
  peer(name, { state: 'unreachable', state_text: quoted('Nothing listens at its address.') });

test('if all is well there are no findings', () => {
  assert.deepEqual(findings(well), []);
  assert.deepEqual(health({}), { state: 'ok', text: 'Connected to 2 servers.' });
  assert.match(health({ peers: [] }).text, /Invite a friend to start/);
});

test('an address where people log in that leads elsewhere is reported from the second failed call', () => {
  const entrance = (failures: number, url = 'https://a.example') =>
    ({
      url,
      isTrusted: true,
      isKept: false,
      call: { leadsTo: ['81.2.69.160'], result: failures === 0 ? 'here' : 'silent', failures },
    }) as const;
  assert.deepEqual(codes({ entrance: [entrance(0), entrance(1)] }), []);
  const [only, ...others] = findings({ ...well, entrance: [entrance(0), entrance(2, 'https://b.example')] });
  assert.deepEqual([only?.code, others], ['entrance-unreachable', []]);
  assert.equal(only?.title, 'At home, https://b.example doesn’t open your server');
  assert.match(only?.text ?? '', /^b\.example leads to your router, and nobody answers/);
  assert.match(only?.fix ?? '', /answer b\.example with 192\.168\.1\.7/);
  assert.deepEqual(codes({ entrance: [{ ...entrance(2), call: null }] }), []);
});

test('a name that can’t be kept current is reported with the provider’s reason', () => {
  const nameProblem = { name: 'a.dedyn.io', why: quoted('deSEC can’t be reached.') };
  const [only, ...others] = findings({ ...well, nameProblem });
  assert.deepEqual([only?.code, others], ['kept-name-outdated', []]);
  assert.equal(only?.title, 'The address of a.dedyn.io may be out of date');
  assert.equal(only?.text, 'deSEC can’t be reached.');
});

test('a harmless cause is as serious as its consequences', () => {
  const closed = {
    kind: 'closed',
    text: quoted('The router lets nobody in.'),
    fix: quoted('Forward the port.'),
  } as const;
  const shut = { reach: closed, dialBack: { reached: false, by: 'b.example', text: quoted('No answer.') } };
  const [cause, consequence] = findings({ ...well, ...shut });
  assert.deepEqual([cause?.code, cause?.severity], ['router-port-closed', 'warning']);
  assert.deepEqual(
    [consequence?.code, consequence?.depends_on],
    ['public-address-unreachable', ['router-port-closed']],
  );
  assert.deepEqual(health(shut), { state: 'needs', text: 'The router lets nobody in.' });
  assert.equal(health({ reach: closed, dialBack: null }).state, 'ok');
});

test('a node that a peer called back is reachable, whatever the router said', () => {
  const closed = { kind: 'closed', text: quoted('The router lets nobody in.'), fix: null } as const;
  assert.deepEqual(codes({ reach: closed }), []);
});

test('health counts connected peers, and says where the problem is', () => {
  const waiting = peer('d.example', { state: 'waiting' });
  assert.equal(health({ peers: [peer('b.example'), waiting] }).text, 'Connected to 1 server.');
  assert.equal(
    health({ peers: [waiting] }).text,
    'Your server is running. 1 other server hasn’t made contact yet.',
  );
  assert.equal(
    health({ peers: [peer('e.example', { state: 'blocked' })] }).text,
    'Your server is running. No other server is connected.',
  );
  const late = peer('c.example', { clock_offset_ms: 40_000 });
  assert.match(health({ peers: [peer('b.example'), peer('d.example'), late] }).text, /c\.example/);
});

test('a friend whose certificate is refused needs the owner, and doesn’t make this computer offline', () => {
  const other = (name: string) =>
    peer(name, { state: 'refused', has_other_certificate: true, fails_here: false });
  const one = { peers: [other('c.example')], onNetwork: true };
  assert.deepEqual(codes(one), ['peer-certificate-refused']);
  assert.deepEqual(health(one), {
    state: 'needs',
    text: 'Your server doesn’t accept the certificate of c.example. Your messages wait.',
  });
  const two = { peers: [other('c.example'), other('d.example'), down('e.example')] };
  assert.match(health(two).text, /the certificates of 2 servers/);
  // The peer's clock is known from before.
  const late = { peers: [{ ...other('c.example'), clock_offset_ms: 3 * 3_600_000 }] };
  assert.match(
    findings({ ...well, ...late }).find(({ code }) => code === 'peer-clock-skewed')?.text ?? '',
    /3 hours/,
  );
});

test('a friend’s clock is blamed only if other clocks agree with that of this computer', () => {
  const peers = [peer('b.example'), peer('c.example', { clock_offset_ms: 3 * 3_600_000 })];
  const fix = (clockOffsetMs: DoctorFacts['clockOffsetMs']) =>
    findings({ ...well, peers, clockOffsetMs }).find(({ code }) => code === 'peer-clock-skewed')?.fix;
  assert.match(fix(0) ?? '', /^Ask its owner/);
  for (const unclear of ['disagree', null, 3 * 3_600_000] as const)
    assert.match(fix(unclear) ?? '', /^Turn on .* on this computer/);
});

test('each server that signed two texts with one ID is named', () => {
  const twoTexts = ['c.example', 'd.example'].map((origin) => ({ origin, event_id: `$1:${origin}` }));
  const found = findings({ ...well, twoTexts });
  assert.deepEqual(
    found.map(({ code, severity, subject }) => [code, severity, subject]),
    ['c.example', 'd.example'].map((origin) => ['event-id-reused', 'warning', origin]),
  );
});

test('peers that don’t know our address are named, with what to do in each case', () => {
  const found = (facts: Partial<DoctorFacts>) =>
    findings({ ...well, ...facts }).map(({ code, severity, subject, fix }) => [code, severity, subject, fix]);
  assert.deepEqual(found({ toTellByHand: new Set(['b.example']) }), [
    [
      'address-outdated',
      'warning',
      'b.example',
      'Ask its owner to change the address of your server there to https://a.example.',
    ],
  ]);
  const [untold] = found({ untold: new Set(['c.example']) });
  assert.deepEqual(untold?.slice(0, 3), ['address-not-announced', 'info', 'c.example']);
  const [left] = findings({ ...well, publicUrl: null, toTellByHand: new Set(['b.example']) }).filter(
    ({ code }) => code === 'address-outdated',
  );
  assert.equal(left?.severity, 'info');
});

test('a room of which a peer has sent as much as is stored is named, with what to do', () => {
  const found = findings({ ...well, peers: [peer('b.example', { full_rooms: ['Lobby'] })] });
  assert.deepEqual(
    found.map(({ code, subject, title }) => [code, subject, title]),
    [['room-quota-full', 'b.example', 'b.example has filled its share of “Lobby”']],
  );
  assert.match(found[0]?.text ?? '', /sent 2 GB of this room/);
});

test('a room that cannot be read is named with the reason, unless its whole server is the trouble', () => {
  const lobby = { server: 'b.example', room: 'Lobby', reason: said('peer.asks_page') };
  const attic = { server: 'c.example', room: 'Attic', reason: said('peer.asks_status') };
  const [found, ...more] = findings({
    ...well,
    peers: [peer('b.example', { unreadable: [lobby] }), { ...down('c.example'), unreadable: [attic] }],
  }).filter(({ code }) => code === 'room-unreadable');
  assert.deepEqual(more, []);
  assert.deepEqual([found?.subject, found?.title], ['b.example', '“Lobby” can’t be read']);
  assert.equal(
    found?.text,
    'Your server tried to read the room on b.example. It answers with a web page instead of events.',
  );
});

test('without a name there is no other finding', () => {
  assert.deepEqual(codes({ setUp: false, clockOffsetMs: 90_000 }), ['server-not-set-up']);
  assert.equal(health({ setUp: false }).state, 'needs');
});

test('peers that don’t answer don’t make this server offline', () => {
  for (const peers of [[down('b.example')], [down('b.example'), { ...down('c.example'), fails_here: true }]])
    assert.equal(codes({ peers }).includes('node-offline'), false);
  assert.deepEqual(health({ peers: [down('b.example')] }), {
    state: 'waiting',
    text: 'b.example isn’t answering. Your messages wait.',
  });
  assert.deepEqual(causeOf({ peers: [down('b.example')] }), ['peer-unreachable', 'b.example']);
});

test('names are read only once a finding needs one', () => {
  const called: DoctorFacts['called'] = () => ({
    get who(): never {
      throw new Error('a name was read');
    },
    get server(): never {
      throw new Error('a name was read');
    },
  });
  assert.deepEqual(codes({ called }), []);
});

test('findings and health name a friend’s server by its people, and commands by its ID', () => {
  const called: DoctorFacts['called'] = () => ({
    who: 'Ben',
    server: said('plain.server_of', { name: 'Ben' }),
  });
  const one = (change: Partial<DoctorFacts['peers'][number]>) => {
    const [found] = findings({ ...well, called, peers: [peer('b.example', change)] });
    return found && [found.subject, found.title];
  };
  assert.deepEqual(one({ held: 1 }), ['b.example', 'Messages from Ben’s server wait for your approval']);
  assert.deepEqual(one({ state: 'closed' }), ['b.example', 'Ben’s server refuses your server']);
  assert.equal(
    health({ called, peers: [down('b.example')] }).text,
    'Ben’s server isn’t answering. Your messages wait.',
  );
  assert.equal(
    health({ called, peers: [peer('b.example', { state: 'refused', has_other_certificate: true })] }).text,
    'Your server doesn’t accept the certificate of Ben’s server. Your messages wait.',
  );
  const [expired] = findings({
    ...well,
    called,
    peers: [peer('b.example', { state: 'waiting', keys_expired: true })],
  });
  assert.match(expired?.fix ?? '', /extend-keys b\.example$/);
  const [lacking] = findings({ ...well, called, recoveryLacks: ['b.example'] });
  assert.match(lacking?.text ?? '', /1 friend came after .*: Ben\./);
});

test('this computer is offline if every call fails here', () => {
  const peers = [down('b.example'), down('c.example')].map((one) => ({ ...one, fails_here: true }));
  assert.equal(findings({ ...well, peers })[0]?.code, 'node-offline');
  assert.deepEqual(causeOf({ peers }), ['node-offline', null]);
});

test('a finding that needs the owner comes before a peer that doesn’t answer', () => {
  const refusing = peer('c.example', { state: 'closed', state_text: quoted('It refuses.') });
  const facts = { peers: [down('b.example'), refusing] };
  assert.equal(health(facts).state, 'needs');
  assert.deepEqual(causeOf(facts), ['peer-refusing', 'c.example']);
});

test('a missing network is the cause, and each single peer only a consequence', () => {
  const facts = { onNetwork: false, peers: [down('b.example'), down('c.example')], deadLetters: 2 };
  const found = findings({ ...well, ...facts });
  assert.equal(found[0]?.code, 'node-offline');
  assert.deepEqual(
    found.filter(({ depends_on }) => depends_on.length === 0).map(({ code }) => code),
    ['node-offline'],
  );
  assert.deepEqual(health(facts), {
    state: 'broken',
    text: 'This computer has no network connection. Your messages wait.',
  });
});

test('one peer of several that cannot be reached is its own finding, counted in the sentence of health', () => {
  const facts = { peers: [down('b.example'), peer('c.example'), down('d.example')] };
  const [found] = findings({ ...well, ...facts });
  assert.equal(found?.subject, 'b.example');
  assert.deepEqual(found?.depends_on, []);
  assert.deepEqual(health(facts), {
    state: 'waiting',
    text: '2 servers aren’t answering. Your messages wait.',
  });
  assert.deepEqual(causeOf(facts), ['peer-unreachable', null]);
});

test('a clock is warned about before it breaks anything, and is an error once it does', () => {
  assert.deepEqual(codes({ clockOffsetMs: 29_000 }), []);
  const severity = (clockOffsetMs: number) => findings({ ...well, clockOffsetMs })[0]?.severity;
  assert.equal(severity(30_000), 'warning');
  assert.equal(severity(-61_000), 'error');
  assert.match(health({ clockOffsetMs: 45_000 }).text, /The clocks of your peers are 45 seconds ahead/);
});

test('a refusal by a peer is a consequence of our wrong clock', () => {
  const found = findings({
    ...well,
    clockOffsetMs: 70_000,
    peers: [peer('b.example', { state: 'closed', state_text: quoted('It refuses.') }), peer('c.example')],
  });
  assert.deepEqual(found.find(({ code }) => code === 'peer-refusing')?.depends_on, ['clock-skewed']);
});

test('paused comes before everything else', () => {
  assert.equal(health({ paused: true, peers: [down('b.example')] }).state, 'needs');
});

test('a reminder doesn’t change health', () => {
  const facts = { recoverySavedAt: null, publicUrl: null };
  assert.deepEqual(codes(facts).sort(), ['public-address-missing', 'recovery-file-missing']);
  assert.equal(health(facts).state, 'ok');
});

test('messages that wait for a decision need you, before a friend’s server that doesn’t answer', () => {
  const facts = { peers: [peer('b.example', { held: 3 }), down('c.example'), peer('d.example')] };
  assert.deepEqual(health(facts), {
    state: 'needs',
    text: 'Messages from b.example wait for your approval.',
  });
  assert.deepEqual(causeOf(facts), ['events-held', 'b.example']);
  const both = { peers: [peer('b.example', { held: 3 }), peer('c.example', { held: 1 })] };
  assert.equal(health(both).text, 'Messages from 2 servers wait for your approval.');
  assert.deepEqual(causeOf(both), ['events-held', null]);
});

test('an address that peers cannot call, a key that expires, dead letters and a peer with an old address are found', () => {
  assert.deepEqual(codes({ dialBack: { reached: false, by: 'b.example', text: quoted('refused') } }), [
    'public-address-unreachable',
  ]);
  assert.deepEqual(codes({ keyValidUntil: now + 5 * day }), ['key-expiring']);
  assert.deepEqual(codes({ keyValidUntil: now - 1 }), ['key-expired']);
  assert.deepEqual(codes({ deadLetters: 1 }), ['deliveries-failed']);
  assert.deepEqual(codes({ toTellByHand: new Set(['b.example']) }), ['address-outdated']);
  assert.deepEqual(codes({ peers: [peer('b.example', { state: 'waiting', keys_expired: true })] }), [
    'peer-key-expired',
  ]);
});

test('a closed router is the cause of not being reachable', () => {
  const reach = {
    kind: 'shared',
    text: quoted('Your provider shares one address.'),
    fix: quoted('Ask for a public one.'),
  } as const;
  const found = findings({ ...well, reach, publicUrl: null, dialBack: null });
  assert.deepEqual(found.find(({ code }) => code === 'public-address-missing')?.depends_on, [
    'router-address-shared',
  ]);
  const refused = findings({
    ...well,
    reach,
    dialBack: { reached: false, by: 'b.example', text: quoted('refused') },
  });
  assert.deepEqual(refused.find(({ code }) => code === 'public-address-unreachable')?.depends_on, [
    'router-address-shared',
  ]);
  assert.equal(health({ reach }).state, 'ok', 'a node that pulls federates all the same');
});

test('a certificate is a finding once it has expired or cannot be renewed', () => {
  const certificate = { valid_until: now + day, problem: null, renewing: null, stands_in: false };
  assert.deepEqual(codes({ certificate }), []);
  assert.deepEqual(codes({ certificate: { ...certificate, problem: quoted('Port 80 is closed.') } }), [
    'certificate-not-renewed',
  ]);
  assert.equal(health({ certificate: { ...certificate, valid_until: now - 1 } }).state, 'broken');
});

test('a port or a proxy that keeps peers out is a warning, with the address that they call', () => {
  assert.deepEqual(codes({ wayIn: 'proxy-missing' }), ['proxy-missing']);
  const [moved] = findings({ ...well, wayIn: 'address-port-differs' });
  assert.equal(moved?.title, 'Friends still call the old port');
  assert.match(moved?.text ?? '', /They call https:\/\/a\.example/);
  assert.equal(health({ wayIn: 'address-port-differs' }).state, 'needs');
});

test('a certificate that the authority refused is reported as self-signed for now, with the reason and the next try', () => {
  const [found] = findings({
    ...well,
    certificate: {
      valid_until: now + day,
      stands_in: true,
      problem: quoted('Let’s Encrypt failed: port 80 is closed.'),
      renewing: quoted('This server retries at 15:56.'),
    },
  });
  assert.equal(found?.title, 'The certificate is self-signed for now');
  assert.equal(found?.text, 'Let’s Encrypt failed: port 80 is closed.');
  assert.equal(found?.fix, 'This server retries at 15:56.');
});

test('every finding says what to do next', () => {
  const everything = findings({
    ...well,
    paused: true,
    recoverySavedAt: null,
    keyValidUntil: now - 1,
    clockOffsetMs: 90_000,
    deadLetters: 1,
    dialBack: { reached: false, by: 'b.example', text: quoted('refused') },
    toTellByHand: new Set(['c.example']),
    peers: [
      down('b.example'),
      peer('c.example', { held: 1, clock_offset_ms: 40_000 }),
      peer('d.example', { state: 'closed' }),
    ],
  });
  assert.ok(everything.length >= 9);
  for (const { code, fix, title, text } of everything) assert.ok(fix && title && text, code);
});

test('a peer that may forget our key is named while it still accepts us', () => {
  const soon = { forgets_us_at: now + 3 * day };
  const [found] = findings({ ...well, peers: [peer('b.example', soon)] });
  assert.deepEqual(
    [found?.code, found?.severity, found?.subject],
    ['peer-registration-expiring', 'warning', 'b.example'],
  );
  assert.match(found?.text ?? '', /ends there around/);
  assert.match(found?.fix ?? '', /paracord-node peers show b\.example/);
  assert.deepEqual(codes({ peers: [peer('b.example', { ...soon, state: 'closed' })] }), ['peer-refusing']);
});

test('an update of a peer is news, and an older version a warning', () => {
  const version = (version_news: 'updated' | 'went_back') =>
    findings({ ...well, peers: [peer('b.example', { version_news })] }).map(({ code, severity }) => [
      code,
      severity,
    ]);
  assert.deepEqual(version('updated'), [['peer-upgraded', 'info']]);
  assert.deepEqual(version('went_back'), [['peer-downgraded', 'warning']]);
});

test('a recovery file that lacks new friends is named once, and only if there is one', () => {
  const lacks = { recoveryLacks: ['ben.example', 'cleo.example'] };
  const [found] = findings({ ...well, ...lacks }).filter(({ code }) => code === 'recovery-file-outdated');
  assert.match(found?.text ?? '', /2 friends came after .* ben\.example, cleo\.example/);
  assert.deepEqual(codes({ ...lacks, recoverySavedAt: null }), ['recovery-file-missing']);
});

test('a known name that answers an invite with another key needs the owner', () => {
  const [found] = findings({ ...well, startedOver: new Set(['b.example']) });
  assert.deepEqual([found?.code, found?.subject], ['peer-started-over', 'b.example']);
});

test('if all friends have gone silent, their messages wait; one who is connected is enough', () => {
  const silent = (name: string) =>
    peer(name, { state: 'silent', state_text: quoted('Last contact 3 minutes ago.') });
  assert.deepEqual(health({ peers: [silent('b.example')] }), {
    state: 'waiting',
    text: 'b.example isn’t answering. Your messages wait.',
  });
  assert.deepEqual(causeOf({ peers: [silent('b.example'), silent('c.example')] }), ['peer-silent', null]);
  assert.equal(health({ peers: [silent('b.example'), peer('c.example')] }).state, 'ok');
});
