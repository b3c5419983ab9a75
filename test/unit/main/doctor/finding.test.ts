import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failurePage } from '../../../../main/doctor/finding.ts';

test('a finding links to its page on the web where package.json names a repository there', () => {
  const page = 'https://git.example/us/node/blob/HEAD/docs/failures/offline.md';
  for (const repository of [
    'https://git.example/us/node',
    { url: 'git+https://git.example/us/node.git' },
    { url: 'https://git.example/us/node.git' },
  ])
    assert.equal(failurePage('offline', { repository }), page);
});

test('a finding names the path of its page where the repository has no web address', () => {
  assert.equal(failurePage('offline', {}), 'docs/failures/offline.md');
  const repository = 'git@git.example:us/node.git';
  assert.equal(failurePage('offline', { repository }), 'docs/failures/offline.md');
});
