import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  atRest,
  beginRound,
  endRound,
  type MapperState,
  takeAnswer,
} from '../../../../../main/reach/mapper/mapper-state.ts';
import type { Network } from '../../../../../main/reach/mapper/network.ts';
import { planOf } from '../../../../../main/reach/mapper/plan.ts';
import { verdictOf } from '../../../../../main/reach/verdict/verdict.ts';
import type { MappingAnswer } from '../../../../../main/reach/wire/protocol.ts';
import type { ReachVerdict } from '../../../../../shared/api/views/reach-views.ts';
import { quoted } from '../../../../../shared/words/said.ts';
import { inEnglish } from '../../../../support/words.ts';

const port = 8448;
const home: Network = { ipv4: { gateway: '192.168.1.1', localAddress: '192.168.1.2' }, ipv6: null };
const dual: Network = { ...home, ipv6: { gateway: 'fe80::1%eth0', localAddress: '2400:2::2' } };

const granted = (externalAddress: string | null, more: Partial<MappingAnswer> = {}): MappingAnswer =>
  ({
    kind: 'granted',
    externalAddress,
    externalPort: port,
    lifetimeS: 3600,
    epochS: null,
    ...more,
  }) as MappingAnswer;
const refused = (externalAddress: string | null = null): MappingAnswer => ({
  kind: 'refused',
  text: quoted('The router refuses.'),
  externalAddress,
  lacksAddress: false,
});
const absent: MappingAnswer = { kind: 'absent', text: quoted('The router didn’t answer.') };

/** One round in which the router answers this, protocol by protocol. */
function after(host: string, network: Network, ...answers: MappingAnswer[]): MapperState {
  let state = beginRound(atRest, planOf(host, network));
  for (const answer of answers) state = takeAnswer(state, answer, 0);
  assert.deepEqual(state.left, [], 'the round is over');
  return state.plan?.kind === 'ask' ? endRound(state, 0) : state;
}

const table: [string, MapperState, ReachVerdict['kind'], RegExp, RegExp | null][] = [
  [
    'a listener on loopback',
    after('127.0.0.1', home),
    'loopback',
    /Only this computer itself/,
    /reverse proxy/,
  ],
  ['no network', after('0.0.0.0', { ipv4: null, ipv6: null }), 'offline', /no connection/, /Connect/],
  [
    'a machine with a public address',
    after('0.0.0.0', { ipv4: { gateway: '9.9.9.1', localAddress: '9.9.9.9' }, ipv6: null }),
    'public',
    /9\.9\.9\.9 itself/,
    null,
  ],
  [
    'one router that maps',
    after('0.0.0.0', home, granted('9.9.9.9')),
    'mapped',
    /9\.9\.9\.9:8448.*\(PCP\)/,
    null,
  ],
  [
    'a mapping for another port than asked',
    after('0.0.0.0', home, granted('9.9.9.9', { externalPort: 50_000 })),
    'other-port',
    /9\.9\.9\.9:50000.*8448 was taken/,
    null,
  ],
  [
    'a router with a shared address (CGNAT) that maps all the same',
    after('0.0.0.0', home, granted('100.64.3.4')),
    'shared',
    /shares one public address.*100\.64\.3\.4/,
    /public IPv4.*IPv6.*collects its messages/,
  ],
  [
    'a router with a shared address that refuses',
    after('0.0.0.0', home, absent, refused('100.64.3.4'), absent),
    'shared',
    /shares one/,
    /collects its messages/,
  ],
  [
    'a machine that has a shared address itself',
    after(
      '0.0.0.0',
      { ipv4: { gateway: '100.64.0.1', localAddress: '100.64.9.9' }, ipv6: null },
      absent,
      absent,
      absent,
    ),
    'shared',
    /100\.64\.9\.9/,
    /Ask the provider/,
  ],
  [
    'a router behind another',
    after('0.0.0.0', home, granted('10.0.0.2')),
    'double-nat',
    /behind another router.*10\.0\.0\.2/,
    /outer router/,
  ],
  [
    'a router behind another, with a way around it by IPv6',
    after('::', dual, granted('10.0.0.2'), granted('2400:2::2')),
    'mapped',
    /\[2400:2::2\]:8448.*without IPv6/,
    null,
  ],
  [
    'a router that says it has no public address',
    after(
      '0.0.0.0',
      home,
      absent,
      { kind: 'refused', text: quoted(''), externalAddress: null, lacksAddress: true },
      absent,
    ),
    'no-address',
    /no public address itself/,
    /100\.64.*8448.*collects its messages/,
  ],
  [
    'a router that names 0.0.0.0',
    after('0.0.0.0', home, granted('0.0.0.0')),
    'untrue',
    /isn’t one \(0\.0\.0\.0\)/,
    /set it here, with port 8448/,
  ],
  [
    'a router that names something else',
    after('0.0.0.0', home, granted('<b>click</b>')),
    'untrue',
    /reports no public address/,
    /router’s status page/,
  ],
  [
    'a router that names nothing',
    after('0.0.0.0', home, granted(null)),
    'untrue',
    /reports no public address/,
    /router’s status page/,
  ],
  [
    'a router that names one address here and another there',
    after('0.0.0.0', home, absent, refused('9.9.9.9'), granted('9.9.9.8')),
    'untrue',
    /9\.9\.9\.9 by NAT-PMP and 9\.9\.9\.8 by UPnP/,
    /Restart/,
  ],
  [
    'a router that opens a port for no time at all',
    after('0.0.0.0', home, granted('9.9.9.9', { lifetimeS: 0 }), absent, absent),
    'closed',
    /didn’t let peers in/,
    /8448/,
  ],
  [
    'a router that offers nothing',
    after('0.0.0.0', home, absent, absent, absent),
    'closed',
    /didn’t let peers in/,
    /TCP port 8448 to this computer \(192\.168\.1\.2\).*collects its messages/,
  ],
];

for (const [what, state, kind, text, fix] of table)
  test(`the verdict about ${what} is “${kind}”`, () => {
    const verdict = verdictOf({ isOn: true, host: '0.0.0.0', state, port });
    assert.equal(verdict.kind, kind);
    assert.match(inEnglish(verdict.text), text);
    if (fix === null) assert.equal(verdict.fix, null);
    else assert.match(inEnglish(verdict.fix), fix);
  });

test('there is no verdict on a router that may not be asked, but there is one on a loopback listener', () => {
  assert.equal(verdictOf({ isOn: false, host: '0.0.0.0', state: atRest, port }).kind, 'off');
  assert.equal(verdictOf({ isOn: false, host: '::1', state: after('::1', home), port }).kind, 'loopback');
  assert.equal(verdictOf({ isOn: true, host: '0.0.0.0', state: atRest, port }).kind, 'trying');
});

test('an owner who needs IPv6 sees what that requires', () => {
  const lacking: MappingAnswer = { ...refused(), lacksAddress: true } as MappingAnswer;
  const fixes = (host: string, network: Network) =>
    [granted('100.64.3.4'), lacking].map((answer) => {
      const others = network.ipv6 && host === '::' ? [absent, absent] : [];
      const first = answer.kind === 'granted' ? [answer] : [absent, answer, absent];
      return (
        verdictOf({ isOn: true, host, state: after(host, network, ...first, ...others), port }).fix ?? ''
      );
    });
  for (const fix of fixes('0.0.0.0', dual))
    assert.match(
      inEnglish(fix),
      /Or use IPv6\. .* doesn’t listen on it yet: start it with --listen \[::\]:8448/,
    );
  for (const fix of fixes('::', dual))
    assert.match(inEnglish(fix), /Or allow TCP port 8448 to 2400:2::2 in the IPv6 firewall/);
  for (const fix of fixes('::', home))
    assert.match(inEnglish(fix), /Or ask for IPv6: this computer has no public IPv6 address/);
});

test('a listener on one address is asked for in the name of that address and its family', () => {
  const line = { ipv4: null, ipv6: null };
  assert.deepEqual(planOf('0.0.0.0', { ...line, line4: '11.0.0.7' }), {
    kind: 'public',
    address: '11.0.0.7',
  });
  assert.deepEqual(planOf('::', { ...line, line6: '2400:2::2' }), { kind: 'public', address: '2400:2::2' });
  const modem = planOf('0.0.0.0', { ...line, line4: '100.64.0.7' });
  assert.ok(modem.kind === 'ask' && modem.candidates.length === 0);
  assert.equal(
    verdictOf({ isOn: true, host: '0.0.0.0', port: 8448, state: endRound(beginRound(atRest, modem), 0) })
      .kind,
    'shared',
  );
  const two = planOf('192.168.7.7', dual);
  assert.ok(two.kind === 'ask');
  assert.equal(two.network.ipv4?.localAddress, '192.168.7.7');
  assert.deepEqual(two.candidates, ['pcp', 'nat-pmp', 'upnp']);
  const six = planOf('2400:2::9', dual);
  assert.ok(six.kind === 'ask');
  assert.deepEqual(six.candidates, ['pcp6', 'upnp6']);
  assert.equal(six.network.ipv6?.localAddress, '2400:2::9');
  const all = planOf('::', dual);
  assert.deepEqual(all.kind === 'ask' && all.candidates, ['pcp', 'nat-pmp', 'upnp', 'pcp6', 'upnp6']);
  const ula: Network = { ...home, ipv6: { gateway: 'fe80::1', localAddress: 'fd00::2' } };
  const plain = planOf('::', ula);
  assert.deepEqual(plain.kind === 'ask' && plain.candidates, ['pcp', 'nat-pmp', 'upnp']);
});
