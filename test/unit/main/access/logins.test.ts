import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Logins, sessionsOfStandby } from '../../../../main/access/logins.ts';
import { systemPorts } from '../../../../main/kernel/ports.ts';

/** A standby, and the sessions in its copy. */
function standbyWith(copied: { hash: string; last_used_at: number }[]): Logins {
  const copy = { all: () => copied, add: async () => {}, used: async () => {}, remove: async () => {} };
  return new Logins(sessionsOfStandby(copy), systemPorts);
}

test('a logout that a standby refuses leaves the browser logged in, and its streams open', async () => {
  const { clock } = systemPorts;
  const copied: { hash: string; last_used_at: number }[] = [];
  const leader = new Logins(
    {
      all: () => copied,
      add: async (hash, now) => void copied.push({ hash, last_used_at: now }),
      ...{ used: async () => {}, remove: async () => {} },
    },
    systemPorts,
  );
  const secret = await leader.redeem(leader.makeCode().code);
  assert.ok(copied[0]!.last_used_at <= clock.now());
  const standby = standbyWith(copied);
  standby.whenLoggedOut(secret, () => assert.fail('its stream ended'));
  await assert.rejects(standby.logOut(secret), { code: 'SERVICE_UNAVAILABLE', message: /Log out there/ });
  assert.equal(standby.check(secret), 'ok');
});

test('a standby logs out a browser that logged in at it', async () => {
  const standby = standbyWith([]);
  const secret = await standby.redeem(standby.makeCode().code);
  let ended = 0;
  standby.whenLoggedOut(secret, () => ended++);
  await standby.logOut(secret);
  assert.deepEqual([standby.check(secret), ended], ['none', 1]);
});
