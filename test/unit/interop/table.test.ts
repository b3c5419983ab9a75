import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { erasSection } from '../../interop/eras.ts';
import { type Finding, type Scenario, type Section, unexpected } from '../../interop/scenario.ts';
import { sections } from '../../interop/sections.ts';
import { interopDocument, type Run } from '../../interop/table.ts';

const scenario = (id: string, title: string, cannot?: Scenario['cannot']): Scenario => ({
  id,
  title,
  ...(cannot ? { cannot } : {}),
  run: async () => undefined,
});
const section: Section = {
  title: 'In a room of yours',
  scenarios: [scenario('read', 'They read'), scenario('write', 'They write'), scenario('ask', 'They ask')],
};
const finding = (id: string, verdict: Finding['verdict'], measured: Finding['measured'] = []): Finding => ({
  id,
  verdict,
  expected: null,
  measured,
  seconds: 1,
});
const run = (release: string, build: string, findings: readonly Finding[]): Run => ({
  release,
  build,
  date: '2026-01-02',
  findings,
});

test('the table has a line for each scenario and a column for each binary, with a note for what does not work', () => {
  const text = interopDocument(
    [section],
    [
      run('0.8.5', 'with UI', [
        finding('read', { result: 'works' }),
        finding('write', { result: 'cannot', reason: 'mirror' }),
        finding('ask', { result: 'does not', problem: 'a | b\nis missing' }),
      ]),
      run('0.5.0', 'without UI', [
        finding('read', { result: 'works' }),
        finding('write', { result: 'cannot', reason: 'mirror' }),
      ]),
    ],
  );
  const lines = text.split('\n');
  assert.ok(lines.includes('| 0.8.5 | with UI | 200 `text/html` | 2026-01-02 |'));
  assert.ok(lines.includes('| 0.5.0 | without UI | 404 | 2026-01-02 |'));
  assert.ok(lines.includes('| They read | works | works |'));
  assert.ok(lines.includes('| They write | cannot [1] | cannot [1] |'));
  assert.ok(lines.includes('| They ask | **does not** [2] | not run |'));
  const [why] = lines.filter((line) => line.startsWith('1. '));
  assert.match(why ?? '', /mirror.*0\.8\.5: `crates\/.*\.rs:1129.*0\.5\.0: `crates\/.*\.rs:1023/);
  assert.ok(lines.includes('2. a \\| b is missing'));
  assert.ok(text.endsWith('\n') && !text.endsWith('\n\n'));
});

test('measurements stand below the table, one line each, empty where a binary has no such number', () => {
  const text = interopDocument(
    [section],
    [
      run('0.8.5', 'with UI', [finding('read', { result: 'works' }, [['until joined', '0.4 s']])]),
      run('0.5.0', 'with UI', [finding('read', { result: 'works' })]),
    ],
  );
  assert.ok(text.split('\n').includes('| They read | until joined | 0.4 s | |'));
});

test('an unexpected verdict is shown with the expected one', () => {
  const works = scenario('a', 'A');
  const limited = scenario('b', 'B', (release) => (release === '0.8.5' ? 'peerList' : null));
  const can = { result: 'works' } as const;
  const cannot = { result: 'cannot', reason: 'peerList' } as const;
  const broken = { result: 'does not', problem: '' } as const;
  assert.equal(unexpected(works, '0.8.5', can), null);
  assert.equal(unexpected(works, '0.8.5', cannot), 'works');
  assert.equal(unexpected(works, '0.8.5', broken), 'works');
  assert.equal(unexpected(limited, '0.8.5', cannot), null);
  assert.equal(unexpected(limited, '0.8.5', can), 'peerList', 'a limitation that is gone is news, too');
  assert.equal(unexpected(limited, '0.8.5', broken), 'peerList');
  assert.equal(unexpected(limited, '0.5.0', can), null);
});

test('every scenario has an id of its own and a title that fits a table', () => {
  const all = sections.flatMap((each) => each.scenarios);
  assert.equal(new Set(all.map(({ id }) => id)).size, all.length);
  for (const { id, title } of all) {
    assert.match(id, /^[a-z0-9-]+$/);
    assert.doesNotMatch(title, /[|\n]/);
  }
});

test('the document has the versions that the stand-in plays, as it plays them now', () => {
  const document = readFileSync(new URL('../../../docs/interop.md', import.meta.url), 'utf8');
  assert.ok(document.includes(erasSection()), 'docs/interop.md differs from test/interop/eras.ts');
  assert.match(erasSection(), /\| 1\.0 \| 2\.x \| 3\.x \|/);
  assert.match(erasSection(), /never run/);
});
