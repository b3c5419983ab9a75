import assert from 'node:assert/strict';
import { test } from 'node:test';
import encodeQr from 'qr';
import { signerFromSeed, verifySignature } from '../../../../../main/crypto/ed25519.ts';
import { ProtocolError } from '../../../../../shared/protocol/errors.ts';
import {
  type InviteLink,
  type InviteOffer,
  isInviteLink,
  readInviteLink,
  readInviteOffer,
  writeInviteLink,
  writeInviteOffer,
} from '../../../../../shared/protocol/invites/invite-link.ts';

const signer = signerFromSeed(Buffer.alloc(32, 1));
const link: InviteLink = {
  base: 'https://chat.example:8448',
  id: '00112233445566ff',
  token: 'ab'.repeat(16),
  public_key: signer.publicKey,
};
const { web, app } = writeInviteLink(link);
const now = Date.UTC(2026, 0, 1);
const offer: InviteOffer = {
  id: link.id,
  status: 'pending',
  server_name: 'chat.example',
  domain: 'chat.example',
  endpoint: 'https://chat.example:8448/_paracord/federation/v1',
  key_id: 'ed25519:1',
  public_key: signer.publicKey,
  expires_at: now + 3_600_000,
  room: { room_id: '!123:chat.example', name: 'Kitchen' },
};
const signed = (change: Partial<InviteOffer> = {}, by = signer) =>
  writeInviteOffer({ ...offer, ...change }, (text) => by.sign(text));

function reasonOf(read: () => unknown): unknown {
  try {
    read();
  } catch (error) {
    assert.ok(error instanceof ProtocolError);
    return error.details?.reason;
  }
  return assert.fail('expected a refusal');
}
const refused = (text: string) => reasonOf(() => readInviteLink(text));
const unsaid = (text: string, of = link, at = now) =>
  reasonOf(() => readInviteOffer(text, of, verifySignature, at));

test('both forms of a link say the same', () => {
  assert.deepEqual(readInviteLink(web), link);
  assert.deepEqual(readInviteLink(app), link);
  assert.deepEqual(readInviteLink(`  ${web}\n`), link);
  assert.deepEqual(readInviteLink(`${app}/`), link);
});

test('a link without TLS, to an IP address, survives the round trip', () => {
  for (const base of ['http://127.0.0.1:7001', 'https://[fd00::1]:8448', 'http://anna.test', 'https://a.b']) {
    const written = writeInviteLink({ ...link, base });
    assert.deepEqual(readInviteLink(written.web), { ...link, base });
    assert.deepEqual(readInviteLink(written.app), { ...link, base });
  }
});

test('a link has at most 180 characters for a host of 80, and a QR code of version 10 for a host of 160', () => {
  const longest = (host: number) =>
    writeInviteLink({ ...link, base: `https://${'h'.repeat(host - 5)}:8448` });
  assert.ok(longest(80).web.length <= 180);
  assert.ok(longest(80).app.length <= 180);
  const modules = encodeQr(longest(160).web, 'raw', { ecc: 'low', border: 1 }).length - 2;
  assert.ok((modules - 17) / 4 <= 10, `version ${(modules - 17) / 4}`);
});

test('the token is only behind the #', () => {
  assert.equal(new URL(web).pathname + new URL(web).search, '/join');
  assert.equal(new URL(web).hash.length, 80);
});

test('a shortened link is incomplete, wherever it was cut', () => {
  const start = web.indexOf('#') + 1;
  for (let length = start; length < web.length; length++) assert.equal(refused(web.slice(0, length)), 'cut');
  assert.equal(refused(`${web}A`), 'cut');
  assert.equal(refused('paracord://join/chat.example:8448'), 'cut');
});

test('a link with any one letter changed is refused', () => {
  const start = web.indexOf('#') + 1;
  for (let at = start; at < web.length; at++)
    for (const letter of ['A', 'z', '_']) {
      if (web[at] === letter) continue;
      const reason = refused(web.slice(0, at) + letter + web.slice(at + 1));
      assert.ok(reason === 'altered' || (reason === 'newer' && at - start < 2), `${at}: ${reason}`);
    }
  assert.equal(refused(web.replace('chat.example', 'chat.examp1e')), 'altered');
  assert.equal(refused(web.replace('https:', 'http:')), 'altered');
});

test('a link is read as messengers, mail programs and redirectors leave it', () => {
  const payload = web.slice(web.indexOf('#') + 1);
  const base = web.slice(0, web.indexOf('#'));
  const marked = `${base}?fbclid=Iw.x_1&utm_source=chat#${payload}`;
  const redirected = `https://l.chat.example/l.php?u=${encodeURIComponent(marked)}&h=AT3x`;
  for (const text of [
    marked,
    `${base}/?gclid=1#${payload}`,
    `${web}&utm_source=chat`,
    `${web}.`,
    `${web}...`,
    `(${web})`,
    `<${web}>`,
    `“${web}”`,
    `"${web}",`,
    `**${web}**`,
    `_${web}_`,
    `<${web}|${web}>`,
    `[Kitchen](${web})!`,
    `Come in: ${web}, I’m waiting.`,
    `100 % free! ${web}`,
    `No: https://chat.example/join#now. Yes: ${web}`,
    `> ${web.slice(0, 76)}=\r\n> ${web.slice(76)}\r\n> See you`,
    `${web.slice(0, 76)}\n${web.slice(76)}\nSee you`,
    `${web.slice(0, 76)}\u200b${web.slice(76)}\u200b`,
    web.replace('#', '%23'),
    redirected,
    `https://safe.example/?url=${encodeURIComponent(redirected)}&data=05`,
    `https://r.example/join?to=${web}`,
    `https://r.example/?${marked}`,
    `Open ${app}.`,
    `<${app}>`,
    `https://r.example/?q=${encodeURIComponent(app)}&sa=D`,
  ]) {
    assert.deepEqual(readInviteLink(text), link, text);
    assert.ok(isInviteLink(text), text);
  }
});

test('the first complete link in a text counts', () => {
  const other = writeInviteLink({ ...link, id: 'ff'.repeat(8) });
  assert.equal(readInviteLink(`${web.slice(0, 90)} ${other.web} ${web}`)?.id, 'ff'.repeat(8));
  assert.equal(refused(`${web.slice(0, 90)} and ${web.slice(0, -1)}z`), 'cut');
});

test('a cut link is not completed with the words after it', () => {
  assert.equal(refused(`${web.slice(0, -4)} seeyousoon`), 'cut');
  assert.equal(refused(`${web.slice(0, -4)}\nseeyousoon`), 'cut');
});

test('text that isn’t an invite link has no content, and isn’t refused', () => {
  for (const text of [
    '',
    'paracord://peer/abc',
    'paracord://room/!1:a.test',
    'https://chat.example/other#x',
    'https://chat.example/join',
    'javascript:alert(1)//join#',
  ]) {
    assert.equal(readInviteLink(text), null, text);
    assert.equal(isInviteLink(text), false, text);
  }
  assert.ok(isInviteLink(web));
});

test('an offer is read if the link’s key signed it for this invite', () => {
  assert.deepEqual(readInviteOffer(signed(), link, verifySignature, now), offer);
});

test('an offer by another key, for another invite, or changed by a letter is refused', () => {
  const mallory = signerFromSeed(Buffer.alloc(32, 2));
  assert.equal(unsaid(signed({}, mallory)), 'not_the_inviter');
  assert.equal(unsaid(signed({ public_key: mallory.publicKey }, mallory)), 'not_the_inviter');
  assert.equal(unsaid(signed({ id: 'ff'.repeat(8) })), 'not_the_inviter');
  assert.equal(unsaid(signed().replace('Kitchen', 'Cellar!')), 'not_the_inviter');
  assert.equal(unsaid(signed().replace('"pending"', '"revoked"')), 'not_the_inviter');
  assert.equal(unsaid(signed({ server_name: 'Chat.Example' })), 'not_the_inviter');
  assert.equal(unsaid(signed({ room: { room_id: 'kitchen', name: 'Kitchen' } })), 'not_the_inviter');
  for (const text of ['', '{}', '[]', '<html>', '{"v":2']) assert.equal(unsaid(text), 'not_the_inviter');
});

test('an offer says whether its invite was used, revoked or has expired', () => {
  for (const status of ['used', 'revoked', 'expired'] as const)
    assert.equal(unsaid(signed({ status })), status);
  assert.equal(unsaid(signed(), link, now + 3_600_000), 'expired');
  assert.equal(unsaid(signed({ expires_at: now + 40 * 86_400_000 })), 'endless');
});

test('a field that a later version adds to an offer is signed, and ignored', () => {
  const later = { ...offer, greeting: 'Hello' } as InviteOffer;
  const read = readInviteOffer(signed(later), link, verifySignature, now);
  assert.deepEqual(read, offer);
  assert.equal(unsaid(signed(later).replace('Hello', 'Howdy')), 'not_the_inviter');
});

test('an offer’s endpoint gets its one form, and one that isn’t an address is refused, though signed', () => {
  const at = (endpoint: string) => readInviteOffer(signed({ endpoint }), link, verifySignature, now).endpoint;
  assert.equal(
    at('https://203.0.113.7:443/_paracord/federation/v1'),
    'https://203.0.113.7/_paracord/federation/v1',
  );
  for (const endpoint of ['https://a:99999/x', 'https://[bad', 'file:///etc/passwd', 'https://me@a/x', ''])
    assert.throws(
      () => at(endpoint),
      /^ProtocolError: The address in the invite from chat\.example can’t be used: .* isn’t an address/,
    );
});

test('a refused offer names its server', () => {
  for (const [change, code, params] of [
    [{ expires_at: now }, 'link.expired', {}],
    [{ expires_at: now + 32 * 86_400_000 }, 'link.endless', { days: 30 }],
    [{ status: 'used' }, 'link.used', {}],
  ] as const)
    assert.throws(
      () => readInviteOffer(signed(change), link, verifySignature, now),
      (error) => {
        assert.ok(error instanceof ProtocolError);
        assert.deepEqual(error.said, { code, params: { server: 'chat.example', ...params } });
        return error.details?.server_name === 'chat.example';
      },
    );
});

test('an offer is refused one millisecond after 31 days, because clocks may differ by one', () => {
  const lasting = (expires_at: number) => readInviteOffer(signed({ expires_at }), link, verifySignature, now);
  const latest = now + 31 * 86_400_000;
  assert.equal(lasting(latest).expires_at, latest);
  assert.equal(unsaid(signed({ expires_at: latest + 1 })), 'endless');
});
