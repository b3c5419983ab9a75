/** What has to arrive as it was written. Its client API takes no markup, and no text of spaces alone. */
export const texts = [
  '👩‍👩‍👧‍👦 🇩🇪 👍🏽',
  'quo"te \\ back / &amp;',
  'line\nbreak\ttab',
  'ÄÖÜ ß ñ ž 漢字 العربية עברית',
  '\u2028 \ue000 \u{1f600}',
  `${'x'.repeat(1990)} end`,
];
