import assert from 'node:assert/strict';
import { test } from 'node:test';
import { baseUrl, resolveEndpoint } from '../../../../../main/trust/discovery/endpoint.ts';
import { ProtocolError } from '../../../../../shared/protocol/errors.ts';

const refuses = (read: () => unknown, says: RegExp): void =>
  assert.throws(
    read,
    (error) => error instanceof ProtocolError && error.code === 'BAD_REQUEST' && says.test(error.message),
  );

test('typed input becomes the base address', () => {
  for (const [typed, base] of [
    ['chat.example', 'https://chat.example'],
    [' Chat.Example ', 'https://chat.example'],
    ['chat.example:8448', 'https://chat.example:8448'],
    ['https://chat.example:443/', 'https://chat.example'],
    ['HTTP://127.0.0.1:8080', 'http://127.0.0.1:8080'],
    ['https://chat.example/_paracord/federation/v1', 'https://chat.example'],
    ['https://chat.example/_paracord/federation/v1/', 'https://chat.example'],
    ['[::1]:8448', 'https://[::1]:8448'],
    ['bücher.example', 'https://xn--bcher-kva.example'],
    ['https://chat.example/?x#y', 'https://chat.example'],
  ] as const)
    assert.equal(baseUrl(typed), base);
});

test('anything but one address is refused with what was expected', () => {
  for (const typed of ['', ' ', 'https://', 'a b', 'http://[::1', 'chat.example:99999'])
    refuses(() => baseUrl(typed), /isn’t an address/);
  for (const typed of ['ftp://chat.example', 'file:///etc/passwd', 'ws://chat.example'])
    refuses(() => baseUrl(typed), /isn’t supported/);
  for (const typed of ['user@chat.example', 'https://user:pw@chat.example', 'mailto:x@chat.example'])
    refuses(() => baseUrl(typed), /user name or a password/);
  for (const typed of ['chat.example/prefix', 'https://chat.example/_paracord/federation/v2'])
    refuses(() => baseUrl(typed), /prefix/);
});

test('a declared endpoint is a path on the host, or a full address', () => {
  const base = 'https://chat.example:8448';
  for (const [declared, endpoint] of [
    ['/_paracord/federation/v1', 'https://chat.example:8448/_paracord/federation/v1'],
    ['/_paracord/federation/v1/', 'https://chat.example:8448/_paracord/federation/v1'],
    ['https://fed.example/x/', 'https://fed.example/x'],
    ['//fed.example/x', 'https://fed.example/x'],
    ['https://user:pw@fed.example/x?q#h', 'https://fed.example/x'],
  ] as const)
    assert.equal(resolveEndpoint(declared, base), endpoint);
});

test('a declared endpoint that isn’t an http address is refused', () => {
  for (const declared of ['javascript:alert(1)', 'file:///etc/passwd', 'ftp://fed.example'])
    refuses(() => resolveEndpoint(declared, 'https://chat.example'), /endpoint/);
  refuses(() => resolveEndpoint('https://', 'https://chat.example'), /isn’t an address/);
});
