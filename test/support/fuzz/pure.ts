/** Code that reads others' bytes without I/O: the protocol's parser, and links. */
import assert from 'node:assert/strict';
import { LinkBox, splitCommandLine } from '../../../main/desktop/window/deep-link.ts';
import { blocksOf } from '../../../shared/api/formatting/blocks.ts';
import { parseLink } from '../../../shared/api/links.ts';
import { readSearch } from '../../../shared/api/search-query.ts';
import {
  AddressNotice,
  InviteAnswer,
  JoinAnswer,
  parseInviteRequest,
  parseMemberRequest,
  parsePeerOffer,
  readBody,
  ServerKeys,
  WellKnown,
} from '../../../shared/protocol/bodies.ts';
import { base64urlFromBytes, bytesFromBase64url } from '../../../shared/protocol/coding/base64url.ts';
import { canonicalJson } from '../../../shared/protocol/coding/canonical-json.ts';
import { type Plain, parseJson, toPlain } from '../../../shared/protocol/coding/json.ts';
import { normalizeEndpoint } from '../../../shared/protocol/endpoint.ts';
import { ProtocolError } from '../../../shared/protocol/errors.ts';
import { filesOf, pictureOf } from '../../../shared/protocol/events/attachments.ts';
import { mentionedIds, withNames } from '../../../shared/protocol/events/body.ts';
import { canonicalEvent, parseEnvelope, wireEvent } from '../../../shared/protocol/events/envelope.ts';
import { meaningOf } from '../../../shared/protocol/events/event-content.ts';
import { redactedFrom } from '../../../shared/protocol/events/redaction.ts';
import {
  normalizeServerName,
  parseEventId,
  parseRoomId,
  parseUserId,
} from '../../../shared/protocol/identifiers.ts';
import {
  readInviteLink,
  readInviteOffer,
  writeInviteLink,
  writeInviteOffer,
} from '../../../shared/protocol/invites/invite-link.ts';
import { foundIn, searchNeedles } from '../../../shared/unicode/search-form.ts';
import { type Dice, mutate, someJson } from '../attack/dice.ts';
import { RawPeer } from '../parties/raw-peer.ts';
import type { MakeTarget } from './target.ts';

/**
 * Far more processor time than any of them needs, even on a slow machine. Anything quadratic in its input takes longer.
 * Not the time on the clock, which also passes while other programs run.
 */
const msMax = 1000;

/** The processor time that this thread has used. */
function usedMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/** The result of a read; undefined for a proper refusal. Any other exception is a bug. */
function orRefused<T>(read: () => T): T | undefined {
  const began = usedMs();
  try {
    return read();
  } catch (error) {
    if (error instanceof ProtocolError && error.status < 500) return undefined;
    throw error;
  } finally {
    assert.ok(usedMs() - began < msMax, 'it is read in time');
  }
}

const raw = new RawPeer('raw.test', 'raw.test', Buffer.alloc(32, 7));
const time = 1_750_000_000_000;
const event = (type: string, content: { [key: string]: Plain }) =>
  wireEvent(raw.event({ room: '!1:a.test', type, content, origin_ts: time }));
const about = { guild_id: '1', channel_id: '1', message_id: '5', target_event_id: '$5:raw.test' };
const picture = { size: 70, content_type: 'image/png', content_hash: 'ab'.repeat(32) };
const samples = [
  event('m.message', { ...about, body: 'hello <@5> \u{1f600}', msgtype: 'm.text' }),
  event('m.message.edit', { ...about, body: 'better' }),
  event('m.reaction.add', { ...about, emoji: '👍' }),
  event('m.member.join', { guild_id: '1', user_id: '5' }),
  event('m.message', { ...about, body: 'so do I', reply_to: '$4:a.test', forwarded: true }),
  event('m.message', { ...about, body: '', attachments: [{ id: '7', filename: 'a.png', ...picture }] }),
  event('m.member.join', { guild_id: '1', user_id: '5', role: 'member', moderator: true }),
  event('m.member.leave', {
    guild_id: '1',
    removed: true,
    banned: true,
    removed_by: '@a:a.test',
    reason: 'x',
  }),
  event('m.member.leave', { guild_id: '1', removed: true, unbanned_by: '@a:a.test' }),
  event('m.member.invite', { guild_name: 'A, B', direct: true, description: '*hi*' }),
  event('m.member.profile', { guild_id: '1', display_name: 'Ann', about: 'bees', picture }),
  event('m.room.info', { name: 'Room', join_rule: 'peers' }),
  event('m.room.info', {
    name: 'Room',
    join_rule: 'invite',
    topic: 'cake',
    description: '**plates**',
    archived: true,
    pinned: ['$4:a.test'],
    direct: ['@a:a.test', '@b:b.test'],
    channels: [{ channel_id: '1', name: 'general' }],
  }),
  'from:"ann b" in:kitchen before:2026-11-26 has:file von:ann mit:datei "not closed birthday',
  '**bold _both_** `code` [a](https://b.test) > - 1. ~~~\n```js\nlet a;\n``` ||x|| @anna',
  '{"server_name":"raw.test","keys":[{"key_id":"k","public_key":"00","valid_until":1e3}]}',
  '{"origin_server":"raw.test","room_id":"!1:a.test","user_id":"@a:raw.test"}',
  '{"a":[1,-0,1E400,"\\ud83d\\ude00","\\ud800",{"__proto__":null}],"a\\u0000":"\\/"}',
];

function aText(dice: Dice): string {
  const kind = dice.below(8);
  if (kind === 0) return dice.bytes(dice.below(200)).toString('latin1');
  if (kind === 1) return dice.pick(['[', '{"a":', '[{"a":[', '"\\u', '-', '1e']).repeat(dice.below(3000));
  if (kind <= 3) return someJson(dice, 6);
  return mutate(dice, Buffer.from(dice.pick(samples))).toString('utf8');
}

const bodies = [WellKnown, ServerKeys, AddressNotice, InviteAnswer, JoinAnswer];

export const parser: MakeTarget = () => ({
  feed(dice) {
    const text = aText(dice);
    const value = orRefused(() => parseJson(text));
    if (value !== undefined) {
      assert.doesNotThrow(() => JSON.parse(text), 'what is taken is JSON');
      const canonical = orRefused(() => canonicalJson(value));
      if (canonical !== undefined)
        assert.equal(canonicalJson(parseJson(canonical)), canonical, 'the canonical form is its own');
      toPlain(value);
      orRefused(() => redactedFrom(value));
    }
    const envelope = orRefused(() => parseEnvelope(text));
    if (envelope) {
      const again = parseEnvelope(wireEvent(envelope));
      assert.equal(canonicalEvent(again), canonicalEvent(envelope), 'what is passed on is what was signed');
      orRefused(() => meaningOf(envelope));
      filesOf(envelope.content);
      pictureOf(envelope.content);
    }
    for (const schema of bodies) orRefused(() => readBody(schema, text));
    for (const read of [parseInviteRequest, parseMemberRequest, parsePeerOffer]) orRefused(() => read(text));
    withNames(text, (id) => `(${id})`);
    mentionedIds(text);
    orRefused(() => foundIn(text, searchNeedles(readSearch(text).words)));
    orRefused(() => blocksOf(text));
  },
});

const inviteLink = {
  base: 'https://raw.test:8448',
  id: '0a'.repeat(8),
  token: 'ab'.repeat(16),
  public_key: raw.signer.publicKey,
};
const invite = writeInviteLink(inviteLink);
const inviteOffer = writeInviteOffer(
  {
    id: inviteLink.id,
    status: 'pending',
    server_name: 'raw.test',
    domain: 'raw.test',
    endpoint: 'https://raw.test:8448/_paracord/federation/v1',
    key_id: raw.keyId,
    public_key: raw.signer.publicKey,
    expires_at: time + 86_400_000,
  },
  (text) => raw.signer.sign(text),
);
const links = [
  invite.web,
  invite.app,
  'paracord://room/!1%3Aa.test?via=b.test',
  'PARACORD://room/!1:a.test/?via=%62.test',
  'https://user:pass@a.test:8448/_paracord/federation/v1',
  '@anna:a.test',
  '!1:a.test',
  '$m_member_join:1:5:1750000000000:a.test',
  '[::1]:8448',
];

function aLink(dice: Dice): string {
  if (dice.below(3) > 0) return mutate(dice, Buffer.from(dice.pick(links))).toString('utf8');
  // Mutates the decoded payload, because a mutated character of the link would only break its base64.
  const [page = '', payload = ''] = invite.web.split('#');
  const changed = mutate(dice, Buffer.from(bytesFromBase64url(payload) ?? []));
  return `${page}#${base64urlFromBytes([...changed])}`;
}

/** Like links that reach the desktop app, are pasted into the screens, or come from strangers. */
export const linkReaders: MakeTarget = () => ({
  feed(dice) {
    const text = aLink(dice);
    const link = orRefused(() => parseLink(text));
    assert.ok(link, 'parseLink refuses with a value, not an error');
    const box = new LinkBox();
    assert.equal(box.put(text), link.kind !== 'wrong');
    const { flags } = splitCommandLine(['--headless', text, '--data-dir', '/elsewhere']);
    assert.ok(flags.length <= 1 || !text.toLowerCase().startsWith('paracord:'));
    orRefused(() => readInviteLink(text));
    // Only its author can sign an offer, so every accepted one is the original.
    const answer = mutate(dice, Buffer.from(inviteOffer)).toString('utf8');
    const verify = (signed: string, signature: string) => raw.signer.sign(signed) === signature;
    const offer = orRefused(() => readInviteOffer(answer, inviteLink, verify, time));
    if (offer) assert.equal(offer.server_name, 'raw.test');
    for (const parse of [parseUserId, parseRoomId, parseEventId, normalizeServerName, normalizeEndpoint])
      orRefused((): unknown => parse(text));
    const name = orRefused(() => normalizeServerName(text));
    if (name !== undefined) assert.equal(normalizeServerName(name), name, 'a name has one form');
  },
});
