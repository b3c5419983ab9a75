/** The federation listener, from a raw socket: bytes, broken requests, and correctly signed nonsense. */
import assert from 'node:assert/strict';
import { createLog } from '../../../main/kernel/log.ts';
import { wireEvent } from '../../../shared/protocol/events/envelope.ts';
import { federationPrefix, wellKnownPath } from '../../../shared/protocol/transport.ts';
import { type Dice, mutate, someJson } from '../attack/dice.ts';
import { besiege, memberBody, type Siege, user } from '../attack/node.ts';
import { writtenWithLength } from '../attack/socket.ts';
import { fling } from './shells.ts';
import type { MakeTarget } from './target.ts';

function signed({ raw }: Siege, method: 'GET' | 'POST', path: string, body: string): Buffer {
  const to = federationPrefix + path;
  return Buffer.from(writtenWithLength(method, to, Object.entries(raw.headers(method, to, body)), body));
}

function aRequest(dice: Dice, siege: Siege): Buffer {
  const { raw, room } = siege;
  const page = `/events?room_id=${encodeURIComponent(dice.pick([room, '!9:a.test', 'x']))}&limit=${dice.below(1100)}`;
  return dice.pick([
    () => signed(siege, 'POST', '/event', wireEvent(raw.message(room, 'fuzz'))),
    () =>
      signed(
        siege,
        'POST',
        '/event',
        mutate(dice, Buffer.from(wireEvent(raw.message(room, 'fuzz')))).toString('utf8'),
      ),
    () =>
      signed(
        siege,
        'POST',
        dice.pick(['/event', '/join', '/leave', '/invite', '/receipts', '/peers/address']),
        someJson(dice),
      ),
    () => signed(siege, 'POST', '/join', memberBody('raw.test', room, user)),
    () => signed(siege, 'GET', page, ''),
    () => signed(siege, 'GET', `/queue?after=${dice.pick(['0', '-1', '1e9', 'x', '9'.repeat(20)])}`, ''),
    () =>
      signed(
        siege,
        'GET',
        `/event/${encodeURIComponent(dice.pick(['$1:a.test', '$0:check.invalid', '%', '']))}`,
        '',
      ),
  ])();
}

export const listener: MakeTarget = async (t) => {
  const faults: string[] = [];
  const log = Object.assign(createLog('silent'), {
    error: (line: { err?: Error }) => faults.push(String(line.err?.stack)),
  });
  const siege = await besiege(t, { parts: { log } });
  const { node, raw, room } = siege;
  const limits = { requests_per_minute: 10_000_000, burst: 10_000_000 };
  await node.api.changePeer({ server_name: raw.name, limits });
  return {
    async feed(dice) {
      const request = aRequest(dice, siege);
      const bytes =
        dice.below(3) === 0
          ? mutate(dice, request)
          : dice.below(6) === 0
            ? dice.bytes(dice.below(300))
            : request;
      if (bytes.length === 0) return;
      const answer = await fling(node.url, bytes);
      for (const [, status] of answer.matchAll(/^HTTP\/1\.1 (\d{3}) /gm))
        assert.ok(Number(status) < 500, `${status} for ${JSON.stringify(bytes.toString('latin1'))}`);
      assert.deepEqual(faults, []);
    },
    async finish() {
      assert.equal((await fetch(node.url + wellKnownPath)).status, 200);
      assert.equal((await raw.post(node.url, raw.message(room, 'after the storm'))).status, 202);
      await node.api.timeline({ room_id: room });
    },
  };
};
