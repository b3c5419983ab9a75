import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Calls, LinkBox, linkOf, splitCommandLine } from '../../../../../main/desktop/window/deep-link.ts';

const link = 'paracord://room/!1%3Aa.test?via=b.test';

test('a link is passed on once, unchanged', () => {
  const links = new LinkBox();
  assert.equal(links.take(), null);
  assert.equal(links.put(link), true);
  assert.equal(links.take(), link);
  assert.equal(links.take(), null);
});

test('the latest link wins', () => {
  const links = new LinkBox();
  links.put('paracord://room/!2:a.test');
  links.put(link);
  assert.equal(links.take(), link);
});

const hostile: readonly unknown[] = [
  'paracord://room/../../etc/passwd',
  'paracord://room/!1:a.test?via=b.test&as=@root:a.test',
  'paracord://room/!1:a.test#<script>',
  'paracord://delete/everything',
  'paracord:room/!1:a.test',
  'https://evil.example/paracord://room/!1:a.test',
  'javascript:alert(1)//paracord://',
  `paracord://room/!1:${'a'.repeat(4000)}.test`,
  'paracord://room/%E0%A4%A',
  'paracord://',
  '',
  null,
  undefined,
  42,
  { link },
  [link],
];
for (const text of hostile)
  test(`${JSON.stringify(text)?.slice(0, 60)} does not get to the page`, () => {
    const links = new LinkBox();
    assert.equal(links.put(text), false);
    assert.equal(links.take(), null);
  });

test('arguments after a link on the command line are dropped', () => {
  assert.deepEqual(splitCommandLine(['--background', link, '--control', '0.0.0.0:1', '--headless']), {
    flags: ['--background'],
    link,
  });
  assert.deepEqual(splitCommandLine(['.', '--data-dir', '/d']), {
    flags: ['.', '--data-dir', '/d'],
    link: null,
  });
  assert.deepEqual(splitCommandLine(['PARACORD:x']), { flags: [], link: 'PARACORD:x' });
});

function calledApp() {
  const seen: string[] = [];
  return { seen, app: { show: () => seen.push('shown'), linkArrived: () => seen.push('link') } };
}

test('a link that comes before the window waits for it, and asks for it', () => {
  const { app, seen } = calledApp();
  const calls = new Calls(null);
  assert.equal(calls.wantsWindow, false);
  calls.take(link);
  assert.equal(calls.wantsWindow, true);
  calls.answeredBy(app);
  assert.deepEqual(seen, []);
  assert.equal(calls.links.take(), link);
  assert.equal(new Calls(link).wantsWindow, true);
});

test('a second start brings the window to the front; an argument that isn’t a link is ignored', () => {
  const { app, seen } = calledApp();
  const calls = new Calls(null);
  calls.answeredBy(app);
  calls.take(null);
  calls.take('paracord://delete/everything');
  assert.deepEqual(seen, ['shown', 'shown']);
  assert.equal(calls.links.take(), null);
  calls.take(link);
  assert.deepEqual(seen, ['shown', 'shown', 'link', 'shown']);
});

test('an argument of another program is a link or is ignored', () => {
  assert.equal(linkOf({ link }), link);
  for (const data of [null, undefined, link, 7, [link], {}]) assert.notEqual(linkOf(data), link);
});
