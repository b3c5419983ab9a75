import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { extensions } from '../../shared/protocol/extensions.ts';
import {
  callReasons,
  findingCodes,
  inviteFaults,
  scopes,
  wireReasons,
} from '../../shared/protocol/reasons.ts';
import { receiptReasons, receiptStates } from '../../shared/protocol/receipts.ts';
import { rowsUnder } from './citations.ts';

const cwd = fileURLToPath(new URL('../../docs/protocol', import.meta.url));
const pages = globSync('*.md', { cwd }).map((name) => readFileSync(`${cwd}/${name}`, 'utf8'));

/** By the first cell of its table's header. */
const lists: Readonly<Record<string, readonly string[]>> = {
  reason: [...wireReasons, ...inviteFaults, ...callReasons],
  scope: scopes,
  finding: findingCodes,
  extension: extensions,
  state: receiptStates,
  'reason for not having it': receiptReasons,
};

for (const [header, codes] of Object.entries(lists))
  test(`docs/protocol explains each ${header} once, and no other`, () => {
    const told = pages.flatMap((page) => rowsUnder(header, page));
    assert.deepEqual(told.toSorted(), codes.toSorted());
  });

test('a row that is missing, doubled or made up is found', () => {
  const table = (...rows: string[]) => [
    '| reason | |',
    '|---|---|',
    ...rows.map((row) => `| \`${row}\` | x |`),
  ];
  const page = (...rows: string[]) =>
    [...table(...rows), '', '| other | |', '|---|---|', '| `z` | |'].join('\n');
  assert.deepEqual(rowsUnder('reason', page('a', 'b')), ['a', 'b']);
  assert.notDeepEqual(rowsUnder('reason', page('a')), ['a', 'b']);
  assert.notDeepEqual(rowsUnder('reason', page('a', 'b', 'b')), ['a', 'b']);
});
