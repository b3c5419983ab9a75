import assert from 'node:assert/strict';
import { test } from 'node:test';
import { whySkipped } from '../../../support/runner/why-skipped.ts';

test('one line counts the skipped tests by reason and says once what to install', () => {
  const chromium = 'no Chromium (Debian: apt-get install chromium chromium-headless-shell)';
  const router = 'no nft (Debian: apt-get install chromium nftables)';
  const root = 'making network namespaces takes root';
  assert.equal(
    whySkipped([root, chromium, router, chromium]),
    'Skipped: no Chromium (2), making network namespaces takes root (1), no nft (1). ' +
      'Debian: apt-get install chromium chromium-headless-shell nftables',
  );
});

test('where nothing has to be installed, the line says only why', () => {
  assert.equal(whySkipped(['it takes root']), 'Skipped: it takes root (1)');
});
