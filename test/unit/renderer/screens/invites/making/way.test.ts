import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wayOf } from '../../../../../../renderer/screens/invites/making/way.ts';
import { linkKindOf } from '../../../../../../renderer/screens/invites/opening/link-kind.ts';
import { drawingOf } from '../../../../../../renderer/screens/network/drawing.ts';
import { writeAskLink } from '../../../../../../shared/protocol/invites/ask-link.ts';
import { writeInviteLink } from '../../../../../../shared/protocol/invites/invite-link.ts';
import { status } from '../../../../../support/parties/fake-api.ts';

type Kind = (typeof status)['reach']['verdict']['kind'];
const at = (
  kind: Kind,
  { offers = null, local = null, named = null }: Record<string, string | null> = {},
) => ({
  ...status,
  public_url: named ?? null,
  reach: {
    ...status.reach,
    offers: offers ?? null,
    local: local ?? null,
    verdict: { ...status.reach.verdict, kind },
  },
});
const [outside, inside] = ['https://9.9.9.9:8448', 'https://192.168.1.2:8448'];

test('a link leads home or to the public address, and asks for an invite if there is neither', () => {
  assert.equal(wayOf('home', at('closed', { local: inside })), 'home');
  assert.equal(wayOf('home', at('mapped', { offers: outside })), 'elsewhere');
  assert.equal(wayOf('elsewhere', at('mapped', { offers: outside, local: inside })), 'elsewhere');
  assert.equal(wayOf('elsewhere', at('off', { named: outside })), 'elsewhere');
  assert.equal(wayOf('elsewhere', at('trying', { local: inside })), 'looking');
  for (const kind of ['closed', 'shared', 'double-nat', 'loopback', 'offline', 'off'] as const)
    assert.equal(wayOf('elsewhere', at(kind, { local: inside })), 'ask', kind);
});

test('only what was tested has a tick', () => {
  const drawn = (...given: Parameters<typeof drawingOf>) => {
    const { outside, inside } = drawingOf(...given);
    return `${outside} ${inside}`;
  };
  assert.equal(drawn('elsewhere', at('mapped', { offers: outside }), false), 'untested ok');
  assert.equal(drawn('elsewhere', at('mapped', { offers: outside }), true), 'ok ok');
  assert.equal(drawn('elsewhere', at('trying'), false), 'untested running');
  assert.equal(drawn('elsewhere', at('closed'), false), 'untested failed');
  assert.equal(drawn('elsewhere', at('double-nat'), false), 'failed ok');
  assert.equal(drawn('elsewhere', at('off', { named: outside }), false), 'untested untested');
  assert.equal(drawn('elsewhere', at('closed', { named: outside }), false), 'untested untested');
  assert.equal(drawn('home', at('closed', { local: inside }), false), 'untested ok');
  assert.equal(drawn('home', at('closed'), false), 'untested failed');
  const deaf = { ...at('mapped', { local: inside }), listener: { ...status.listener, url: '' } };
  for (const where of ['home', 'elsewhere'] as const)
    assert.equal(drawn(where, deaf, false), 'untested failed');
});

test('a pasted text is an invite, a request for one, or a link of a kind that has a name', () => {
  const invite = writeInviteLink({
    base: 'https://b.test',
    id: '0'.repeat(16),
    token: '1'.repeat(32),
    public_key: '2'.repeat(64),
  });
  const ask = (expires: number) =>
    writeAskLink({ from: 'Anna', server: 'anna.test', room: 'Friends', expires });
  const kinds: Record<string, string> = {
    [`Hi! ${invite.web} Bye.`]: 'invite',
    [invite.app]: 'invite',
    [invite.app.slice(0, -5)]: 'damaged',
    [`Anna: ${ask(2000)}`]: 'ask',
    [ask(1000)]: 'over',
    [ask(2000).slice(0, -3)]: 'damaged',
    'paracord://room/!1%3Ab.test?via=b.test': 'room',
    'http://127.0.0.1:8449/#/login/abc': 'login',
    'see https://b.test/': 'web',
    'Soup tonight?': 'none',
    '': 'none',
  };
  for (const [text, kind] of Object.entries(kinds)) assert.equal(linkKindOf(text, 1000), kind, text);
});
