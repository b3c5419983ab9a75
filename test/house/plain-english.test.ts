import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

/**
 * Phrases that nobody would say, and what to write instead. docs/style.md has the reasons. Spaces also match a line
 * break within a comment.
 */
const phrases: readonly (readonly [worse: string, better: string])[] = [
  ['\\bran out\\b(?! of)', 'expired'],
  ['\\bruns? out\\b(?! of)', 'expires'],
  ['(?<!there )\\bis no (?:allowed |trusted )?peer\\b', 'is not a peer'],
  ['(?<!there |what )\\bis no (?:address|server|error|certificate|copy|port|fault|trouble)\\b', 'is not a …'],
  ['\\b(?:which|that) is none\\b', 'which is not a …'],
  ['\\b(?:is|are) told\\b(?! (?:to|why|what|so|where|when|how|apart)\\b)', 'learns, is notified, is shown'],
  ['\\bcan be told\\b', 'is known, can be notified'],
  ['\\banew\\b', 'again, new'],
  ['\\bby heart\\b', 'pin, remember'],
  ['\\bcounts? once\\b', 'can be used once'],
  ['\\b(?:is|are|was|were|been) (?:never )?found out\\b', 'discovered'],
  ['\\bagain in (?:\\d|\\$?\\{)', 'Retry in …'],
  ['\\b(?:is|are) (?:not )?heard\\b(?! from)', 'receives, listens'],
  ['\\bwhoever\\b(?! takes over)', 'anyone who, the person who'],
  ['\\bwho has it later\\b', 'whoever takes over …'],
  ['\\b(?:for|to) who\\b', 'for anyone who'],
  ['\\bmistake of (?:this program|ours)\\b', 'bug'],
  ['\\bmere\\b', 'only'],
  ['\\bever (?:more )?(?:seldom|rarely|less often)\\b', 'less and less often'],
  ['\\bseldom\\b', 'rarely'],
  ['\\btakes from (?:it|us|them)\\b', 'accepts from'],
  ['\\b(?:comes?|came) by\\b', 'gets'],
  ['\\bwhat (?:came|comes|becomes|became) of\\b', 'the result of, what happened to'],
  ['\\bof its own accord\\b', 'by itself'],
  ['\\b(?:cannot|can|to) be had\\b', 'is not available'],
  ['(?<!value )\\bis said\\b', 'the text says, is reported'],
  ['\\bfares?\\b', 'does'],
  ['\\btill\\b', 'until'],
  ['\\bknows? nothing of\\b', 'doesn’t know about'],
  ['\\blet its owner\\b', 'ask its owner to'],
  ['\\blooks? whether\\b', 'checks whether'],
  ['\\bin good time\\b', 'before it expires, early'],
  ['\\bthe former one\\b', 'the old one'],
  ['\\bon its way through\\b', 'in transit'],
  ['\\bsince (?:\\d+|\\$?\\{\\w+\\}) (?:seconds?|minutes?|hours?|days?)\\b', 'for … minutes'],
  ['\\bhanded to your downloads\\b', 'was downloaded'],
  ['\\bgiven back\\b', 'returned, restored, closed again'],
  ['\\bin vain\\b', 'without success'],
  ['\\bby and by\\b', 'over time'],
  ['\\bwithout a word\\b', 'without saying why'],
  ['\\bhas not got\\b', 'doesn’t have'],
  ['\\bgo(?:es)? on by (?:it|them)sel(?:f|ves)\\b', 'continues by itself'],
  ['\\bmakes? do with\\b', 'uses, works with'],
  ['\\bnever heard of\\b', 'doesn’t know'],
  ['\\bbeside the draft\\b', 'our extension'],
  ['\\bof our kind\\b', 'a Paracord Node'],
  ['\\bstands? behind the `#`', 'is behind the `#`'],
  ['\\bof late\\b', 'recently'],
  ['\\bcomes? to nothing\\b', 'fails'],
  ['\\bas (?:it|they) came\\b(?! (?:from|to)\\b)', 'as received, unchanged'],
  ['\\bwell-signed\\b', 'correctly signed'],
  ['\\bmade by hand\\b', 'hand-made'],
  ['\\bin (?:its|their) stead\\b', 'instead'],
  ['\\b(?:by turns|turn by turn)\\b', 'alternately'],
  ['\\bfor want of\\b', 'for lack of, because … is missing'],
  ['\\bagreed to be found\\b', 'may be found, is listed'],
  ['\\bit is the turn of\\b', '… has to act next'],
  ['\\b(?:sees?|saw) to it\\b', 'makes sure'],
  ['\\blets? go of\\b', 'drops, releases'],
  ['\\bgives? back\\b', 'returns'],
  ['\\bof no account\\b', 'no longer counts'],
  ['\\b(?:is|are|was|were) told of\\b', 'reports, announces'],
  ['\\bowner.s wish\\b', 'decision, request'],
  ['\\bhalf-way\\b', 'midway'],
  ['\\botherwise than\\b', 'differently from'],
  ['\\bdated wrongly\\b', 'has the wrong date'],
  ['\\binvites? of \\{', 'an invite from …'],
  ['\\btaken in\\b', 'accepted, ingested'],
];

/** Written in other languages, or quotes what it forbids. */
const exempt =
  /^(?:shared\/words\/de\/|docs\/failures\/de\/|docs\/style\.md$|test\/house\/plain-english\.test\.ts$)/;

const root = fileURLToPath(new URL('../..', import.meta.url));
const files = [
  '*.{md,json,yml,ts,mjs}',
  '{main,shared,renderer,test}/**/*.{ts,mjs,svelte,html}',
  'docs/**/*.md',
  'build/{*,*/*}.*',
  '.github/**/*.{yml,md}',
]
  .flatMap((pattern) => globSync(pattern, { cwd: root, exclude: ['**/node_modules/**'] }))
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => !exempt.test(path))
  .filter((path) => !/package-lock|^build\/icons?$/.test(path));

const patterns = phrases.map(([worse, better]) => ({
  pattern: new RegExp(worse.replaceAll(' ', '(?:\\s|\\n\\s*(?:\\*|//)\\s)+'), 'gi'),
  better,
}));

/** `path:line: “phrase”: better` for each phrase in a text. */
function found(path: string, text: string): string[] {
  return patterns.flatMap(({ pattern, better }) =>
    [...text.matchAll(pattern)].map((match) => {
      const line = text.slice(0, match.index).split('\n').length;
      return `${path}:${line}: “${match[0].replace(/\s[\s*/]*/g, ' ')}” → ${better}`;
    }),
  );
}

test('nobody reads a phrase that nobody would say', () => {
  assert.ok(files.length > 500);
  assert.deepEqual(
    files.flatMap((path) => found(path, readFileSync(join(root, path), 'utf8'))),
    [],
  );
});

test('a phrase is found across the lines of a comment, and in a text with an argument', () => {
  assert.equal(found('a.ts', '/**\n * The peer is\n * told.\n */').length, 1);
  assert.equal(found('a.ts', '// The key ran\n// out').length, 1);
  assert.equal(found('a.ts', "'Again in {seconds} s'").length, 1);
  assert.deepEqual(found('a.ts', 'It ran out of memory. There is no peer. It is heard from often.'), []);
});

/** Comments that leave out their thing. In a longer one, no line after `//` begins with these words either. */
const begins = /^\s*(?:\/\/|\/\*\*) (?:Of|By|That|What|Whose|Which) .*/gm;

test('a comment begins with the thing or a verb', () => {
  const source = files.filter((path) => /\.(?:ts|svelte)$/.test(path));
  assert.deepEqual(
    source.flatMap((path) => {
      const text = readFileSync(join(root, path), 'utf8');
      return [...text.matchAll(begins)].map(([line]) => `${path}: ${line.trim()}`);
    }),
    [],
  );
});
