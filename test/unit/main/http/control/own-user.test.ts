import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { endianness } from 'node:os';
import { test } from 'node:test';
import { isOwnUser, userOf } from '../../../../../main/http/control/own-user.ts';

const littleEndian = { skip: endianness() === 'LE' ? false : 'the table is written in another order here' };

/** Writes a line like the kernel of such a machine: one end after the other, the state, the user of the first end. */
const line = (from: string, to: string, state: string, user: number) =>
  `   0: ${from} ${to} ${state} 00000000:00000000 00:00000000 00000000  ${user}        0 12345 1 0000000000000000`;
const browser = { address: '127.0.0.1', port: 0xc350 };
const node = { address: '127.0.0.1', port: 0x2101 };

test('an end of a connection belongs to the user in the kernel’s table', littleEndian, () => {
  const table = [
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
    line('0100007F:2101', '0100007F:C350', '01', 1000),
    line('0200007F:C350', '0100007F:2101', '01', 1001),
    line('0100007F:C350', '0100007F:2101', '01', 1002),
  ].join('\n');
  assert.equal(userOf(table, browser, node), 1002);
  assert.equal(userOf(table, node, browser), 1000);
  assert.equal(userOf(table, { ...browser, address: '127.0.0.2' }, node), 1001);
  assert.equal(userOf(table, { ...browser, port: 1 }, node), null);
  assert.equal(userOf('', browser, node), null);
});

test('an end of IPv6, or of IPv4 in its form, belongs to its user, too', littleEndian, () => {
  const [loopback, mapped] = [`${'0'.repeat(24)}01000000`, `${'0'.repeat(16)}FFFF00000100007F`];
  const table = [
    line(`${loopback}:C350`, `${loopback}:2101`, '01', 1003),
    line(`${mapped}:C350`, `${mapped}:2101`, '01', 1004),
  ].join('\n');
  assert.equal(userOf(table, { ...browser, address: '::1' }, { ...node, address: '::1' }), 1003);
  assert.equal(userOf(table, { ...browser, address: '::ffff:127.0.0.1' }, node), 1004);
});

test(
  'a connection that its program has let go belongs to nobody, although the table names root',
  littleEndian,
  () => {
    for (const state of ['04', '05', '06'])
      assert.equal(userOf(line('0100007F:C350', '0100007F:2101', state, 0), browser, node), null, state);
  },
);

test('a connection of this process belongs to this user', {
  skip: process.platform === 'linux' ? false : 'elsewhere it isn’t known',
}, async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const line = connect(port, '127.0.0.1');
  const [socket] = await accepted;
  assert.equal(await isOwnUser(socket), true);
  line.destroy();
  await once(socket.resume(), 'close');
  assert.equal(await isOwnUser(socket), false);
});
