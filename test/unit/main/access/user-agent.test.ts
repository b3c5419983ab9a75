import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readUserAgent } from '../../../../main/access/user-agent.ts';

test('a browser is named as people know it, whatever else it claims to be', () => {
  const named = (header: string) => Object.values(readUserAgent(header)).join(' on ');
  const webkit = 'AppleWebKit/537.36 (KHTML, like Gecko)';
  const examples = {
    [`Mozilla/5.0 (X11; Linux x86_64) ${webkit} Chrome/140.0 Safari/537.36`]: 'Chrome on Linux',
    [`Mozilla/5.0 (Windows NT 10.0) ${webkit} Chrome/140.0 Safari/537.36 Edg/140.0`]: 'Edge on Windows',
    'Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0': 'Firefox on Android',
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1':
      'Safari on iPhone',
  };
  for (const [header, name] of Object.entries(examples)) assert.equal(named(header), name);
  assert.deepEqual(readUserAgent('curl/8'), { browser: null, system: null });
});
