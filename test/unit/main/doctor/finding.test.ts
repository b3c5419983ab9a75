import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failurePage } from '../../../../main/doctor/finding.ts';

test('a finding links to its page on the web where package.json names a repository there', () => {
  const page = 'https://git.example/us/node/blob/HEAD/docs/failures/node-offline.md';
  for (const repository of [
    'https://git.example/us/node',
    { url: 'git+https://git.example/us/node.git' },
    { url: 'https://git.example/us/node.git' },
  ])
    assert.equal(failurePage('node-offline', { repository }), page);
});

test('a finding names the path of its page where the repository has no web address', () => {
  assert.equal(failurePage('node-offline', {}), 'docs/failures/node-offline.md');
  const repository = 'git@git.example:us/node.git';
  assert.equal(failurePage('node-offline', { repository }), 'docs/failures/node-offline.md');
});
