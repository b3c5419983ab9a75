/** Texts that have to arrive unchanged. Its client API doesn't accept markup, or a text that consists of spaces. */
export const texts = [
  '👩‍👩‍👧‍👦 🇩🇪 👍🏽',
  'quo"te \\ back / &amp;',
  'line\nbreak\ttab',
  'ÄÖÜ ß ñ ž 漢字 العربية עברית',
  '\u2028 \ue000 \u{1f600}',
  `${'x'.repeat(1990)} end`,
];
