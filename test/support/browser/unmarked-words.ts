/** Finds text on a page that doesn't come from a catalog, using the pseudo-locale that marks every message: ⟦…⟧. */
import type { Page } from 'playwright';

/** Names, addresses, numbers and times: the same in every language, or written by `Intl`. */
const months =
  'Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|January|February|March|April|June|July|August';
const moreMonths = 'September|October|November|December';
const days = 'Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday';
const data: readonly RegExp[] = [
  // Dates, times of day and numbers with a unit.
  new RegExp(`(?:(?:${days}), )?(?:${months}|${moreMonths}) \\d+, \\d{4}`, 'g'),
  /\b\d+:\d\d(?::\d\d)?(?:[\s\u202f][AP]M)?/g,
  /\b\d[\d.,]*[\s\u00a0](?:ms|sec|min|hr|days?|bytes?|kB|MB)(?!\w)/g,
  // Links, ids, host names, paths, flags, keys.
  /\b(?:https?|paracord):\/\/\S+/g,
  /[@!#]?[\w.-]+:[\w.-]+(?::\d+)?/g,
  /\b[\w-]+(?:\.[\w-]+)+\b/g,
  /(?<!\w)\/[\w./-]+/g,
  /(?<!\w)--[\w-]+/g,
];

/**
 * The texts of the page: visible ones, and those that only a screen reader announces or that appear under a pointer.
 */
const textsOfPage = `(() => {
  for (const folded of document.querySelectorAll('details')) folded.open = true;
  const found = [];
  const skipped = 'script, style, code, pre, time, svg, canvas, textarea.mono, [data-typed], [lang]:not(html)';
  const isShown = (element) => element.tagName === 'OPTION' || element.checkVisibility({ visibilityProperty: true });
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const parent = node.parentElement;
    if (parent && !parent.closest(skipped) && isShown(parent)) found.push(node.data);
  }
  const attributes = ['aria-label', 'aria-description', 'aria-valuetext', 'aria-roledescription', 'title', 'placeholder', 'alt'];
  for (const element of document.querySelectorAll('body *'))
    for (const name of attributes) {
      const value = element.getAttribute(name);
      if (value && isShown(element) && !element.closest('[lang]:not(html)')) found.push(name + '=' + value);
    }
  found.push('title=' + document.title);
  return found.map((text) => text.replace(/\\s+/g, ' ').trim()).filter((text) => text !== '');
})()`;

/**
 * Removes marked messages, `typed` texts (what people wrote, names) and other data from each text, and returns what is
 * left if it contains a word. Opens what is folded on the page.
 */
export async function unmarkedWords(page: Page, typed: readonly string[]): Promise<string[]> {
  const texts = await page.evaluate<string[]>(textsOfPage);
  const byLength = [...typed].sort((a, b) => b.length - a.length);
  const sentences = byLength.filter((one) => one.includes(' '));
  const names = byLength.filter((one) => !one.includes(' '));
  const left = texts.flatMap((text) => {
    const rest = withoutMessages(text.replace(/^[a-z-]+=/, ''));
    // Sentences first, because they may contain names. Then ids and addresses, which may contain names too.
    const withoutSentences = without(sentences, rest);
    const withoutData = data.reduce((so, pattern) => so.replace(pattern, ' '), withoutSentences);
    const words = without(names, withoutData);
    return /\p{L}{2}/u.test(words) ? [`${text.slice(0, 140)}  →  ${words.trim().slice(0, 80)}`] : [];
  });
  return [...new Set(left)];
}

const without = (typed: readonly string[], text: string): string =>
  typed.reduce((so, one) => so.replaceAll(one, ' '), text);

/** A message can contain other messages. */
function withoutMessages(text: string): string {
  let rest = text;
  for (;;) {
    const next = rest.replace(/⟦[^⟦⟧]*⟧/g, ' ');
    if (next === rest) return rest;
    rest = next;
  }
}
