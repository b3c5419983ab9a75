import assert from 'node:assert/strict';
import { test } from 'node:test';
import ts from 'typescript';
import { sources } from './sources.ts';

/** Code of the program around the node: command line, start and desktop have their own catalogs. */
const shells = /^main\/(?:cli|start|desktop)\//;

/**
 * Sentences that no owner reads here. They go to a peer, whose software uses `details.reason` and whose owner may read
 * another language, or they explain a number to a monitoring system.
 */
const toldToOthers: readonly string[] = [
  'main/http/federation/',
  'main/addresses/address-notices.ts',
  'main/addresses/dial-back.ts',
  'main/events/take-receipts.ts',
  'main/recovery/recall-answers.ts',
  'main/trust/limits/replay-guard.ts',
  'main/measures.ts',
];

/** A sentence begins with a capital, has a space and ends like one. */
const isSentence = (text: string): boolean =>
  /^[A-Z“].*\s.*[.?!]$/s.test(text.trim()) &&
  !/^(?:SELECT|INSERT|UPDATE|DELETE|AND|ORDER) /.test(text.trim());

interface Found {
  readonly path: string;
  readonly text: string;
}

function sentencesIn({ path, text }: { readonly path: string; readonly text: string }): Found[] {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const found: Found[] = [];
  const visit = (node: ts.Node): void => {
    if (isLogCall(node)) return;
    if (ts.isStringLiteralLike(node) || ts.isTemplateExpression(node)) {
      const literal = node.getText().slice(1, -1);
      if (isSentence(literal)) found.push({ path, text: literal });
      return;
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** The log is English, because its readers also read code. */
const isLogCall = (node: ts.Node): boolean =>
  ts.isCallExpression(node) && /\blog\??\.(?:debug|info|warn|error)$/.test(node.expression.getText());

test('decision code contains no sentences for the owner, only codes of the catalogs', () => {
  const files = sources('main').filter(({ path }) => !shells.test(path));
  assert.ok(files.length > 150);
  const found = files
    .filter(({ path }) => !toldToOthers.some((place) => path.startsWith(place)))
    .flatMap(sentencesIn);
  assert.deepEqual(found, []);
});

test('a sentence is found in a literal and in a template, and not in a log call', () => {
  const text = [
    "a('It is so.'); b(`The $",
    "{x} is so.`); log.info({}, 'It is so.'); c('no sentence'); d('Word.');",
  ];
  assert.deepEqual(
    sentencesIn({ path: 'x.ts', text: text.join('') }).map((each) => each.text.length),
    ['It is so.'.length, 'The {x} is so.'.length + 1],
  );
});
