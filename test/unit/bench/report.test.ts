import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linePlot } from '../../bench/report/lines.ts';
import { pageText, type Recorded } from '../../bench/report/page.ts';
import { isReached, type Measure, ratios, spreadText, wantedText } from '../../bench/report/result.ts';
import { rangePlot } from '../../bench/report/svg.ts';

const drain = ratios('drain / client', [5, 6, 8], [10, 10, 10], { atLeast: 0.85 });
const wait: Measure = { what: 'wait <p95>', unit: 'ms', values: [12.34, 9, 30], wanted: { atMost: 20 } };

test('a ratio compares the two sides of each round, and shows the median and the range', () => {
  assert.deepEqual(drain.values, [0.5, 0.6, 0.8]);
  assert.equal(spreadText(drain), '0.60 (0.50–0.80)');
  assert.equal(spreadText(wait), '12.3 (9.00–30.0) ms');
});

test('the median decides whether a goal is reached', () => {
  assert.equal(isReached(drain), false);
  assert.equal(isReached(wait), true);
  assert.equal(isReached({ ...wait, wanted: { atMost: 12 } }), false);
  assert.deepEqual([wantedText(drain), wantedText(wait)], ['≥ 0.85', '≤ 20 ms']);
});

test('a plot has a row for each measure, the range, the median and the goal, and colors for both schemes', () => {
  const svg = rangePlot([drain, wait]);
  for (const part of ['drain / client', 'wait &lt;p95&gt;', 'prefers-color-scheme: dark'])
    assert.ok(svg.includes(part), part);
  for (const part of ['class="range"', 'class="median"', 'class="wanted"'])
    assert.equal(svg.split(part).length - 1, 2, part);
  assert.doesNotMatch(svg, /NaN/);
});

const recorded = (name: string, commit: string): Recorded => ({
  name,
  measures: [drain, wait],
  boundedBy: 'the cost of one request.',
  at: '2026-11-23T00:00:00Z',
  seconds: 9,
  machine: { cores: 2, cpu: 'x', node: 'v24', commit },
});

test('a benchmark without a new result stays on the page as it was', () => {
  const names = ['drain', 'ingest', 'memory'];
  const first = pageText([recorded('drain', 'one'), recorded('memory', 'one')], names);
  assert.equal(pageText([], names, first), first);
  const second = pageText([recorded('memory', 'two'), recorded('ingest', 'two')], names, first);
  const commits = [...second.matchAll(/^## (.*)$|commit (.*)\.$/gm)].map(
    ([, name, commit]) => name ?? commit,
  );
  assert.deepEqual(commits, ['Wanted and measured', 'drain', 'one', 'ingest', 'two', 'memory', 'two']);
  const rows = [...second.matchAll(/\[(.*)\]\(#/g)].map(([, name]) => name);
  assert.deepEqual(rows, ['drain', 'drain', 'ingest', 'ingest', 'memory', 'memory']);
});

test('the page lists every goal with the result, and says what limits each benchmark', () => {
  const text = pageText([recorded('drain', 'abc')], ['drain']);
  assert.match(
    text,
    /\| drain \/ client \| ≥ 0.85 \| 0.60 \(0.50–0.80\) \| \*\*no\*\* \| \[drain\]\(#drain\) \|/,
  );
  assert.match(text, /\| wait <p95> \| ≤ 20 ms \| 12.3 \(9.00–30.0\) ms \| yes \|/);
  assert.match(text, /\*\*Limited by:\*\* the cost of one request\.\n/);
  assert.match(text, /!\[[^\]]+\]\(performance\/drain\.svg\)/);
});

test('a plot of lines has logarithmic axes, a name at the end of each line, and no name covers another', () => {
  const svg = linePlot({ x: 'servers', y: 'requests' }, [
    { name: 'idle', points: [[1, 10] as const, [1_000, 1_000] as const], color: 0, isDashed: true },
    { name: 'busy', points: [[10, 20] as const, [1_000, 1_001] as const], color: 1 },
  ]);
  const ticks = [...svg.matchAll(/text-anchor="middle"[^>]*>([\d,]+)</g)].map(([, text]) => text);
  assert.deepEqual(ticks, ['1', '10', '100', '1,000']);
  const heights = [...svg.matchAll(/y="([\d.]+)">(?:idle|busy)</g)].map(([, y]) => Number(y));
  assert.equal(heights.length, 2);
  assert.ok(Math.abs((heights[0] ?? 0) - (heights[1] ?? 0)) >= 15, String(heights));
  assert.doesNotMatch(svg, /NaN|Infinity/);
});
